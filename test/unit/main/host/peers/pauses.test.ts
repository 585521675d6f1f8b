import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pauses } from '../../../../../main/host/peers/pauses.ts';
import { PeerId } from '../../../../../shared/ids.ts';

const alice = PeerId.parse('12D3KooWMvPXYR7kkC1XSZzjFTyuTYGWE4bzTQbLbTt3jMdJFQe6');
const HOUR = 60 * 60 * 1000;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a pause holds until its time, and is told when it is over', () => {
  const over: PeerId[] = [];
  const pauses = new Pauses((peerId) => over.push(peerId));
  const until = Date.now() + HOUR;
  pauses.note(alice, until);
  expect(pauses.until(alice)).toBe(until);
  vi.advanceTimersByTime(HOUR);
  expect(pauses.until(alice)).toBeNull();
  expect(over).toEqual([alice]);
});

test('a peer cannot say more than a day, nothing at all, or the past', () => {
  const pauses = new Pauses(() => undefined);
  pauses.note(alice, Number.MAX_VALUE);
  expect(pauses.until(alice)).toBe(Date.now() + 24 * HOUR);
  for (const until of [Number.NaN, Date.now() - 1]) {
    pauses.note(alice, until);
    expect(pauses.until(alice)).toBeNull();
  }
  expect(vi.getTimerCount()).toBe(0);
});
