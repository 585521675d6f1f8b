import type { Budget, Limits, Used } from '../../../shared/rules.ts';
import type { Running } from './under-way.ts';
import type { Usage } from './usage-meter.ts';

const WHAT = ['calls', 'bytes', 'seconds'] as const;
type What = (typeof WHAT)[number];

/** Of an amount, what each call under way is taken to use in the end, at least. */
const SHARE = 1 / 8;

/** What has not ended, and how long a call may run, in seconds. */
export interface Pending extends Running {
  readonly longest: number;
}

/**
 * What is used up of some amounts, first of all; null: there is room.
 *
 * Of a call under way nobody knows what it will use. So each is taken to use an eighth of the amount, or of seconds
 * the longest that any call may run, where that is less; and all together at least as many seconds as they have run. So
 * at most eight calls run at once that could go beyond an amount, fewer the less of it is left, and none is added once
 * what is seen of them has used it up. What they have not used is free again when they end.
 */
export function usedUp(
  amounts: Budget,
  used: Used,
  pending: Pending | null = null,
): { what: What; amount: number } | null {
  for (const what of WHAT) {
    const amount = amounts[what];
    if (amount === null) continue;
    const all = pending === null ? used[what] : used[what] + pendingOf(what, amount, pending);
    if (all >= amount) return { what, amount };
  }
  return null;
}

function pendingOf(what: What, amount: number, { calls, seconds, promised, longest }: Pending): number {
  switch (what) {
    case 'calls':
      return promised.calls;
    case 'bytes':
      return promised.bytes + calls * amount * SHARE;
    case 'seconds':
      return Math.max(seconds, calls * Math.min(amount * SHARE, longest));
    default:
      return what satisfies never;
  }
}

/** What is used up of the limits of a rule; null: there is room. */
export function limitReached(
  limits: Limits,
  usage: Usage | null,
  pending: Pending | null = null,
): { what: What; amount: number; per: 'hour' | 'day' } | null {
  if (usage === null && pending === null) return null;
  for (const per of ['hour', 'day'] as const) {
    const reached = usedUp(limits[per], usage?.[per] ?? NOTHING, pending);
    if (reached !== null) return { ...reached, per };
  }
  return null;
}

const NOTHING: Used = { calls: 0, bytes: 0, seconds: 0 };

export const isEndless = ({ calls, bytes, seconds }: Budget): boolean =>
  calls === null && bytes === null && seconds === null;
