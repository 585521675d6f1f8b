/** The answers a person can give, and what each is called once it is given. Pure. */
import { fits, type Answer, type ApprovalView } from '../../shared/gate.ts';
import type { Limits } from '../../shared/rules.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface Allowance {
  readonly label: string;
  readonly note?: string;
  readonly said: string;
  readonly answer: (limits: Limits | null) => Answer;
}

const forSeconds = (label: string, seconds: number): Allowance => ({
  label,
  said: `Allowed for ${label}`,
  answer: (limits) => ({ kind: 'allow-for', seconds, limits }),
});

export const allowances: readonly Allowance[] = [
  forSeconds('10 minutes', 10 * MINUTE),
  forSeconds('1 hour', HOUR),
  forSeconds('1 day', DAY),
  {
    label: 'Until I quit',
    said: 'Allowed until you quit',
    answer: (limits) => ({ kind: 'allow-until-quit', limits }),
  },
  {
    label: 'Always',
    note: 'Asked again when the tool changes',
    said: 'Allowed always',
    answer: (limits) => ({ kind: 'allow-always', limits }),
  },
];

export const laters: readonly number[] = [5, 15, 30];

/** Whether anything can be allowed, or denied, for longer than this once. */
export const lastsLonger = (approval: ApprovalView): boolean =>
  fits(approval, { kind: 'allow-always', limits: null });

/** Calls per hour and per day; null for none. */
export function limitsOf(perHour: number | null, perDay: number | null): Limits | null {
  if (perHour === null && perDay === null) return null;
  const calls = (amount: number | null): Limits['hour'] => ({ calls: amount, bytes: null, seconds: null });
  return { hour: calls(perHour), day: calls(perDay) };
}

const byKind: Readonly<Record<Answer['kind'], string>> = {
  'allow-once': 'Allowed once',
  'allow-for': 'Allowed for a time',
  'allow-until-quit': 'Allowed until you quit',
  'allow-always': 'Allowed always',
  deny: 'Denied',
  'deny-and-block': 'Denied and blocked',
  later: 'Put off',
};

const isKind = (kind: string): kind is Answer['kind'] => Object.hasOwn(byKind, kind);

/** What was answered, where only its kind is known: it was given in another window. */
export const answeredWords = (kind: string): string => (isKind(kind) ? byKind[kind] : 'Answered');

export const allows = (kind: string): boolean => kind.startsWith('allow');

/** What happens with it, and when: `Runs in 3 s`, `Told in 1 s`. */
export function pendingWords(kind: string, leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  if (seconds === 0) return allows(kind) ? 'Runs now' : 'Told now';
  return `${allows(kind) ? 'Runs' : 'Told'} in ${seconds.toString()} s`;
}
