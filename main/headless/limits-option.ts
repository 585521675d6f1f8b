import { Limits } from '../../shared/rules.ts';
import { usageError } from './cli-error.ts';

const FORM = /^(calls|bytes|seconds)\/(hour|day)=(\d{1,13})$/;
const HOW = 'Write a limit as calls/hour=20; with calls, bytes or seconds, and hour or day.';

/** What the help says of `--limit`. */
export const LIMIT_HELP =
  'at most so much, such as calls/hour=20 or seconds/day=60; can be given several times';

/** For the parser of the command line: gathers an option that is given several times. */
export const gathered = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Limits as they stand on the command line; null where there are none. @throws {CliError} */
export function parseLimits(given: readonly string[] | undefined): Limits | null {
  if (given === undefined || given.length === 0) return null;
  const none = { calls: null, bytes: null, seconds: null };
  const limits: Limits = { hour: { ...none }, day: { ...none } };
  for (const text of given) {
    const [, what, span, amount] = FORM.exec(text.trim()) ?? [];
    if (!isWhat(what) || !isSpan(span)) throw usageError(HOW);
    if (limits[span][what] !== null) throw usageError(`${what}/${span} is given twice.`);
    limits[span][what] = Number(amount);
  }
  const checked = Limits.safeParse(limits);
  if (!checked.success) throw usageError('A limit is a whole number from 1 to 1000000000000.');
  return checked.data;
}

const isWhat = (text: string | undefined): text is 'calls' | 'bytes' | 'seconds' =>
  text === 'calls' || text === 'bytes' || text === 'seconds';
const isSpan = (text: string | undefined): text is 'hour' | 'day' => text === 'hour' || text === 'day';
