import { expect, test } from 'vitest';
import {
  bucketEdges,
  histogramOf,
  percentile,
  seriesOf,
} from '../../../../../main/host/comparing/statistics.ts';
import { MAX_SAMPLES, resultsOf, WayTally } from '../../../../../main/host/comparing/way-tally.ts';
import { HISTOGRAM_BUCKETS, WayResult } from '../../../../../shared/compare.ts';

const oneToHundred = Array.from({ length: 100 }, (_, index) => index + 1);

test('a percentile is the smallest value that at least so many do not exceed', () => {
  expect(percentile(oneToHundred, 0.5)).toBe(50);
  expect(percentile(oneToHundred, 0.95)).toBe(95);
  expect(percentile(oneToHundred, 0.99)).toBe(99);
  expect(percentile([1, 2, 3], 0.5)).toBe(2);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.5)).toBeNull();
});

test('the buckets grow by the same factor and end with the most', () => {
  expect(bucketEdges(1, 1000, 3).map((edge) => Math.round(edge))).toEqual([10, 100, 1000]);
  expect(bucketEdges(0.2, 812.5)).toHaveLength(HISTOGRAM_BUCKETS);
  expect(bucketEdges(0.2, 812.5).at(-1)).toBe(812.5);
  expect(bucketEdges(5, 5)).toEqual([5]);
  expect(bucketEdges(0, 0)).toEqual([0.001]);
});

test('each value is counted in one bucket, the last of which holds what is beyond it', () => {
  expect(histogramOf([1, 10, 10, 11, 100, 5000], [10, 100, 1000])).toEqual([
    { upToMs: 10, count: 3 },
    { upToMs: 100, count: 2 },
    { upToMs: 1000, count: 1 },
  ]);
});

test('a series is medians of groups, in order of time', () => {
  const ms = [3, 1, 2, 10, 30, 20];
  const at = [1, 2, 3, 4, 5, 6];
  expect(seriesOf([0, 1, 2, 3, 4, 5], at, ms, 2)).toEqual([
    { at: 3, ms: 2, calls: 3 },
    { at: 6, ms: 20, calls: 3 },
  ]);
  expect(seriesOf([], [], [], 200)).toEqual([]);
  expect(seriesOf(oneToHundred, oneToHundred, oneToHundred, 7).length).toBeLessThanOrEqual(7);
});

test('a tally becomes a result that the contract takes', () => {
  const tally = new WayTally('tcp');
  tally.activeMs = 2000;
  tally.cpuSeconds = 0.5;
  for (const ms of oneToHundred) tally.answered(1000 + ms, ms, 2 ** 20 / 50);
  tally.failed('The link was lost.');
  tally.failed('Something else.');
  const [result] = resultsOf([tally]);
  expect(WayResult.parse(result)).toMatchObject({
    calls: 102,
    failures: 2,
    failure: 'The link was lost.',
    p50: 50,
    p95: 95,
    p99: 99,
    callsPerSecond: 50,
    mibPerSecond: expect.closeTo(1),
    cpuSeconds: 0.5,
  });
  expect(result?.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(100);
  expect(result?.series.reduce((sum, { calls }) => sum + calls, 0)).toBe(100);
});

test('all ways share their buckets, and those without an answer have none', () => {
  const [fast, slow, none] = [new WayTally('tcp'), new WayTally('relay'), new WayTally('quic')];
  for (const ms of [1, 2, 4]) fast.answered(ms, ms, 0);
  for (const ms of [100, 200, 400]) slow.answered(ms, ms, 0);
  none.unavailable = 'No address of this kind is known.';
  const [a, b, c] = resultsOf([fast, slow, none]);
  const edges = a?.histogram.map(({ upToMs }) => upToMs);
  expect(edges).toEqual(b?.histogram.map(({ upToMs }) => upToMs));
  expect(edges?.at(-1)).toBe(400);
  expect(c).toMatchObject({ histogram: [], series: [], p50: null, callsPerSecond: null });
});

test('no more answers are held than 10,000, however many are counted', () => {
  const tally = new WayTally('tcp');
  for (let at = 0; at < MAX_SAMPLES + 500; at += 1) tally.answered(at, 1 + (at % 100), 10);
  const [result] = resultsOf([tally]);
  expect(result?.calls).toBe(MAX_SAMPLES + 500);
  expect(result?.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(MAX_SAMPLES);
  expect(WayResult.safeParse(result).success).toBe(true);
});
