import type { Connection } from '@libp2p/interface';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LinkPulse } from '../../../../../../main/host/network/links/link-pulse.ts';
import { LinkWatch } from '../../../../../../main/host/network/links/round-trip.ts';

/** A link whose other side does what the test says; it has no stream to measure by. */
function setUp(isKept: boolean): {
  watch: LinkWatch;
  pulse: LinkPulse;
  pings: (() => void)[];
  cutAt: () => number | null;
} {
  let cutAt: number | null = null;
  const pings: (() => void)[] = [];
  const pulse: LinkPulse = {
    heardAt: performance.now(),
    ping: () =>
      new Promise<void>((resolve) => {
        pings.push(() => {
          pulse.heardAt = performance.now();
          resolve();
        });
      }),
  };
  const connection = {
    status: 'open',
    newStream: () => Promise.reject(new Error('The link is dead.')),
    abort: () => {
      cutAt ??= performance.now();
      connection.status = 'aborted';
    },
  };
  const watch = new LinkWatch(connection as unknown as Connection, {
    onMeasured: () => undefined,
    isKept: () => isKept,
    pulse,
  });
  return { watch, pulse, pings, cutAt: () => cutAt };
}

let startedAt = 0;
beforeEach(() => {
  vi.useFakeTimers();
  startedAt = performance.now();
});
afterEach(() => vi.useRealTimers());

it('finds a kept link dead within 8 s of silence, after two questions', async () => {
  const { pings, cutAt } = setUp(true);
  await vi.advanceTimersByTimeAsync(4999);
  expect(pings).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(2000);
  expect(pings).toHaveLength(2);
  expect(cutAt()).toBeNull();
  await vi.advanceTimersByTimeAsync(1100);
  expect((cutAt() ?? Infinity) - startedAt).toBeLessThanOrEqual(8050);
  expect(vi.getTimerCount()).toBe(0);
});

it('is in no hurry with others', async () => {
  const { cutAt } = setUp(false);
  await vi.advanceTimersByTimeAsync(34_000);
  expect(cutAt()).toBeNull();
  await vi.advanceTimersByTimeAsync(3000);
  expect(cutAt()).not.toBeNull();
});

it('asks nothing of a link by which something comes in, and takes anything for an answer', async () => {
  const { pulse, pings, cutAt } = setUp(true);
  for (let i = 0; i < 20; i += 1) {
    await vi.advanceTimersByTimeAsync(3000);
    pulse.heardAt = performance.now();
  }
  expect(pings).toHaveLength(0);
  // The pong is behind much data on a slow link.
  await vi.advanceTimersByTimeAsync(6000);
  expect(pings).toHaveLength(1);
  pulse.heardAt = performance.now();
  await vi.advanceTimersByTimeAsync(3000);
  expect(cutAt()).toBeNull();
});

it('finds out in 3 s when the network may be another one', async () => {
  const dead = setUp(false);
  const alive = setUp(false);
  dead.watch.check();
  alive.watch.check();
  await vi.advanceTimersByTimeAsync(10);
  alive.pings[0]?.();
  await vi.advanceTimersByTimeAsync(3100);
  expect(dead.cutAt()).not.toBeNull();
  expect(alive.cutAt()).toBeNull();
});

it('does not blame the other side for the sleep of this machine', async () => {
  const { watch, pings, pulse, cutAt } = setUp(true);
  watch.check();
  await vi.advanceTimersByTimeAsync(10);
  expect(pings).toHaveLength(1);
  // Timers stand still, the clock does not.
  vi.setSystemTime(Date.now() + 60_000);
  const real = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => real() + 60_000);
  await vi.advanceTimersByTimeAsync(3000);
  expect(cutAt()).toBeNull();
  pulse.heardAt = performance.now();
  await vi.advanceTimersByTimeAsync(1500);
  expect(cutAt()).toBeNull();
});

it('leaves nothing behind when it stops', async () => {
  const { watch, cutAt } = setUp(true);
  watch.check();
  await vi.advanceTimersByTimeAsync(100);
  watch.stop();
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(cutAt()).toBeNull();
});

it('takes no harm from an answer that comes when the ping is over', async () => {
  const stream = Object.assign(new EventTarget(), {
    closed: false,
    send(): boolean {
      if (stream.closed) throw new Error('Cannot write to a stream that is closed.');
      return true;
    },
    close: (): Promise<void> => {
      stream.closed = true;
      return Promise.resolve();
    },
  });
  const connection = { status: 'open', newStream: () => Promise.resolve(stream), abort: () => undefined };
  const watch = new LinkWatch(connection as unknown as Connection, {
    onMeasured: () => undefined,
    isKept: () => false,
    pulse: { heardAt: Infinity, ping: () => Promise.resolve() },
  });
  await vi.advanceTimersByTimeAsync(10_001);
  expect(stream.closed).toBe(true);
  const thrown = vi.fn();
  process.once('uncaughtException', thrown);
  stream.dispatchEvent(Object.assign(new Event('message'), { data: new Uint8Array(32) }));
  await vi.advanceTimersByTimeAsync(1);
  process.off('uncaughtException', thrown);
  expect(thrown).not.toHaveBeenCalled();
  watch.stop();
});
