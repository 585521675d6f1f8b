import type { Hours } from '../../../shared/rules.ts';

/** Milliseconds since 1970; `ends` is no longer part of it. */
export interface Span {
  readonly begins: number;
  readonly ends: number;
}

const DAYS_OF_A_WEEK = 7;

/** The stretch of these hours that a moment lies in, by this machine's local time; null where it lies in none. */
export function spanAt(hours: Hours, at: number): Span | null {
  // One that runs over midnight belongs to the day before.
  for (const daysBefore of [0, 1]) {
    const span = spanOfDay(hours, at, -daysBefore);
    if (span !== null && span.begins <= at && at < span.ends) return span;
  }
  return null;
}

export const isWithin = (hours: Hours, at: number): boolean => spanAt(hours, at) !== null;

/** When they begin next, after a moment; null where no day is named. */
export function nextBegin(hours: Hours, at: number): number | null {
  for (let days = 0; days <= DAYS_OF_A_WEEK; days += 1) {
    const span = spanOfDay(hours, at, days);
    if (span !== null && span.begins > at) return span.begins;
  }
  return null;
}

/** The stretch that begins so many days after the day of a moment. A day is not always 24 hours long, so the calendar is asked. */
function spanOfDay({ days, from, to }: Hours, at: number, daysAfter: number): Span | null {
  const day = new Date(at);
  const onDay = (time: string, more: number): Date => {
    const [hour = 0, minute = 0] = time.split(':').map(Number);
    return new Date(day.getFullYear(), day.getMonth(), day.getDate() + daysAfter + more, hour, minute);
  };
  const begins = onDay(from, 0);
  if (!days.includes(onDay('12:00', 0).getDay())) return null;
  const ends = onDay(to, from < to ? 0 : 1);
  return { begins: begins.getTime(), ends: ends.getTime() };
}
