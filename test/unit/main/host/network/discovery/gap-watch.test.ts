import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GapWatch } from '../../../../../../main/host/network/discovery/gap-watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function watch(neighbours: string[], known = 30): { gaps: GapWatch<string>; asked: string[] } {
  const asked: string[] = [];
  const gaps = new GapWatch<string>({
    neighbours: () => neighbours,
    compare: (neighbour) => asked.push(neighbour),
    known: () => known,
  });
  return { gaps, asked };
}

it('compares soon after news, once more after that, and then once a minute', () => {
  const { gaps, asked } = watch(['hub']);
  gaps.news();
  vi.advanceTimersByTime(2999);
  expect(asked).toHaveLength(0);
  vi.advanceTimersByTime(1);
  expect(asked).toHaveLength(1);
  vi.advanceTimersByTime(3000);
  expect(asked).toHaveLength(2);
  vi.advanceTimersByTime(59_000);
  expect(asked).toHaveLength(2);
  vi.advanceTimersByTime(1000);
  expect(asked).toHaveLength(3);
  gaps.stop();
  expect(vi.getTimerCount()).toBe(0);
});

it('goes on as long as there is news, however much of it, at the same pace', () => {
  const { gaps, asked } = watch(['hub']);
  for (let at = 0; at < 300; at += 1) {
    gaps.news();
    vi.advanceTimersByTime(100);
  }
  expect(asked).toHaveLength(10);
  gaps.stop();
});

it('is hurried by news out of its quiet', () => {
  const { gaps, asked } = watch(['hub']);
  gaps.news();
  vi.advanceTimersByTime(20_000);
  asked.length = 0;
  gaps.news();
  vi.advanceTimersByTime(3000);
  expect(asked).toHaveLength(1);
  gaps.stop();
});

it('asks two neighbours at a time, all of them in turn', () => {
  const { gaps, asked } = watch(['a', 'b', 'c']);
  gaps.news();
  vi.advanceTimersByTime(6000);
  expect(asked).toEqual(['a', 'b', 'c', 'a']);
  gaps.stop();
});

it('is rarer where more is known', () => {
  const { gaps, asked } = watch(['hub'], 1000);
  gaps.news();
  vi.advanceTimersByTime(49_999);
  expect(asked).toHaveLength(0);
  vi.advanceTimersByTime(1);
  expect(asked).toHaveLength(1);
  gaps.stop();
});

it('rests while there is nobody to ask, and begins when somebody comes', () => {
  const neighbours: string[] = [];
  const { gaps, asked } = watch(neighbours);
  gaps.news();
  vi.advanceTimersByTime(10_000);
  expect(vi.getTimerCount()).toBe(0);
  neighbours.push('hub');
  gaps.news();
  vi.advanceTimersByTime(3000);
  expect(asked).toEqual(['hub']);
  gaps.stop();
});
