import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  circuitLeft,
  CircuitRenewal,
  isLow,
} from '../../../../../../main/host/network/relays/circuit-renewal.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('what is left of a circuit', () => {
  it('takes more than a day for milliseconds, as relays of js-libp2p state them', () => {
    expect(circuitLeft({ limits: { seconds: 120_000, bytes: 131_072n } })).toEqual({
      seconds: 120,
      bytes: 131_072,
    });
    expect(circuitLeft({ limits: { seconds: 7200 } })).toEqual({ seconds: 7200, bytes: null });
    expect(circuitLeft({})).toEqual({ seconds: null, bytes: null });
  });

  it.each([
    ['half of the bytes are gone', { seconds: null, bytes: 100 }, { seconds: null, bytes: 49 }, true],
    ['more than half of them are left', { seconds: null, bytes: 100 }, { seconds: null, bytes: 51 }, false],
    ['a fifth of the time is left', { seconds: 7200, bytes: null }, { seconds: 1400, bytes: null }, true],
    ['most of the time is left', { seconds: 7200, bytes: null }, { seconds: 1500, bytes: null }, false],
    ['ten seconds are left of a short one', { seconds: 30, bytes: null }, { seconds: 9, bytes: null }, true],
    ['a very short one has just begun', { seconds: 12, bytes: null }, { seconds: 11, bytes: null }, false],
    ['nothing is limited', { seconds: null, bytes: null }, { seconds: null, bytes: null }, false],
  ])('is low when %s: %j to %j', (_, first, now, low) => expect(isLow(first, now)).toBe(low));
});

describe('a circuit in use', () => {
  it('is replaced before its time is up, once, and again later where that failed', async () => {
    const connection = { limits: { seconds: 100 }, status: 'open' } as const;
    const fading = vi.fn();
    const replace = vi.fn(() => Promise.reject(new Error('The relay is full.')));
    const renewal = new CircuitRenewal({ fading, replace });
    renewal.watch(connection);
    await vi.advanceTimersByTimeAsync(79_000);
    expect(replace).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(3000);
    expect([fading.mock.calls.length, replace.mock.calls.length]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(replace).toHaveBeenCalledTimes(2);
    renewal.forget(connection);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([replace.mock.calls.length, vi.getTimerCount()]).toEqual([2, 0]);
  });

  it('is replaced soon where it is the best again, after it was not to be replaced', async () => {
    const connection = { limits: { seconds: 100 }, status: 'open' } as const;
    let isBest = false;
    const replace = vi.fn(() => Promise.resolve(isBest));
    const renewal = new CircuitRenewal({ fading: () => undefined, replace });
    renewal.watch(connection);
    await vi.advanceTimersByTimeAsync(85_000);
    isBest = true;
    replace.mockClear();
    await vi.advanceTimersByTimeAsync(250);
    expect(replace).toHaveBeenCalledOnce();
    renewal.stop();
  });

  it('has one other opened at a time', async () => {
    const connection = { limits: { seconds: 100 }, status: 'open' } as const;
    const replace = vi.fn(() => new Promise<boolean>(() => undefined));
    const renewal = new CircuitRenewal({ fading: () => undefined, replace });
    renewal.watch(connection);
    await vi.advanceTimersByTimeAsync(99_000);
    expect(replace).toHaveBeenCalledOnce();
    renewal.stop();
  });
});
