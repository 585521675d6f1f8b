import type { Hours } from '../../../shared/rules.ts';

/** When a decision is made. Local time is looked up once for all rules, and only where one has hours. */
export class Moment {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** By the clock that never jumps; null for a moment that is only imagined. */
  readonly monotonic: number | null;
  #local: { readonly day: number; readonly minute: number } | null = null;

  constructor(at: number, monotonic: number | null) {
    this.at = at;
    this.monotonic = monotonic;
  }

  get local(): { readonly day: number; readonly minute: number } {
    this.#local ??= localOf(this.at);
    return this.#local;
  }
}

function localOf(at: number): { day: number; minute: number } {
  const date = new Date(at);
  return { day: date.getDay(), minute: date.getHours() * 60 + date.getMinutes() };
}

/** Hours made ready: minutes of the day, and the days as a mask. */
export interface ReadyHours {
  readonly days: number;
  readonly from: number;
  readonly to: number;
}

export const readyHours = ({ days, from, to }: Hours): ReadyHours => ({
  days: days.reduce((mask, day) => mask | (1 << day), 0),
  from: minuteOf(from),
  to: minuteOf(to),
});

/** `from` counts, `to` does not. Where both are the same it is a whole day, from then on. */
export function isWithinHours({ days, from, to }: ReadyHours, { local }: Moment): boolean {
  const { day, minute } = local;
  const isDay = (one: number): boolean => (days & (1 << one)) !== 0;
  if (from < to) return isDay(day) && from <= minute && minute < to;
  // Over midnight: the evening belongs to today, the morning to the day before.
  return minute >= from ? isDay(day) : minute < to && isDay((day + 6) % 7);
}

function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}
