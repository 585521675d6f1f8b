/** What the histogram shows: one lane for each way, all over one scale. Pure. */
import type { Way, WayResult } from '../../shared/compare.ts';
import { wasMeasured } from '../words/ways.ts';
import { logScale, type LogScale } from './log-scale.ts';

export interface Bin {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
  /** Of all calls of this way. */
  readonly share: number;
}

export interface Lane {
  readonly way: Way;
  readonly bins: readonly Bin[];
  readonly p50: number | null;
  readonly p99: number | null;
}

export interface HistogramModel {
  readonly lanes: readonly Lane[];
  readonly scale: LogScale;
  /** The highest share of any bin: the top of every lane. */
  readonly top: number;
  /** Where the bins of all lanes begin and end; the cursor goes from one span to the next. */
  readonly spans: readonly { readonly fromMs: number; readonly toMs: number }[];
}

/** @returns null where nothing was measured */
export function histogramModel(ways: readonly WayResult[]): HistogramModel | null {
  const lanes = ways.filter(wasMeasured).map(laneOf);
  const filled = lanes.flatMap(({ bins }) => bins.filter(({ count }) => count > 0));
  if (filled.length === 0) return null;
  const least = Math.min(...filled.map(({ fromMs }) => fromMs));
  const most = Math.max(...filled.map(({ toMs }) => toMs));
  const edges = [...new Set(lanes.flatMap(({ bins }) => bins.flatMap(({ fromMs, toMs }) => [fromMs, toMs])))]
    .filter((edge) => edge >= least && edge <= most)
    .toSorted((a, b) => a - b);
  return {
    lanes,
    scale: logScale(least, most),
    top: Math.max(...filled.map(({ share }) => share)),
    spans: edges.slice(1).map((toMs, index) => ({ fromMs: edges[index] ?? least, toMs })),
  };
}

function laneOf({ way, histogram, p50, p99 }: WayResult): Lane {
  const total = histogram.reduce((sum, { count }) => sum + count, 0);
  const first = histogram[0]?.upToMs ?? 1;
  const second = histogram[1]?.upToMs ?? first * 2;
  // The first has no lower edge of its own: as wide as the one after it, on this scale.
  const begin = second > first ? (first * first) / second : first / 2;
  return {
    way,
    p50,
    p99,
    bins: histogram.map(({ upToMs, count }, index) => ({
      fromMs: histogram[index - 1]?.upToMs ?? begin,
      toMs: upToMs,
      count,
      share: total === 0 ? 0 : count / total,
    })),
  };
}

/** The bin of a lane that a span lies in. */
export const binAt = (
  { bins }: Lane,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Bin | null => bins.find((bin) => bin.fromMs <= fromMs && bin.toMs >= toMs) ?? null;
