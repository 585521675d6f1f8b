import type { RuleEntry } from './rule-entry.ts';
import type { CallScope, Found, Matching } from './rule-index.ts';
import { STRICTNESS } from './rule-order.ts';

/** The rule by which a call stands. */
export interface Standing {
  readonly entry: RuleEntry;
  /** It is not clear whether it is met, and so it only tightens. */
  readonly unclear: boolean;
}

/**
 * The rule that counts in the end, from those that bear on the call. Where it is unclear whether one that asks is met,
 * it is asked at least. For an unknown peer only rules that name that very peer may do more than deny; and what all
 * are asked about is not easier for a stranger.
 */
export function standingRule(
  { trust }: Pick<CallScope, 'trust'>,
  find: (which: Matching) => Found,
): Standing | null {
  const all = find('any');
  if (all.decides?.rule.effect === 'deny') return standing(all.decides, all);
  if (trust !== 'unknown') return strictest([all.decides, all.unclear], all);
  const named = find('peer named');
  if (named.decides === null) return null;
  const asksAll = all.decides?.rule.effect === 'allow' ? null : all.decides;
  return strictest([named.decides, named.unclear, asksAll, all.unclear], all);
}

function strictest(entries: readonly (RuleEntry | null)[], found: Found): Standing | null {
  let strict: RuleEntry | null = null;
  for (const entry of entries) {
    if (entry === null) continue;
    if (strict === null || STRICTNESS[entry.rule.effect] < STRICTNESS[strict.rule.effect]) strict = entry;
  }
  return strict === null ? null : standing(strict, found);
}

const standing = (entry: RuleEntry, { unclear }: Found): Standing => ({ entry, unclear: entry === unclear });
