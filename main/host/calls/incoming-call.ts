import type { Tool } from '../../../shared/agents.ts';
import type { CallView } from '../../../shared/calls.ts';
import { rpcError, RpcCode, type ForeignError, type RpcError } from '../../../shared/errors.ts';
import type { Decision } from '../../../shared/gate.ts';
import type { AgentName } from '../../../shared/ids.ts';
import type { AgentAnswer, RunningRequest } from '../agents/index.ts';
import type { GateOutcome } from '../gate/index.ts';
import type { MessageChannel } from '../network/index.ts';
import type { CallTarget } from './call-target.ts';
import { STAGE_META } from './call-error.ts';
import type { IncomingModules } from './index.ts';
import { progressTokenOf, textOf, type Params, type RequestMessage } from './mcp-message.ts';
import type { CallBodies } from '../records/index.ts';

/** How often a waiting caller is told that it still waits. */
const WAITING_NOTICE_MS = 15_000;

/** `json` is the result as text, so that it is written out once. */
export type CallEnd = { readonly result: Params; readonly json: string } | { readonly error: ForeignError };

export interface IncomingCallStart {
  readonly request: RequestMessage;
  readonly target: CallTarget;
  readonly bytes: number;
  readonly channel: Pick<MessageChannel, 'peerId' | 'path' | 'transport'>;
  readonly agent: AgentName;
  /** False: the record holds no arguments and no answer. */
  readonly keepBodies: boolean;
}

/** Who ends a call before its answer: the caller by a notification or by hanging up, or this host by stopping. */
export type CancelledBy = 'caller' | 'gone' | 'stopping';

export const reasonFor = (by: CancelledBy): string =>
  ({
    caller: 'The caller cancelled it.',
    gone: 'The caller is gone.',
    stopping: 'The host is stopping.',
  })[by];

export interface IncomingCallEvents {
  changed(call: CallView): void;
  /** Params of a progress notification, token left out. */
  progress(params: Params): void;
  /** Called once, when the end is in the records. Null: nobody is to be answered. */
  end(end: CallEnd | null): void;
}

/**
 * The life of one incoming call:
 * received → (waiting →) running → answered, failed or cancelled; or refused.
 * Every step is recorded; the last one before it is answered.
 */
export class IncomingCall {
  readonly #start: IncomingCallStart;
  readonly #modules: IncomingModules;
  readonly #events: IncomingCallEvents;
  readonly #target: CallTarget;
  readonly #requestText: string;
  #view: CallView;
  #withdraw: (() => void) | null = null;
  #running: RunningRequest | null = null;
  #notice: NodeJS.Timeout | undefined;
  #askedAt = 0;
  #ranAt = 0;
  #progress = 0;
  #over = false;

