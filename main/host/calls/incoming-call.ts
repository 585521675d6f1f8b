import type { CallView } from '../../../shared/calls.ts';
import type { Decision } from '../../../shared/gate.ts';
import { REDEEM_METHOD } from '../../../shared/wire.ts';
import type { AgentName } from '../../../shared/ids.ts';
import type { AgentAnswer, AnswerError, RunningRequest } from '../agents/index.ts';
import type { GateOutcome, GateVerdict, ReviewOutcome, WaitingReview } from '../gate/index.ts';
import type { MessageChannel } from '../network/index.ts';
import type { Asker } from './asker.ts';
import { errorAnswer, resultAnswer, tooDeep, withChanges, withheld, type CallAnswer } from './call-answer.ts';
import {
  argumentsTooDeep,
  cancelledError,
  changedWrongly,
  limits,
  noSuchTool,
  notCarriedOut,
  notRecorded,
  reasonFor,
  type CancelledBy,
} from './call-refusals.ts';
import { changedParams, type CallTarget } from './call-target.ts';
import { IncomingRecord } from './incoming-record.ts';
import { gateQuestion, listedTool, sourceOf } from './gate-question.ts';
import type { IncomingModules } from './index.ts';
import type { CallFacts } from './kept-answer.ts';
import { progressTokenOf, textOf, type RequestMessage } from './mcp-message.ts';
import { StageNotices } from './stage-notices.ts';

export interface IncomingCallStart {
  readonly request: RequestMessage;
  readonly target: CallTarget;
  readonly bytes: number;
  readonly channel: Pick<MessageChannel, 'peerId' | 'path' | 'transport'>;
  readonly agent: AgentName;
  /** False: the record holds no arguments and no answer. */
  readonly keepBodies: boolean;
  readonly asker: Asker;
}

export interface IncomingCallEvents {
  changed(call: CallView): void;
  /** Called once, when the end is in the records. Null: nobody is to be answered, now or later. */
  ended(answer: CallAnswer | null): void;
}

type Allowed = Extract<GateOutcome, { effect: 'allow' }>;

/**
 * The life of one incoming call:
 * received → (waiting →) running → (reviewing →) answered, failed, refused or cancelled; or refused.
 * Every step is recorded; the last one before it is answered.
 */
export class IncomingCall {
  /** Null while the one who asked is gone. */
  asker: Asker | null;
  readonly #start: IncomingCallStart;
  readonly #modules: IncomingModules;
  readonly #events: IncomingCallEvents;
  readonly #target: CallTarget;
  readonly #record: IncomingRecord;
  readonly #notices: StageNotices;
  #waiting: Extract<GateVerdict, { kind: 'waiting' }> | null = null;
  #running: RunningRequest | null = null;
  #review: WaitingReview | null = null;
  #allowed: Allowed | null = null;
  /** Since when a person is being asked. */
  #askedAt = 0;
  #ranAt = 0;
  #decidedAt = 0;
  #endedAt = 0;
  #over = false;
  #told = false;

  constructor(start: IncomingCallStart, modules: IncomingModules, events: IncomingCallEvents) {
    this.#start = start;
    this.asker = start.asker;
    this.#modules = modules;
    this.#events = events;
    this.#target = start.target;
    this.#record = new IncomingRecord(start, modules, (view) => events.changed(view));
    this.#notices = new StageNotices((params) => this.asker?.progress(params));
  }

  get id(): CallView['id'] {
    return this.#record.view.id;
  }

  /** Both sides sign what came of it. Not of a call that was ended from here, or that is none. */
  get hasReceipt(): boolean {
    return this.#record.view.status !== 'cancelled' && this.#start.request.method !== REDEEM_METHOD;
  }

