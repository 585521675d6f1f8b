import { HISTOGRAM_BUCKETS, type WayResult } from '../../../shared/compare.ts';

/** Below a microsecond no clock of ours tells anything apart. */
const LEAST_MS = 0.001;

type Histogram = WayResult['histogram'];
type Series = WayResult['series'];

/** Of values in rising order: the smallest that at least this share of them does not exceed. Null where there are none. */
export function percentile(rising: ArrayLike<number>, share: number): number | null {
  const at = Math.max(0, Math.ceil(rising.length * share) - 1);
  return rising[at] ?? null;
}

/**
 * Upper edges of logarithmic buckets between the least and the most, the same for all that are to be compared. One
 * edge where all values are alike.
 */
export function bucketEdges(leastMs: number, mostMs: number, count = HISTOGRAM_BUCKETS): number[] {
  const least = Math.max(LEAST_MS, leastMs);
  const most = Math.max(least, mostMs);
  if (most === least) return [most];
  const step = (most / least) ** (1 / count);
  const edges = Array.from({ length: count - 1 }, (_, index) => least * step ** (index + 1));
  return [...edges, most];
}

/** How many of the values, in rising order, lie up to each edge; what is beyond the last edge counts with it. */
export function histogramOf(rising: ArrayLike<number>, edges: readonly number[]): Histogram {
  let next = 0;
  return edges.map((upToMs, index) => {
    const from = next;
    const isLast = index === edges.length - 1;
    while (next < rising.length && (isLast || (rising[next] ?? Infinity) <= upToMs)) next += 1;
    return { upToMs, count: next - from };
  });
}

/** Medians of groups of equal size, in order of time. `order` names the values so, by their places. */
export function seriesOf(
  order: readonly number[],
  at: ArrayLike<number>,
  ms: ArrayLike<number>,
  points: number,
): Series {
  const size = Math.max(1, Math.ceil(order.length / points));
  const series: Series = [];
  for (let from = 0; from < order.length; from += size) {
    const group = order.slice(from, from + size);
    const rising = Float64Array.from(group, (place) => ms[place] ?? 0).sort();
    const last = group.at(-1) ?? 0;
    series.push({ at: at[last] ?? 0, ms: percentile(rising, 0.5) ?? 0, calls: group.length });
  }
  return series;
}