  constructor(start: IncomingCallStart, modules: IncomingModules, events: IncomingCallEvents) {
    this.#start = start;
    this.#modules = modules;
    this.#events = events;
    this.#target = start.target;
    this.#requestText = JSON.stringify(this.#target.args);
    this.#view = {
      id: modules.calls.nextId(),
      direction: 'in',
      peerId: start.channel.peerId,
      agent: start.agent,
      tool: start.target.tool,
      path: start.channel.path,
      transport: start.channel.transport,
      status: 'received',
      decision: null,
      at: Date.now(),
      waitMs: 0,
      runMs: null,
      requestBytes: start.bytes,
      responseBytes: 0,
      errorCode: null,
      error: null,
      toolError: false,
      changed: 'no',
      deadline: null,
      redeemable: false,
    };
  }

  start(): void {
    try {
      this.#decide();
    } catch (error) {
      this.#broken(error);
    }
  }

  #decide(): void {
    const { gate, peers, calls } = this.#modules;
    if (!calls.healthy()) {
      this.#refused(limits(), notRecorded());
      return;
    }
    const peerId = this.#start.channel.peerId;
    const trust = peers.trust(peerId);
    const unknownTool = this.#start.request.method === 'tools/call' && this.#tool() === null;
    if (unknownTool && trust !== 'unknown') {
      this.#refused(limits(), this.#noSuchTool());
      return;
    }
    const { tool, args, pin, annotations } = this.#target;
    const { agent, channel } = this.#start;
    const verdict = gate.decide({
      callId: this.#view.id,
      peerId,
      trust,
      path: channel.path,
      agent,
      tool,
      args,
      pin,
      source: this.#source(),
      annotations,
    });
    if (verdict.kind === 'decided') {
      this.#decided(verdict.outcome);
      return;
    }
    this.#withdraw = (): void => verdict.cancel();
    this.#askedAt = performance.now();
    this.#move({ status: 'waiting' });
    this.#tellWaiting(verdict.deadline);
    void verdict.outcome
      .then((outcome) => {
        this.#withdraw = null;
        clearInterval(this.#notice);
        this.#decided(outcome);
      })
      .catch((error: unknown) => this.#broken(error));
  }

  cancel(by: CancelledBy): void {
    if (this.#over || (this.#withdraw === null && this.#running === null)) return;
    // Over first: what these two settle is of no interest any more.
    const [withdraw, running] = [this.#withdraw, this.#running];
    const waited = this.#askedAt > 0 && this.#ranAt === 0;
    const patch = waited ? { waitMs: performance.now() - this.#askedAt } : {};
    const reason = reasonFor(by);
    const error =
      by === 'stopping'
        ? rpcError(RpcCode.stopped, 'stopping', reason)
        : rpcError(RpcCode.internal, 'cancelled', reason);
    this.#finish('cancelled', { error }, patch, by === 'stopping');
    withdraw?.();
    running?.cancel(reason);
  }

  /** Nothing that a peer or an agent sends should come here; if it does, it costs this call and no more. */
  #broken(cause: unknown): void {
    if (this.#over) return;
    const why = cause instanceof RangeError ? 'It is nested too deeply.' : 'Its record has the time.';
    const error = rpcError(RpcCode.internal, 'bad-message', `The call could not be carried out. ${why}`);
    this.#finish('failed', { error }, {});
  }

  #tool(): Tool | null {
    const { request, agent, target } = this.#start;
    return request.method === 'tools/call' ? findTool(this.#modules, agent, target.tool) : null;
  }

  /** What the agent is, so that an approval for one program is none for another of the same name. */
  #source(): string {
    return this.#modules.agents.sourceDigest(this.#start.agent) ?? '';
  }

  #noSuchTool(): RpcError {
    const { agent, target } = this.#start;
    const name = target.tool;
    const running = this.#modules.agents.description(agent) !== null;
    return running
      ? rpcError(RpcCode.invalidParams, 'unknown-tool', `The agent ${agent} has no tool called ${name}.`)
      : rpcError(RpcCode.unavailable, 'agent-stopped', `The agent ${agent} is not running.`);
  }

  #tellWaiting(deadline: number): void {
    const tell = (): void =>
      this.#stage('waiting', 'Waiting for the person at the other side to decide.', deadline);
    tell();
    if (progressTokenOf(this.#start.request.params) === null) return;
    this.#notice = setInterval(tell, WAITING_NOTICE_MS);
    this.#notice.unref();
  }

  #stage(stage: 'waiting' | 'running', message: string, deadline?: number): void {
    this.#progress += 1;
    this.#events.progress({
      progress: this.#progress,
      message,
      _meta: { [STAGE_META]: deadline === undefined ? { stage } : { stage, deadline } },
    });
  }

  #decided(outcome: GateOutcome): void {
    if (this.#over) return;
    if (this.#askedAt > 0) this.#view = { ...this.#view, waitMs: performance.now() - this.#askedAt };
    if (outcome.effect === 'deny') {
      this.#refused(outcome.decision, outcome.error);
      return;
    }
    const pin = this.#tool()?.pin ?? null;
    const error = outcome.check({ args: this.#target.args, pin, source: this.#source() });
    if (error === null) this.#run(outcome.decision);
    else this.#refused({ ...outcome.decision, effect: 'deny' }, error);
  }

  #run(decision: Decision): void {
    const { agents, settings } = this.#modules;
    const { request, agent } = this.#start;
    this.#move({ status: 'running', decision });
    if (this.#askedAt > 0) this.#stage('running', 'Allowed. The agent is working.');
    this.#ranAt = performance.now();
    const forwarded = {
      method: request.method,
      params: this.#target.params,
      timeoutMs: settings().executionSeconds * 1000,
    };
    this.#running = agents.request(
      agent,
      progressTokenOf(request.params) === null
        ? forwarded
        : { ...forwarded, onProgress: (params) => this.#forwardProgress(params) },
    );
    void this.#running.answer
      .then((answer) => {
        this.#running = null;
        if (this.#over) return;
        const runMs = performance.now() - this.#ranAt;
        if ('error' in answer) this.#finish('failed', answer, { runMs });
        else this.#finish('answered', answer, { runMs, toolError: answer.result['isError'] === true });
      })
      .catch((error: unknown) => this.#broken(error));
  }

  /** Progress must rise (MCP, Progress), also across our own notices. */
  #forwardProgress({ progress, total, message }: Params): void {
    if (typeof progress !== 'number') return;
    const base = this.#askedAt > 0 ? this.#progress : 0;
    this.#events.progress({
      progress: base + progress,
      ...(typeof total === 'number' ? { total: base + total } : {}),
      ...(typeof message === 'string' ? { message } : {}),
    });
  }

  #refused(decision: Decision, error: RpcError): void {
    this.#finish('refused', { error }, { decision });
  }

  #finish(status: CallView['status'], answer: AgentAnswer, patch: Partial<CallView>, tell = true): void {
    this.#over = true;
    clearInterval(this.#notice);
    const response = textOf('error' in answer ? answer.error : answer.result);
    if (response === null) {
      const error = rpcError(
        RpcCode.internal,
        'bad-message',
        'The answer of the agent is nested too deeply.',
      );
      this.#finish('failed', { error }, patch, tell);
      return;
    }
    const end = 'error' in answer ? answer : { result: answer.result, json: response };
    const failure = 'error' in answer ? { errorCode: answer.error.code, error: answer.error.message } : {};
    this.#view = { ...this.#view, ...failure, ...patch, status, responseBytes: Buffer.byteLength(response) };
    this.#modules.calls.put(this.#view, this.#bodies(response), (problem) => {
      if (!tell) this.#events.end(null);
      else this.#events.end(problem === null ? end : { error: notRecorded() });
    });
    this.#events.changed(this.#view);
  }

  #move(patch: Partial<CallView>): void {
    this.#view = { ...this.#view, ...patch };
    this.#modules.calls.put(this.#view, this.#bodies());
    this.#events.changed(this.#view);
  }

  #bodies(response?: string): CallBodies {
    if (!this.#start.keepBodies) return {};
    return response === undefined ? { request: this.#requestText } : { request: this.#requestText, response };
  }
}

/** The definition of a tool as the agent lists it now. */
export const findTool = (
  modules: Pick<IncomingModules, 'agents'>,
  agent: AgentName,
  name: string,
): Tool | null => modules.agents.tools(agent).find((tool) => tool.name === name) ?? null;

const limits = (): Decision => ({ effect: 'deny', by: 'limits', ruleId: null });

const notRecorded = (): RpcError =>
  rpcError(
    RpcCode.unavailable,
    'not-recorded',
    'This host cannot write its records, so it lets no calls in. Its person has been told.',
  );
