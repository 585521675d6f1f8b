import { RuleId, type PeerId } from '../../../shared/ids.ts';
import type { DecidedBy } from '../../../shared/gate.ts';
import type { Trust } from '../../../shared/peers.ts';
import type { Effect, NewRule, Replay, Rule } from '../../../shared/rules.ts';
import type { Judge, JudgedCall } from '../gate/index.ts';
import type { CallStore } from '../records/index.ts';
import type { Pace } from './pace.ts';
import { oldestFirst, type PastCall } from './past-calls.ts';
import { replaySentence } from './replay-sentence.ts';

export interface ReplayModules {
  readonly calls: Pick<CallStore, 'page' | 'recorded'>;
  /** All that are in force. */
  readonly rules: () => Rule[];
  readonly trust: (peerId: PeerId) => Trust;
  readonly judgeOf: (rules: readonly Rule[]) => Judge;
  readonly now: () => number;
}

/** Calls looked at. */
export const MAX_REPLAYED = 10_000;
const MAX_DIFFERING = 50;
/** Refused for what no rule has a say in. */
const NOT_BY_RULES: ReadonlySet<DecidedBy> = new Set(['stopped', 'blocked', 'limits', 'budget', 'theirs']);
/** The person was asked, whatever came of it. */
const ASKED: ReadonlySet<DecidedBy> = new Set(['person', 'expired', 'withdrawn']);
const ITS_ID = RuleId.parse('the-rule-that-is-tried');

/**
 * Judges recorded calls again, oldest first, so that limits fill up as they would have, by today's rules with one more
 * or another. Trust is that of today, since the records do not say what it was; pins are left aside.
 */
export async function replayRule(
  rule: NewRule,
  inPlaceOf: Rule | null,
  modules: ReplayModules,
  pace: Pace,
): Promise<Replay> {
  const tried: Rule = { ...rule, id: ITS_ID, createdAt: modules.now(), pin: null };
  const judge = modules.judgeOf([...modules.rules().filter(({ id }) => id !== inPlaceOf?.id), tried]);
  // Whether a call is one that the rule speaks of, but for the arguments.
  const scope = modules.judgeOf([{ ...tried, effect: 'deny', arguments: [], limits: null, expiresAt: null }]);
  const found = new Found(rule, inPlaceOf);
  for await (const past of oldestFirst(modules.calls, scopeOf(rule, inPlaceOf), MAX_REPLAYED, pace)) {
    if (NOT_BY_RULES.has(past.decision.by)) continue;
    const judged = judgedOf(past, modules.trust(past.call.peerId));
    found.seen(past);
    if (past.args === null && rule.arguments.length > 0 && scope.judge(judged) !== null) {
      found.unknown();
      continue;
    }
    const by = judge.judge(judged);
    const isMine = by?.ruleId === ITS_ID;
    const wasReplaced = inPlaceOf !== null && past.decision.ruleId === inPlaceOf.id;
    if (isMine) found.decided(past, inForce(by.effect, past));
    else if (wasReplaced) found.left(past, by === null ? 'ask' : inForce(by.effect, past));
  }
  return found.replay();
}

/** Only calls that the rule, or the one before it, can have a say in. */
function scopeOf(rule: NewRule, inPlaceOf: Rule | null): Parameters<typeof oldestFirst>[1] {
  const both = <K extends 'peerId' | 'agent' | 'tool'>(key: K): NewRule[K] =>
    inPlaceOf === null || inPlaceOf[key] === rule[key] ? rule[key] : null;
  const [peerId, agent, tool] = [both('peerId'), both('agent'), both('tool')];
  return {
    ...(peerId === null ? {} : { peerId }),
    ...(agent === null ? {} : { agent }),
    ...(tool === null ? {} : { tool }),
  };
}

export const judgedOf = ({ call, agent, args }: PastCall, trust: Trust): JudgedCall => ({
  peerId: call.peerId,
  trust,
  agent,
  tool: call.tool,
  args,
  at: call.at,
  bytes: call.requestBytes + call.responseBytes,
  seconds: (call.runMs ?? 0) / 1000,
});

/** Over a legacy link the person is asked each time. */
const inForce = (effect: Effect, { call }: PastCall): Effect =>
  effect === 'allow' && call.path === 'legacy' ? 'ask' : effect;

class Found {
  readonly #rule: NewRule;
  readonly #inPlaceOf: Rule | null;
  readonly #differing: Replay['differing'] = [];
  readonly #counts = { calls: 0, decided: 0, allowsDenied: 0, deniesAllowed: 0, unknown: 0 };
  readonly #would: Record<Effect, number> = { allow: 0, ask: 0, 'ask-and-review': 0, deny: 0 };
  #since: number | null = null;
  #left = 0;

  constructor(rule: NewRule, inPlaceOf: Rule | null) {
    this.#rule = rule;
    this.#inPlaceOf = inPlaceOf;
  }

  seen({ call }: PastCall): void {
    this.#counts.calls += 1;
    this.#since ??= call.at;
  }

  unknown(): void {
    this.#counts.unknown += 1;
  }

  decided(past: PastCall, would: Effect): void {
    const { effect: was, by } = past.decision;
    this.#counts.decided += 1;
    this.#would[would] += 1;
    if (would === 'allow' && was === 'deny' && (by === 'person' || by === 'rule')) {
      this.#counts.allowsDenied += 1;
    }
    if (would === 'deny' && was === 'allow') this.#counts.deniesAllowed += 1;
    this.#compare(past, would);
  }

  /** It was decided by the rule that is replaced, and would not be by this one. */
  left(past: PastCall, would: Effect): void {
    if (this.#compare(past, would)) this.#left += 1;
  }

  #compare({ call, decision }: PastCall, would: Effect): boolean {
    const { effect: was, by } = decision;
    if (was === would || (would === 'ask' && ASKED.has(by))) return false;
    this.#differing.push({ id: call.id, was, would });
    if (this.#differing.length > MAX_DIFFERING) this.#differing.shift();
    return true;
  }

  replay(): Replay {
    const counts = {
      ...this.#counts,
      wouldAllow: this.#would.allow,
      wouldAsk: this.#would.ask + this.#would['ask-and-review'],
      wouldDeny: this.#would.deny,
    };
    return {
      ...counts,
      since: this.#since,
      differing: this.#differing.toReversed(),
      sentence: replaySentence(counts, this.#rule.effect, this.#inPlaceOf === null ? 0 : this.#left),
    };
  }
}
