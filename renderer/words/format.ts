/** Numbers and times as the interface says them. Pure. */

const KILO = 1000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** Bytes with a decimal unit: `812 B`, `2.1 kB`, `14 MB`. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= KILO;
    unit += 1;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value).toString()} ${units[unit] ?? ''}`;
}

/** A span of milliseconds: `0.4 ms`, `34 ms`, `1.2 s`, `4:12`, `2:05:00`. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms).toString()} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.round(ms / SECOND).toString()} s`;
  return clock(ms);
}

/** Minutes and seconds that run: `0:07`, `4:12`, `1:02:03`. Rounded up, so that 0:00 means over. */
export function clock(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / SECOND));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = (total % 60).toString().padStart(2, '0');
  if (hours === 0) return `${minutes.toString()}:${seconds}`;
  return `${hours.toString()}:${minutes.toString().padStart(2, '0')}:${seconds}`;
}

/** A span in one rounded unit: `3 weeks`, `1 day`, `moments`. */
export function span(ms: number): string {
  const units: [number, string][] = [
    [WEEK, 'week'],
    [DAY, 'day'],
    [HOUR, 'hour'],
    [MINUTE, 'minute'],
  ];
  for (const [size, name] of units) {
    const count = Math.floor(ms / size);
    if (count >= 1) return plural(count, name);
  }
  return 'moments';
}

/** `3 weeks ago`, `moments ago`. */
export const ago = (at: number, now: number): string => `${span(Math.max(0, now - at))} ago`;

/** `in 2 hours`, `in moments`. */
export const until = (at: number, now: number): string => `in ${span(Math.max(0, at - now))}`;

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${whole(count)} ${count === 1 ? one : many}`;

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
/** A count with groups of three: `12,480`. */
export const whole = (count: number): string => grouped.format(count);

/** Calls per second: `0`, `3.1`, `1,240`. */
export const rate = (perSecond: number): string =>
  perSecond === 0 || perSecond >= 99.95 ? whole(perSecond) : perSecond.toFixed(1);

/** Round-trip time, or `unknown`. */
export const rtt = (ms: number | null): string => (ms === null ? 'unknown' : duration(ms));

const timeOfDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
/** `14:03:12`. */
export const time = (at: number): string => timeOfDay.format(at);
/** `3 Nov 2026, 14:03`. */
export const date = (at: number): string => dayAndTime.format(at);

/** The end of a peer id, which is what differs: `…x7Qk2f`. */
export const shortId = (peerId: string): string => `…${peerId.slice(-6)}`;
