import type { Decision } from '../../../shared/gate.ts';
import type { RuleId } from '../../../shared/ids.ts';
import type { Effect, Step, Used } from '../../../shared/rules.ts';
import { ArgumentFacts } from './argument-facts.ts';
import { subjectOf, type Budgets } from './budgets.ts';
import { unchanged, type Check } from './checks.ts';
import { canBeCanonical } from './depth.ts';
import { definitionOf, grantPin } from './grant-pin.ts';
import type { Moment } from './hours.ts';
import type { GateModules, GateOutcome, GateQuestion } from './index.ts';
import { limitReached, type Pending } from './limits.ts';
import { refusal, stoppedError, usedError } from './refusals.ts';
import { statesItOnlyReads } from './risk.ts';
import type { RuleBook } from './rule-book.ts';
import type { RuleEntry } from './rule-entry.ts';
import { standingRule, type Standing } from './standing-rule.ts';
import type { UnderWay } from './under-way.ts';
import type { UsageMeter } from './usage-meter.ts';

/** The person is to be asked. */
export interface Asking {
  readonly kind: 'ask';
  readonly toolChanged: boolean;
  /** The rule because of which, or because of which the agent's answer is held. */
  readonly ruleId: RuleId | null;
  /** What the agent answers is held for the person. */
  readonly review: boolean;
}
type Ruling = Asking | GateOutcome;

/** What is found of a call, before anything is done about it. */
export interface Finding {
  readonly effect: Effect;
  /** The step that decided. */
  readonly step: Step;
  /** The rule that bears on the call, whether it decided or an earlier step did. */
  readonly standing: Standing | null;
  readonly toolChanged: boolean;
}

/** Without an id: nothing is kept of what is only asked about. */
export type Asked = Omit<GateQuestion, 'callId'>;

interface RulingsOptions extends Pick<GateModules, 'pins' | 'settings'> {
  readonly rules: RuleBook;
  readonly budgets: Budgets;
  readonly meter: UsageMeter;
  readonly underWay: UnderWay;
  readonly pendingOf: (subject: string) => Pending | null;
  /** Whether nobody is to be asked at that time. */
  readonly refusesToAsk: (at: number) => boolean;
}

/** What a permission is for. */
interface Permission {
  /** What may run. */
  readonly args: Record<string, unknown>;
  /** That is not what was asked for. */
  readonly edited: boolean;
  readonly review: boolean;
  readonly isSame: Check;
}

/** What is decided without asking anybody. See `createGate` for the order. */
export class Rulings {
  stopped = false;
  ended = false;
  readonly #options: RulingsOptions;

  constructor(options: RulingsOptions) {
    this.#options = options;
  }

  /** What rules, budgets and trust say of a question. What it allows is counted once its check lets it run. */
  decide(question: GateQuestion): Ruling {
    if (this.ended) return refusal.stopping();
    const { rules } = this.#options;
    const finding = this.find(question, new ArgumentFacts(question.args), rules.moment());
    const { effect, step, standing, toolChanged } = finding;
    if (standing !== null) this.#noteTool(question, finding, standing);
    if (effect === 'deny') return this.#refused(question, finding);
    const decisive = step === 'rule' || step === 'limits' ? standing : null;
    const ruleId = decisive?.entry.rule.id ?? null;
    if (effect === 'allow') {
      // Whatever nobody is asked about must be such as could be shown, signed and looked at by rules.
      if (!canBeCanonical(question.args)) return refusal.notCanonical();
      return this.#grant(question, { effect, by: step === 'rule' ? 'rule' : 'default', ruleId });
    }
    const review = effect === 'ask-and-review';
    return { kind: 'ask', toolChanged, ruleId: review ? (standing?.entry.rule.id ?? null) : ruleId, review };
  }

  /** The rule by which a call stands. */
  ruleFor(question: GateQuestion): RuleEntry | null {
    const moment = this.#options.rules.moment();
    return this.#standing(question, new ArgumentFacts(question.args), moment)?.entry ?? null;
  }

