import { expect, it } from 'vitest';
import { backoffMs, longestWaitMs } from '../../../../../../main/host/network/links/backoff.ts';

it('waits for 1 s doubling to 5 min, of which up to a half is left out', () => {
  const whole = [0, 1, 2, 3, 8, 9, 1000].map((failures) => backoffMs(failures, () => 1));
  expect(whole).toEqual([1000, 2000, 4000, 8000, 256_000, 300_000, 300_000]);
  expect(backoffMs(3, () => 0)).toBe(4000);
});

it('expects a peer that was lost less than 10 min ago back in seconds', () => {
  expect(longestWaitMs(0)).toBe(3000);
  expect(longestWaitMs(599_000)).toBe(3000);
  expect(longestWaitMs(601_000)).toBe(300_000);
  expect(longestWaitMs(null)).toBe(300_000);
});
