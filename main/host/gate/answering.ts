import { fits, type Answer, type Decision } from '../../../shared/gate.ts';
import type { ApprovalId, PeerId, RuleId } from '../../../shared/ids.ts';
import { plainRule, type Limits } from '../../../shared/rules.ts';
import { ArgumentFacts } from './argument-facts.ts';
import type { Budgets } from './budgets.ts';
import { asShown } from './checks.ts';
import { digestOf } from './digest.ts';
import { readEdited } from './edited-arguments.ts';
import { answeredAlready, GateError, gone, otherQuestion, overBudget, unfit } from './gate-error.ts';
import { definitionOf, grantPin } from './grant-pin.ts';
import type { GateOutcome, GateQuestion, PinStore } from './index.ts';
import { refusal } from './refusals.ts';
import type { RuleBook } from './rule-book.ts';
import type { Finding, Rulings } from './rulings.ts';
import type { Standing } from './standing-rule.ts';
import { LONGEST_WAIT_MS, type Waiting, type WaitingRoom } from './waiting-room.ts';

export interface AnsweringModules {
  readonly now: () => number;
  readonly rules: RuleBook;
  readonly rulings: Rulings;
  readonly room: WaitingRoom;
  readonly pins: PinStore;
  /** A question as it would be put now: the peer may be trusted more or less than when it was asked. */
  readonly asOfNow: (question: GateQuestion) => GateQuestion;
  readonly budgets: Pick<Budgets, 'spent' | 'pausedUntil'>;
  readonly approvalSeconds: () => number;
  /** Everything else of a peer that is to be blocked. */
  readonly block: (peerId: PeerId) => void;
}

interface Lasting {
  readonly expiresAt: number | null;
  readonly untilQuit: boolean;
  readonly limits: Limits | null;
}

/** Takes what the person answers, at once or after a while in which it can be taken back, and carries it out. */
export class Answering {
  readonly #modules: AnsweringModules;

  constructor(modules: AnsweringModules) {
    this.#modules = modules;
  }

  /** See `Gate.answer`. */
  answer(id: ApprovalId, digest: string, answer: Answer, undoMs: number): void {
    const waiting = this.#waiting(id);
    if (waiting.view.digest !== digest) throw otherQuestion();
    if (waiting.held !== null) throw answeredAlready();
    this.#requireFit(waiting, answer);
    if (answer.kind === 'later') {
      this.#putOff(waiting, answer.minutes);
      return;
    }
    // What cannot be read is said now, while the person is there.
    if (answer.kind === 'allow-once' && answer.edited !== null) readEdited(answer.edited);
    if (undoMs <= 0) this.#carryOut(waiting, answer);
    else this.#modules.room.hold(waiting, answer, undoMs, () => this.#carryOutHeld(waiting, answer));
  }

  /** See `Gate.undo`. */
  undo(ids: readonly ApprovalId[]): void {
    const { room } = this.#modules;
    const waiting = ids.map((id) => room.get(id));
    for (const one of waiting) if (one !== null) room.release(one);
    const late = waiting.filter((one) => one === null).length;
    if (late === 0) return;
    throw new GateError(
      'CONFLICT',
      late === 1 && ids.length === 1
        ? 'It is too late to take this back: it was carried out, or the call is gone.'
        : `${late} of ${ids.length} can no longer be taken back: they were carried out, or the calls are gone.`,
    );
  }

