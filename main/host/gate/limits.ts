import type { Budget, Limits, Used } from '../../../shared/rules.ts';
import type { Usage } from './usage-meter.ts';

const WHAT = ['calls', 'bytes', 'seconds'] as const;
type What = (typeof WHAT)[number];

/** What is used up of some amounts, first of all; null: there is room. */
export function usedUp(amounts: Budget, used: Used): { what: What; amount: number } | null {
  for (const what of WHAT) {
    const amount = amounts[what];
    if (amount !== null && used[what] >= amount) return { what, amount };
  }
  return null;
}

/** What is used up of the limits of a rule; null: there is room. */
export function limitReached(
  limits: Limits,
  usage: Usage | null,
): { what: What; amount: number; per: 'hour' | 'day' } | null {
  if (usage === null) return null;
  for (const per of ['hour', 'day'] as const) {
    const reached = usedUp(limits[per], usage[per]);
    if (reached !== null) return { ...reached, per };
  }
  return null;
}

export const isEndless = ({ calls, bytes, seconds }: Budget): boolean =>
  calls === null && bytes === null && seconds === null;
