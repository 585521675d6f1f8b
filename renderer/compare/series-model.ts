/** What the time series shows: one lane for each way, over one time and one scale. Pure. */
import type { Way, WayResult } from '../../shared/compare.ts';
import { wasMeasured } from '../words/ways.ts';
import { logScale, type LogScale } from './log-scale.ts';

type Point = WayResult['series'][number];

export interface SeriesModel {
  readonly lanes: readonly {
    readonly way: Way;
    readonly points: readonly Point[];
  }[];
  readonly scale: LogScale;
  readonly from: number;
  readonly to: number;
}

/** How many places the cursor has. */
export const STOPS = 50;

/** @returns null where there is nothing to draw a line through */
export function seriesModel(ways: readonly WayResult[]): SeriesModel | null {
  const lanes = ways.filter(wasMeasured).map(({ way, series }) => ({ way, points: series }));
  const points = lanes.flatMap((lane) => lane.points);
  if (points.length < 2) return null;
  const times = points.map(({ at }) => at);
  const all = points.map(({ ms }) => ms);
  return {
    lanes,
    scale: logScale(Math.min(...all) * 0.9, Math.max(...all) * 1.1),
    from: Math.min(...times),
    to: Math.max(...times),
  };
}

/** The point of a lane nearest to a time. */
export const pointAt = (points: readonly Point[], at: number): Point | null =>
  points.reduce<Point | null>(
    (best, point) => (best === null || Math.abs(point.at - at) < Math.abs(best.at - at) ? point : best),
    null,
  );

/** The time of one of the {@link STOPS}. */
export const timeOfStop = ({ from, to }: SeriesModel, stop: number): number =>
  from + ((to - from) * stop) / (STOPS - 1);