  /**
   * Settles the questions that a rule answers now. What the person has answered is not allowed by a rule.
   * @param only by this rule, or those of this peer by whichever it is; null: all
   */
  settleCovered(only: { readonly ruleId: RuleId } | { readonly peerId: PeerId } | null): void {
    const { room, rules } = this.#modules;
    for (const waiting of room.list()) {
      if (only !== null && 'peerId' in only && waiting.question.peerId !== only.peerId) continue;
      const { step, effect, standing } = this.#find(waiting);
      if (standing === null) continue;
      const ruleId = standing.entry.rule.id;
      if (only !== null && 'ruleId' in only && ruleId !== only.ruleId) continue;
      if (step === 'rule-denies') {
        rules.used(ruleId);
        room.settle(waiting.view.id, refusal.byRule(ruleId));
      } else if (step === 'rule' && effect === 'allow' && waiting.held === null) {
        rules.used(ruleId);
        const decision: Decision = { effect: 'allow', by: 'rule', ruleId };
        room.settle(waiting.view.id, this.#allowed(waiting, decision, null, false));
      } else {
        this.#noteReview(waiting, standing);
      }
    }
  }

  /** A rule by which it stands now may hold what the agent answers, though none did when it was asked. */
  #noteReview(waiting: Waiting, standing: Standing | null): void {
    if (waiting.view.reviewed || standing?.entry.rule.effect !== 'ask-and-review') return;
    this.#modules.room.show(waiting, { reviewed: true, ruleId: standing.entry.rule.id });
  }

