/** A logarithmic scale for milliseconds. Pure. */
export interface LogScale {
  readonly from: number;
  readonly to: number;
  /** 0 at `from`, 1 at `to`; never beyond. */
  readonly share: (ms: number) => number;
  /** Round values within, few enough to be labelled. */
  readonly ticks: readonly number[];
}

const LEAST = 0.001;
const MOST_TICKS = 6;

export function logScale(least: number, most: number): LogScale {
  const from = Math.max(LEAST, least);
  const to = Math.max(from * 1.01, most);
  const width = Math.log(to / from);
  const share = (ms: number): number =>
    Math.min(1, Math.max(0, Math.log(Math.max(LEAST, ms) / from) / width));
  return { from, to, share, ticks: ticksWithin(from, to) };
}

/** 1, 2 and 5 of each power of ten; fewer of them where that would be too many. */
function ticksWithin(from: number, to: number): readonly number[] {
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power += 1) {
      for (const step of steps) {
        const value = Number((step * 10 ** power).toPrecision(3));
        if (value >= from && value <= to) ticks.push(value);
      }
    }
    if (ticks.length <= MOST_TICKS) return ticks;
  }
  return [];
}