  start(): void {
    try {
      if (this.#record.holdsRequest) this.#decide();
      else this.#refused(limits(), argumentsTooDeep());
    } catch (error) {
      this.#broken(error);
    }
  }

  /** In place of `start`: it is refused without asking the gate, and that is recorded. */
  refuse(error: AnswerError): void {
    try {
      this.#refused(limits(), error);
    } catch (cause) {
      this.#broken(cause);
    }
  }

  /** Whoever asked has gone, and may come back: it goes on, and its end is kept. */
  leave(): void {
    this.asker = null;
    this.#record.isAway = true;
    this.#waiting?.away(true);
    this.#review?.away(true);
    this.#record.emit();
  }

  /** Whoever asked is back, and is told where it stands. */
  comeBack(asker: Asker): void {
    this.asker = asker;
    this.#record.isAway = false;
    this.#waiting?.away(false);
    this.#review?.away(false);
    this.#notices.again();
    this.#record.emit();
  }

  /** The end has been fetched, or never will be: nobody comes back for it any more. */
  settled(): void {
    this.#record.isAway = false;
    this.#record.emit();
  }

  cancel(by: CancelledBy): void {
    if (this.#over || (this.#waiting === null && this.#running === null && this.#review === null)) return;
    // What waits for a person is refused by the gate.
    if (by === 'stopped' && this.#running === null) return;
    // Over first: what these settle is of no interest any more.
    const [waiting, running, review] = [this.#waiting, this.#running, this.#review];
    const patch = waiting === null && review === null ? {} : { waitMs: this.#waitedMs() };
    const tell = by === 'stopping' || by === 'stopped';
    this.#finish('cancelled', { error: cancelledError(by) }, patch, tell);
    waiting?.cancel();
    running?.cancel(reasonFor(by));
    review?.cancel();
  }

  /** What a receipt says of it. */
  facts(): CallFacts {
    return this.#record.facts(this.#decidedAt, this.#endedAt);
  }

  #decide(): void {
    const { gate, peers, calls, agents } = this.#modules;
    if (!calls.healthy()) {
      this.#refused(limits(), notRecorded());
      return;
    }
    const { agent, channel, request } = this.#start;
    const trust = peers.trust(channel.peerId);
    const unknownTool = request.method === 'tools/call' && listedTool(this.#start, this.#modules) === null;
    if (unknownTool && trust !== 'unknown') {
      this.#refused(limits(), noSuchTool(agent, this.#target.tool, agents.description(agent) !== null));
      return;
    }
    const verdict = gate.decide(gateQuestion(this.#start, this.id, this.#modules));
    if (verdict.kind === 'decided') {
      this.#decided(verdict.outcome);
      return;
    }
    this.#waiting = verdict;
    verdict.onDeadline = (deadline): void => this.#waitUntil(deadline);
    this.#askedAt = performance.now();
    this.#waitUntil(verdict.deadline);
    void verdict.outcome
      .then((outcome) => {
        if (this.#over) return;
        this.#record.note({ waitMs: this.#waitedMs(), deadline: null });
        this.#waiting = null;
        this.#askedAt = 0;
        this.#decided(outcome);
      })
      .catch((error: unknown) => this.#broken(error));
  }

  #waitUntil(deadline: number): void {
    if (this.#over || this.#waiting === null) return;
    this.#record.move({ status: 'waiting', deadline });
    this.#notices.stage({ stage: 'waiting', deadline });
  }

  #decided(outcome: GateOutcome): void {
    if (this.#over) return;
    this.#decidedAt = Date.now();
    if (outcome.effect === 'deny') {
      this.#refused(outcome.decision, outcome.error);
      return;
    }
    const { args, edited, decision } = outcome;
    const params = edited
      ? changedParams(this.#start.request.method, this.#target, args)
      : this.#target.params;
    const pin = listedTool(this.#start, this.#modules)?.pin ?? null;
    const running = {
      args: edited ? args : this.#target.args,
      pin,
      source: sourceOf(this.#start, this.#modules),
    };
    const error = params === null ? changedWrongly() : outcome.check(running);
    if (params === null || error !== null) {
      this.#refused({ ...decision, effect: 'deny' }, error ?? changedWrongly());
      return;
    }
    this.#allowed = outcome;
    if (edited) this.#record.edited = args;
    this.#run(params, outcome);
  }

  #run(params: Record<string, unknown>, { decision, edited }: Allowed): void {
    const { agents, settings } = this.#modules;
    const { request, agent } = this.#start;
    const asked = this.#record.view.status === 'waiting';
    this.#record.move({ status: 'running', decision, changed: edited ? 'arguments' : 'no' });
    if (asked) this.#notices.stage(edited ? { stage: 'running', changed: true } : { stage: 'running' });
    this.#ranAt = performance.now();
    const forwarded = { method: request.method, params, timeoutMs: settings().executionSeconds * 1000 };
    this.#running = agents.request(
      agent,
      progressTokenOf(request.params) === null
        ? forwarded
        : { ...forwarded, onProgress: (progress) => this.#progressed(progress) },
    );
    void this.#running.answer
      .then((answer) => {
        this.#running = null;
        if (this.#over) return;
        this.#record.note({ runMs: performance.now() - this.#ranAt });
        this.#answered(answer);
      })
      .catch((error: unknown) => this.#broken(error));
  }

  /** What the agent says meanwhile, even how often, is a part of its answer: where that is looked at first, it stays here. */
  #progressed(progress: Record<string, unknown>): void {
    if (this.#over || this.#running === null || this.#allowed?.review !== false) return;
    this.#notices.forward(progress);
  }

  #answered(answer: AgentAnswer): void {
    const review = this.#allowed?.review === true;
    if ('error' in answer) this.#finish('failed', review ? { error: withheld(answer.error) } : answer, {});
    else if (review) this.#hold(answer.result);
    else this.#finish('answered', answer, { toolError: answer.result['isError'] === true });
  }

  /** Shows the answer to the person before it leaves. */
  #hold(result: Record<string, unknown>): void {
    // The agent has done its work: for as long as the person looks at it, nothing is under way.
    this.#used(Buffer.byteLength(textOf(result) ?? ''));
    const { agent, channel } = this.#start;
    const { id: callId, tool, decision } = this.#record.view;
    const { peerId, path } = channel;
    const ruleId = decision?.ruleId ?? null;
    const review = this.#modules.gate.review({ callId, peerId, path, agent, tool, ruleId, result });
    if ('refused' in review) {
      this.#reviewed(review.refused, result);
      return;
    }
    this.#review = review;
    this.#askedAt = performance.now();
    if (this.asker === null) review.away(true);
    this.#record.move({ status: 'reviewing', deadline: review.deadline });
    this.#notices.stage({ stage: 'reviewing', deadline: review.deadline });
    void review.outcome
      .then((outcome) => {
        if (this.#over) return;
        this.#record.note({ waitMs: this.#waitedMs() });
        this.#review = null;
        this.#askedAt = 0;
        this.#reviewed(outcome, result);
      })
      .catch((error: unknown) => this.#broken(error));
  }

  #reviewed(outcome: ReviewOutcome, original: Record<string, unknown>): void {
    if (outcome.effect === 'refuse') {
      const patch = { decision: outcome.decision, toolError: original['isError'] === true };
      this.#finish('refused', { error: outcome.error }, patch);
      return;
    }
    const { result } = outcome;
    const edited = this.#record.view.changed !== 'no';
    const changed = outcome.changed ? (edited ? 'both' : 'result') : this.#record.view.changed;
    this.#finish('answered', { result }, { changed, toolError: result['isError'] === true });
  }

  #refused(decision: Decision, error: AnswerError): void {
    this.#finish('refused', { error }, { decision });
  }

  /** Nothing that a peer or an agent sends should come here; if it does, it costs this call and no more. */
  #broken(cause: unknown): void {
    try {
      if (!this.#over) this.#finish('failed', { error: notCarriedOut(cause) }, {});
    } catch {
      this.#tell(errorAnswer(notRecorded()));
    }
  }

  #finish(status: CallView['status'], given: AgentAnswer, patch: Partial<CallView>, tell = true): void {
    this.#over = true;
    this.#notices.stop();
    this.#endedAt = Date.now();
    const changed = patch.changed ?? this.#record.view.changed;
    const result = 'error' in given ? null : withChanges(given.result, changed);
    const text = textOf('error' in given ? given.error : result);
    if (text === null) {
      this.#finish('failed', { error: tooDeep() }, patch, tell);
      return;
    }
    this.#used(Buffer.byteLength(text));
    const failure = 'error' in given ? { errorCode: given.error.code, error: given.error.message } : {};
    const answer =
      result === null
        ? { tail: `"error":${text}`, outcome: 'error' as const, response: 'error' in given && given.error }
        : resultAnswer(this.#start.request, result, text);
    try {
      this.#record.end({ ...failure, ...patch, status }, text, (problem) => {
        if (!tell) this.#tell(null);
        else this.#tell(problem === null ? answer : errorAnswer(notRecorded()));
      });
    } catch {
      // A store that fails costs the answer, and nothing else.
      this.#tell(tell ? errorAnswer(notRecorded()) : null);
    }
  }

  /** Once, whatever goes wrong. */
  #tell(answer: CallAnswer | null): void {
    if (this.#told) return;
    this.#told = true;
    this.#events.ended(answer);
  }

  /** Tells the gate what was used of limits and budgets. */
  #used(bytes: number): void {
    if (this.#allowed === null) return;
    const ms = this.#ranAt === 0 ? 0 : (this.#record.view.runMs ?? performance.now() - this.#ranAt);
    this.#allowed.used(bytes, ms / 1000);
    this.#allowed = null;
  }

  #waitedMs(): number {
    return this.#record.view.waitMs + (this.#askedAt === 0 ? 0 : performance.now() - this.#askedAt);
  }
}
