import type { Rule } from '../../../shared/rules.ts';
import type { RuleId } from '../../../shared/ids.ts';
import type { ArgumentFacts } from './argument-facts.ts';
import { verdictOfAll, type ReadyConstraint } from './constraints.ts';
import { isWithinHours, type Moment, type ReadyHours } from './hours.ts';

/** A rule with what is only known while the host runs. */
export interface RuleEntry {
  rule: Rule;
  readonly constraints: readonly ReadyConstraint[];
  readonly hours: ReadyHours | null;
  /** Its place among its like, once they are in order. */
  position: number;
  /** When it expires by the clock that never jumps; infinite for rules without expiry. */
  readonly endsAt: number;
  /** What its usage is counted under; null for rules without limits. */
  readonly meter: string | null;
  /** A temporary permission of the same scope that the person gave over this rule, and that goes before it. */
  shadowedBy: RuleId | null;
  /** The definition that its tool had when it was last seen; null: not seen since the host began. */
  toolPin: string | null;
  uses: number;
  lastUsedAt: number | null;
}

/** Whether a rule says anything of a call, once peer, agent and tool are those of the call. */
export type Bearing = 'holds' | 'unclear' | 'fails' | 'expired' | 'outside-hours' | 'shadowed';

/** By two clocks; the first to say that it is over wins. */
export const isAlive = ({ rule, endsAt }: RuleEntry, { at, monotonic }: Moment): boolean =>
  rule.expiresAt === null || (at < rule.expiresAt && (monotonic === null || monotonic < endsAt));

/** @param facts null: the arguments are not known, and no rule with constraints is met */
export function bearingOf(
  entry: RuleEntry,
  facts: ArgumentFacts | null,
  moment: Moment,
  entryOf: (id: RuleId) => RuleEntry | undefined,
): Bearing {
  if (!isAlive(entry, moment)) return 'expired';
  if (entry.shadowedBy !== null) {
    const shadow = entryOf(entry.shadowedBy);
    if (shadow !== undefined && isAlive(shadow, moment)) return 'shadowed';
  }
  if (entry.hours !== null && !isWithinHours(entry.hours, moment)) return 'outside-hours';
  if (entry.constraints.length === 0) return 'holds';
  return facts === null ? 'fails' : verdictOfAll(entry.constraints, facts);
}
