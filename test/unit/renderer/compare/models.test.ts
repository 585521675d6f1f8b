import { describe, expect, it } from 'vitest';
import { binAt, histogramModel } from '../../../../renderer/compare/histogram-model.ts';
import { logScale } from '../../../../renderer/compare/log-scale.ts';
import { pointAt, seriesModel, STOPS, timeOfStop } from '../../../../renderer/compare/series-model.ts';
import { fakeWays } from '../../../fixtures/lively/lively-comparing.ts';

const ways = fakeWays({ calls: 200, concurrency: 1, bytes: 1024, ways: null }, 200, 1000);

describe('the scale', () => {
  it('is logarithmic and never leaves the plot', () => {
    const scale = logScale(1, 100);
    expect(scale.share(10)).toBeCloseTo(0.5);
    expect(scale.share(0)).toBe(0);
    expect(scale.share(1e6)).toBe(1);
  });

  it('has a few round ticks, however wide it is', () => {
    expect(logScale(0.9, 12).ticks).toEqual([1, 2, 5, 10]);
    for (const most of [2, 50, 1e4, 1e9]) expect(logScale(0.5, most).ticks.length).toBeLessThanOrEqual(10);
    expect(logScale(0, 0).share(0)).toBe(0);
  });
});

describe('the histogram', () => {
  it('has a lane for each way that was measured, and every call in it', () => {
    const model = histogramModel(ways);
    expect(model?.lanes.map(({ way }) => way)).toEqual(['tcp', 'quic', 'ws', 'relay', 'websocket']);
    for (const lane of model?.lanes ?? []) {
      const spans = model?.spans ?? [];
      const counted = spans.reduce((sum, span) => sum + (binAt(lane, span)?.count ?? 0), 0);
      const way = ways.find((one) => one.way === lane.way);
      expect(counted).toBe((way?.calls ?? 0) - (way?.failures ?? 0));
      expect(lane.bins.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    }
  });

  it('is none where nothing was measured, and copes with one bucket', () => {
    expect(histogramModel([])).toBeNull();
    expect(histogramModel(fakeWays({ calls: 9, concurrency: 1, bytes: 16, ways: null }, 0, 0))).toBeNull();
    const [tcp] = ways;
    if (tcp === undefined) throw new Error('There is no such way.');
    const model = histogramModel([{ ...tcp, histogram: [{ upToMs: 3, count: 200 }] }]);
    expect(model?.spans).toEqual([{ fromMs: 1.5, toMs: 3 }]);
  });
});

describe('the time series', () => {
  it('goes from the first point to the last, over one scale', () => {
    const model = seriesModel(ways);
    if (model === null) throw new Error('There is no model.');
    expect(timeOfStop(model, 0)).toBe(model.from);
    expect(timeOfStop(model, STOPS - 1)).toBeCloseTo(model.to);
    const [lane] = model.lanes;
    expect(pointAt(lane?.points ?? [], model.to)).toEqual(lane?.points.at(-1));
    expect(pointAt([], 0)).toBeNull();
    expect(seriesModel([])).toBeNull();
  });
});
