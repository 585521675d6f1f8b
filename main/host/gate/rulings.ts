import type { Decision } from '../../../shared/gate.ts';
import type { RuleId } from '../../../shared/ids.ts';
import { unchanged, type Check } from './checks.ts';
import type { GateModules, GateOutcome, GateQuestion } from './index.ts';
import { refusal, stoppedError, usedError } from './refusals.ts';
import { statesItOnlyReads } from './risk.ts';
import type { RuleBook } from './rule-book.ts';
import type { RuleEntry } from './rule-index.ts';

type Ruling =
  { readonly kind: 'ask'; readonly toolChanged: boolean; readonly ruleId: RuleId | null } | GateOutcome;

/** What is decided without asking anybody. See `createGate` for the order. */
export class Rulings {
  stopped = false;
  ended = false;
  readonly #rules: RuleBook;
  readonly #modules: Pick<GateModules, 'pins' | 'settings'>;

  constructor(rules: RuleBook, modules: Pick<GateModules, 'pins' | 'settings'>) {
    this.#rules = rules;
    this.#modules = modules;
  }

  /** What rules and trust say of a question, without asking anybody. */
  rule(question: GateQuestion): Ruling {
    if (this.ended) return refusal.stopping();
    if (this.stopped) return refusal.stopped();
    if (question.trust === 'blocked') return refusal.blocked();
    // Rules are about what others may do here.
    if (question.direction === 'out') return { kind: 'ask', toolChanged: false, ruleId: null };
    const rule = this.ruleFor(question)?.rule ?? null;
    if (rule?.effect === 'deny') return refusal.byRule(rule.id);
    if (rule === null && question.trust === 'unknown') return refusal.unknownPeer();
    const granted = this.#modules.pins.get(question.agent, question.tool) ?? question.pin;
    const grantedByRule = rule?.pin ?? question.pin;
    const toolChanged = granted !== question.pin || grantedByRule !== question.pin;
    if (toolChanged || question.path === 'legacy') return { kind: 'ask', toolChanged, ruleId: null };
    if (rule !== null) {
      if (rule.effect === 'ask') return { kind: 'ask', toolChanged: false, ruleId: rule.id };
      return this.#grant(question, { effect: 'allow', by: 'rule', ruleId: rule.id });
    }
    const mayRead = question.trust === 'trusted' && statesItOnlyReads(question.annotations);
    if (mayRead && this.#modules.settings().trustedMayRead) {
      return this.#grant(question, { effect: 'allow', by: 'default', ruleId: null });
    }
    return { kind: 'ask', toolChanged: false, ruleId: null };
  }

  /** The rule that decides. For an unknown peer only rules that name it may do more than deny. */
  ruleFor(question: GateQuestion): RuleEntry | null {
    const first = this.#rules.match(question);
    if (question.trust !== 'unknown' || first === null || first.rule.effect === 'deny') return first;
    if (first.rule.peerId !== null) return first;
    const named = this.#rules.match(question, 'peer named');
    // What all are asked about is not easier for a stranger.
    return named?.rule.effect === 'allow' && first.rule.effect === 'ask' ? first : named;
  }

  /** Allows without having asked. */
  #grant(question: GateQuestion, decision: Decision): GateOutcome {
    if (!this.#keepPin(question)) return refusal.notRecorded();
    return this.allowed(decision, unchanged(question));
  }

  /** An outcome whose check can succeed once, and not while the host is stopped. */
  allowed(decision: Decision, isSame: Check): GateOutcome {
    let used = false;
    const check: Check = (now) => {
      if (used) return usedError();
      used = true;
      if (this.stopped) return stoppedError();
      return isSame(now);
    };
    return { effect: 'allow', decision, check };
  }

  /** Remembers the definition at its first grant. False: it could not be written. */
  #keepPin({ agent, tool, pin }: GateQuestion): boolean {
    if (pin === null || this.#modules.pins.get(agent, tool) !== null) return true;
    try {
      this.#modules.pins.put(agent, tool, pin);
      return true;
    } catch {
      // The records report their own trouble; without a pin nothing is granted.
      return false;
    }
  }
}