  #standing(question: Asked, facts: ArgumentFacts, moment: Moment): Standing | null {
    const { index } = this.#options.rules;
    return standingRule(question, (which) => index.find(question, facts, moment, which));
  }

  /**
   * Takes the steps in their order, and changes nothing. What asks here may still be refused as quiet.
   * @param moment one that is imagined has no monotonic time
   */
  find(question: Asked, facts: ArgumentFacts, moment: Moment): Finding {
    const finding = this.#steps(question, facts, moment);
    const asks = finding.effect === 'ask' || finding.effect === 'ask-and-review';
    if (asks && question.direction !== 'out' && this.#options.refusesToAsk(moment.at)) {
      return { ...finding, effect: 'deny', step: 'quiet' };
    }
    return finding;
  }

  #steps(question: Asked, facts: ArgumentFacts, moment: Moment): Finding {
    if (this.stopped) return found('deny', 'stopped');
    if (question.trust === 'blocked') return found('deny', 'blocked');
    // Rules are about what others may do here.
    if (question.direction === 'out') return found('ask', 'legacy');
    const standing = this.#standing(question, facts, moment);
    const effect = standing?.entry.rule.effect ?? null;
    if (effect === 'deny') return found('deny', 'rule-denies', standing);
    if (standing === null && question.trust === 'unknown') return found('deny', 'unknown-peer');
    const at = moment.monotonic === null ? moment.at : null;
    if (this.#options.budgets.spent(question.peerId, at) !== null) return found('deny', 'budget', standing);
    const asks = effect === 'ask-and-review' ? effect : 'ask';
    const toolChanged = this.#isChanged(question, standing);
    if (question.path === 'legacy') return found(asks, 'legacy', standing, toolChanged);
    if (toolChanged) return found(asks, 'pin', standing, true);
    if (standing !== null) {
      if (effect !== 'allow') return found(asks, 'rule', standing);
      return this.isUsedUp(standing, at)
        ? found('ask', 'limits', standing)
        : found('allow', 'rule', standing);
    }
    const mayRead = question.trust === 'trusted' && statesItOnlyReads(question.annotations);
    return found(mayRead && this.#options.settings().trustedMayRead ? 'allow' : 'ask', 'trust');
  }

  /** @param at null for now */
  isUsedUp({ entry }: Standing, at: number | null): boolean {
    const { limits } = entry.rule;
    if (limits === null || entry.meter === null) return false;
    const { meter, pendingOf } = this.#options;
    if (at !== null) return limitReached(limits, meter.usedAt(entry.meter, at)) !== null;
    return limitReached(limits, meter.used(entry.meter), pendingOf(entry.meter)) !== null;
  }

  /**
   * What a person's answer, or a rule that it has made, allows. Until its check, which comes later in this turn of the
   * event loop, it is promised, so that several of them keep a limit together. What is never checked, since the call has
   * gone meanwhile, is let go with the turn.
   */
  allowed(decision: Decision, question: GateQuestion, permission: Permission): GateOutcome {
    const subjects = this.#subjects(question, decision.ruleId);
    const kept = this.#options.underWay.promise(subjects, question.bytes ?? 0);
    setImmediate(kept);
    return this.#permitted(decision, question, permission, kept);
  }

  /** An outcome whose check can succeed once, and not while the host is stopped. */
  #permitted(
    decision: Decision,
    question: GateQuestion,
    { args, edited, review, isSame }: Permission,
    kept: (() => void) | null = null,
  ): GateOutcome {
    const { ruleId } = decision;
    let used = false;
    const check: Check = (now) => {
      if (used) return usedError();
      used = true;
      kept?.();
      if (this.stopped) return stoppedError();
      const error = isSame(now);
      if (error === null) end = this.#begin(question, ruleId);
      return error;
    };
    let end: (() => void) | null = null;
    return {
      effect: 'allow',
      decision,
      args,
      edited,
      review,
      used: (bytes, seconds) => {
        if (end === null) return;
        end();
        end = null;
        this.#count(question, ruleId, { calls: 0, bytes, seconds });
      },
      check,
    };
  }

  /** Counts a call that runs now. @returns to be called when it has ended */
  #begin(question: GateQuestion, ruleId: RuleId | null): () => void {
    this.#count(question, ruleId, { calls: 1, bytes: question.bytes ?? 0, seconds: 0 });
    return this.#options.underWay.begin(this.#subjects(question, ruleId));
  }

  #count(question: GateQuestion, ruleId: RuleId | null, use: Used): void {
    for (const subject of this.#subjects(question, ruleId)) this.#options.meter.add(subject, use);
  }

  /** For whom a call is counted. */
  #subjects({ direction, peerId }: GateQuestion, ruleId: RuleId | null): readonly string[] {
    // What we call is for the peer to count.
    if (direction === 'out') return [];
    const counted = ruleId === null ? null : (this.#options.rules.index.get(ruleId)?.meter ?? null);
    return counted === null ? [subjectOf(peerId)] : [subjectOf(peerId), counted];
  }

  #refused({ peerId }: GateQuestion, { step, standing }: Finding): GateOutcome {
    switch (step) {
      case 'stopped':
        return refusal.stopped();
      case 'blocked':
        return refusal.blocked();
      case 'budget':
        return refusal.overBudget(this.#options.budgets.pausedUntil(peerId));
      case 'quiet':
        return refusal.quiet();
      default:
        return standing === null ? refusal.unknownPeer() : refusal.byRule(standing.entry.rule.id);
    }
  }

  /** Against the one the rule was made for; where it was made for none, or none decides, against the one granted. */
  #isChanged({ agent, tool, pin }: Asked, standing: Standing | null): boolean {
    return (standing?.entry.rule.pin ?? this.#options.pins.get(agent, tool) ?? pin) !== pin;
  }

  #noteTool({ pin }: GateQuestion, { step, toolChanged }: Finding, { entry }: Standing): void {
    if (entry.rule.tool === null || entry.rule.agent === null) return;
    if (toolChanged || step === 'rule' || step === 'limits') this.#options.rules.noteTool(entry, pin);
  }

  /** Allows without having asked. Without a pin nothing is granted. */
  #grant(question: GateQuestion, decision: Decision): GateOutcome {
    if (!this.#keepPin(question)) return refusal.notRecorded();
    const { args } = question;
    return this.#permitted(decision, question, {
      args,
      edited: false,
      review: false,
      isSame: unchanged(question),
    });
  }

  /** Remembers the definition at its first grant. False: it could not be written. */
  #keepPin(question: GateQuestion): boolean {
    const { agent, tool, pin } = question;
    const { pins, rules } = this.#options;
    if (pin === null || pins.get(agent, tool) !== null) return true;
    try {
      const at = rules.moment().at;
      grantPin(pins, { agent, tool, pin, definition: definitionOf(question), at, moves: false });
      return true;
    } catch {
      // The records report their own trouble.
      return false;
    }
  }
}

const found = (
  effect: Effect,
  step: Step,
  standing: Standing | null = null,
  toolChanged = false,
): Finding => ({ effect, step, standing, toolChanged });
