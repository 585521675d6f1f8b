/** A budget as typed, and in words. Pure. */
import type { Budget } from '../../shared/rules.ts';
import { bytes, plural, whole } from './format.ts';

export type BudgetForm = Readonly<Record<'calls' | 'bytes' | 'seconds', string>>;

const MEGABYTE = 1_000_000;
const MOST = 1_000_000_000_000;

export const budgetForm = (budget: Budget | null): BudgetForm => ({
  calls: budget?.calls?.toString() ?? '',
  bytes: budget?.bytes == null ? '' : (budget.bytes / MEGABYTE).toString(),
  seconds: budget?.seconds?.toString() ?? '',
});

export interface ReadBudget {
  /** Null: no end to anything. */
  readonly budget: Budget | null;
  readonly errors: Partial<Record<keyof BudgetForm, string>>;
}

export function readBudget(form: BudgetForm): ReadBudget {
  const errors: ReadBudget['errors'] = {};
  const read = (name: keyof BudgetForm): number | null => {
    const text = form[name].trim();
    if (text === '') return null;
    const amount = name === 'bytes' ? Math.round(Number(text) * MEGABYTE) : Number(text);
    if (Number.isInteger(amount) && amount >= 1 && amount <= MOST) return amount;
    errors[name] =
      name === 'bytes' ? 'Megabytes are a number above 0.' : `Give a whole number of ${name} above 0.`;
    return null;
  };
  const budget = { calls: read('calls'), bytes: read('bytes'), seconds: read('seconds') };
  const isEmpty = Object.values(budget).every((amount) => amount === null);
  return { budget: isEmpty ? null : budget, errors };
}

/** `200 calls, 20 MB a day`, or `no end`. */
export function budgetWords(budget: Budget | null): string {
  const parts = [
    budget?.calls == null ? '' : plural(budget.calls, 'call'),
    budget?.bytes == null ? '' : bytes(budget.bytes),
    budget?.seconds == null ? '' : `${whole(budget.seconds)} s of work`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'no end' : `${parts.join(', ')} a day`;
}

const clockOf = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  hour: '2-digit',
  minute: '2-digit',
});
/** `14:00`, or `Tuesday 14:00` where that is on another day. */
export const clockTime = (at: number, now: number): string =>
  new Date(at).toDateString() === new Date(now).toDateString()
    ? clockOf.format(at)
    : dayAndClock.format(at).replace(' at ', ' ').replace(',', '');