  /**
   * @throws {GateError} INVALID where the answer does not fit the question as it stands now, CONFLICT where it allows
   * something to a peer whose budget is used up
   */
  #requireFit(waiting: Waiting, answer: Answer): void {
    this.#noteReview(waiting, this.#find(waiting).standing);
    if (!fits(waiting.view, answer)) throw unfit(waiting.view);
    const { budgets } = this.#modules;
    const { direction, peerId } = waiting.question;
    // What we call is for the peer to count.
    if (direction === 'out' || !allows(answer) || budgets.spent(peerId, null) === null) return;
    throw overBudget(budgets.pausedUntil(peerId));
  }

  /** Time has gone by since it was answered, so everything is looked at anew. */
  #carryOutHeld(waiting: Waiting, answer: Answer): void {
    const { room } = this.#modules;
    const { view, question, canonicalArgs } = waiting;
    if (room.get(view.id) !== waiting || waiting.held?.answer !== answer) return;
    const refused = this.#overruled(waiting);
    if (refused !== null) {
      room.settle(view.id, refused);
    } else if (digestOf(question, canonicalArgs) !== view.digest) {
      room.settle(view.id, refusal.agentChanged());
    } else {
      try {
        this.#requireFit(waiting, answer);
        this.#carryOut(waiting, answer);
      } catch {
        // It no longer fits or could not be stored, and there is nobody to tell: it waits for the person again, as
        // nothing was decided. The records tell of their trouble themselves.
        room.release(waiting);
      }
    }
  }

  /** What holds against an answer that was given before it. */
  #overruled(waiting: Waiting): GateOutcome | null {
    const { step, standing } = this.#find(waiting);
    switch (step) {
      case 'stopped':
        return refusal.stopped();
      case 'blocked':
        return refusal.blocked();
      case 'rule-denies':
        return standing === null ? null : refusal.byRule(standing.entry.rule.id);
      default:
        return null;
    }
  }

  #find({ question }: Waiting): Finding {
    const { rules, rulings, asOfNow } = this.#modules;
    return rulings.find(asOfNow(question), new ArgumentFacts(question.args), rules.moment());
  }

  #carryOut(waiting: Waiting, answer: Answer): void {
    const { now } = this.#modules;
    switch (answer.kind) {
      case 'allow-once':
        this.#allow(waiting, null, answer.edited);
        return;
      case 'allow-for': {
        const { limits, seconds } = answer;
        this.#allow(waiting, { expiresAt: now() + seconds * 1000, untilQuit: false, limits }, null);
        return;
      }
      case 'allow-until-quit':
        this.#allow(waiting, { expiresAt: null, untilQuit: true, limits: answer.limits }, null);
        return;
      case 'allow-always':
        this.#allow(waiting, { expiresAt: null, untilQuit: false, limits: answer.limits }, null);
        return;
      case 'deny':
        this.#deny(waiting, answer);
        return;
      case 'deny-and-block':
        this.#block(waiting);
        return;
      case 'later':
        this.#putOff(waiting, answer.minutes);
        return;
      default:
        answer satisfies never;
    }
  }

  /** The rule and the pin are stored first: if that fails, the question still waits and the person is told. */
  #allow(waiting: Waiting, lasting: Lasting | null, edited: string | null): void {
    const { rules, rulings, room, pins, now, asOfNow } = this.#modules;
    const { question, view } = waiting;
    const { peerId, agent, tool, pin } = question;
    if (pin !== null) {
      const moves = lasting !== null && !lasting.untilQuit && lasting.expiresAt === null;
      grantPin(pins, { agent, tool, pin, definition: definitionOf(question), at: now(), moves });
      const entry = rulings.ruleFor(asOfNow(question));
      // Only this peer's rule: what others were promised, they are asked about themselves.
      if (entry?.rule.effect === 'allow' && entry.rule.peerId === peerId) rules.renewPin(entry, pin);
    }
    const rule =
      lasting === null
        ? null
        : rules.answer({ ...plainRule, peerId, agent, tool, effect: 'allow', pin, ...lasting });
    const decision: Decision = { effect: 'allow', by: 'person', ruleId: rule?.id ?? null };
    room.settle(view.id, this.#allowed(waiting, decision, edited, view.reviewed));
    if (rule !== null) this.settleCovered({ ruleId: rule.id });
  }

  #allowed(waiting: Waiting, decision: Decision, edited: string | null, review: boolean): GateOutcome {
    const { question, view, canonicalArgs } = waiting;
    const { rulings } = this.#modules;
    const given = edited === null ? null : readEdited(edited);
    if (given === null || given.canonicalArgs === canonicalArgs) {
      const isSame = asShown(question, view.digest);
      return rulings.allowed(decision, question, { args: question.args, edited: false, review, isSame });
    }
    const isSame = asShown(question, digestOf(question, given.canonicalArgs));
    return rulings.allowed(decision, question, { args: given.args, edited: true, review, isSame });
  }

  /** A denial holds even where the rule for the future cannot be stored. */
  #deny(waiting: Waiting, { always, reason }: Extract<Answer, { kind: 'deny' }>): void {
    const { rules, room } = this.#modules;
    const { question, view } = waiting;
    const { peerId, agent, tool, pin } = question;
    let ruleId: RuleId | null = null;
    try {
      if (always) ruleId = rules.answer({ ...plainRule, peerId, agent, tool, effect: 'deny', pin }).id;
    } finally {
      room.settle(view.id, refusal.byPerson(ruleId, reason));
    }
    if (ruleId !== null) this.settleCovered({ ruleId });
  }

  /** The peer is blocked, and its rules do not wait for its return, even where the disk refuses. */
  #block({ view, question }: Waiting): void {
    this.#modules.room.settle(view.id, refusal.byPerson());
    this.#modules.block(question.peerId);
  }

  #putOff(waiting: Waiting, minutes: number): void {
    const { now, room, approvalSeconds } = this.#modules;
    const { askedAt, deadline } = waiting.view;
    const laterUntil = now() + minutes * 60_000;
    const latest = Math.max(deadline, askedAt + LONGEST_WAIT_MS);
    const most = Math.floor((latest - now()) / 60_000) - 1;
    if (minutes > most) {
      throw new GateError(
        'INVALID',
        most < 1
          ? 'This call cannot be put off any further: its caller waits no longer than an hour.'
          : `This call can be put off by ${most} minutes at most: its caller waits no longer than an hour.`,
      );
    }
    const ends = Math.min(latest, laterUntil + approvalSeconds() * 1000);
    room.putOff(waiting, laterUntil, Math.max(deadline, ends));
  }

  #waiting(id: ApprovalId): Waiting {
    const waiting = this.#modules.room.get(id);
    if (waiting === null) throw gone();
    return waiting;
  }
}

function allows({ kind }: Answer): boolean {
  switch (kind) {
    case 'allow-once':
    case 'allow-for':
    case 'allow-until-quit':
    case 'allow-always':
      return true;
    case 'deny':
    case 'deny-and-block':
    case 'later':
      return false;
    default:
      return kind satisfies never;
  }
}
