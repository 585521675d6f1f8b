import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Dialler } from '../../../../../../main/host/network/links/dialler.ts';
import type { DiallerOptions } from '../../../../../../main/host/network/links/dialler.ts';
import { PeerId } from '../../../../../../shared/ids.ts';

const peer = (n: number): PeerId => PeerId.parse(`12D3Koo${'W'.repeat(44)}${'123456789ABC'[n]}`);

/** A dialler whose dials end when the test says so. */
function setUp(more: Partial<DiallerOptions> = {}): {
  dialler: Dialler;
  dials: { peerId: PeerId; succeed(): void; fail(): void }[];
  unwanted: Set<PeerId>;
  plans: (number | null)[];
} {
  const dials: { peerId: PeerId; succeed(): void; fail(): void }[] = [];
  const unwanted = new Set<PeerId>();
  const plans: (number | null)[] = [];
  const dialler = new Dialler({
    dial: (peerId, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('ended')));
        dials.push({ peerId, succeed: () => resolve(), fail: () => reject(new Error('no')) });
      }),
    wanted: (peerId) => !unwanted.has(peerId),
    planned: (_, at) => plans.push(at),
    backoffMs: (failures) => 1000 * 2 ** failures,
    ...more,
  });
  return { dialler, dials, unwanted, plans };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('the dialler', () => {
  it('dials again after longer and longer waits until it succeeds', async () => {
    const { dialler, dials } = setUp();
    dialler.plan(peer(0), 0);
    await vi.advanceTimersByTimeAsync(0);
    for (const wait of [1000, 2000, 4000]) {
      dials.at(-1)?.fail();
      const before = dials.length;
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(dials).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(dials).toHaveLength(before + 1);
    }
    dials.at(-1)?.succeed();
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(dials).toHaveLength(4);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('begins with the shortest wait again only after a link that lasted', async () => {
    const { dialler, dials } = setUp();
    dialler.plan(peer(0), 0);
    await vi.advanceTimersByTimeAsync(0);
    dials[0]?.fail();
    await vi.advanceTimersByTimeAsync(1000);
    dials[1]?.succeed();
    await vi.advanceTimersByTimeAsync(0);
    // Lost at once:
    dialler.retry(peer(0));
    await vi.advanceTimersByTimeAsync(1999);
    expect(dials).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(dials).toHaveLength(3);
    dials[2]?.succeed();
    await vi.advanceTimersByTimeAsync(0);
    // Lost after a while:
    dialler.settle(peer(0));
    dialler.retry(peer(0));
    await vi.advanceTimersByTimeAsync(1000);
    expect(dials).toHaveLength(4);
  });

  it('ends the dial of a peer that is not wanted any more, at once', async () => {
    const ended: PeerId[] = [];
    const { dialler, unwanted, plans } = setUp({
      dial: (peerId, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            ended.push(peerId);
            reject(new Error('ended'));
          });
        }),
    });
    dialler.plan(peer(0), 0);
    await vi.advanceTimersByTimeAsync(0);
    unwanted.add(peer(0));
    dialler.drop(peer(0));
    expect(ended).toEqual([peer(0)]);
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(plans.at(-1)).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('drops the plan for a peer that was linked from the other side', async () => {
    const { dialler, dials, plans } = setUp();
    dialler.plan(peer(0), 100);
    dialler.hold(peer(0));
    await vi.advanceTimersByTimeAsync(1000);
    expect(dials).toHaveLength(0);
    expect(plans.at(-1)).toBeNull();
  });

  it('dials a peer once at a time, however often it is asked', async () => {
    const { dialler, dials } = setUp();
    for (let i = 0; i < 5; i += 1) dialler.plan(peer(0), 0);
    await vi.advanceTimersByTimeAsync(0);
    dialler.plan(peer(0), 0);
    dialler.hurry(peer(0), 0);
    await vi.advanceTimersByTimeAsync(10);
    expect(dials).toHaveLength(1);
  });

  it('dials a few peers at a time, and all of them in the end', async () => {
    const { dialler, dials } = setUp();
    for (let i = 0; i < 12; i += 1) dialler.plan(peer(i), 0);
    await vi.advanceTimersByTimeAsync(0);
    expect(dials).toHaveLength(4);
    for (let i = 0; i < 12; i += 1) {
      dials[i]?.succeed();
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(new Set(dials.map(({ peerId }) => peerId)).size).toBe(12);
  });

  it('lets those that go first past the others, and keeps room for them', async () => {
    const first = new Set([peer(9), peer(10)]);
    const { dialler, dials } = setUp({ goesFirst: (peerId) => first.has(peerId) });
    for (let i = 0; i < 12; i += 1) dialler.plan(peer(i), 0);
    await vi.advanceTimersByTimeAsync(0);
    expect(dials.map(({ peerId }) => peerId)).toEqual([
      peer(0),
      peer(1),
      peer(2),
      peer(3),
      peer(9),
      peer(10),
    ]);
    // The room of those that went first is not for the others.
    dials[4]?.succeed();
    await vi.advanceTimersByTimeAsync(0);
    expect(dials).toHaveLength(6);
    dials[0]?.succeed();
    await vi.advanceTimersByTimeAsync(0);
    expect(dials[6]?.peerId).toBe(peer(4));
  });

  it('ends a dial that hangs on the old network and begins it anew, with its failures forgotten', async () => {
    const { dialler, dials } = setUp();
    dialler.plan(peer(0), 0);
    await vi.advanceTimersByTimeAsync(0);
    for (const wait of [1000, 2000, 4000]) {
      dials.at(-1)?.fail();
      await vi.advanceTimersByTimeAsync(wait);
    }
    expect(dials).toHaveLength(4);
    dialler.anew(peer(0), 5);
    dialler.anew(peer(1), 5);
    await vi.advanceTimersByTimeAsync(5);
    expect(
      dials
        .slice(4)
        .map(({ peerId }) => peerId)
        .toSorted(),
    ).toEqual([peer(0), peer(1)].toSorted());
    dials.find(({ peerId }, n) => n > 3 && peerId === peer(0))?.fail();
    await vi.advanceTimersByTimeAsync(1000);
    expect(dials).toHaveLength(7);
  });

  it('waits no longer for a peer than is said', async () => {
    const { dialler, dials } = setUp({ longestWaitMs: () => 3000 });
    dialler.plan(peer(0), 0);
    await vi.advanceTimersByTimeAsync(0);
    for (const wait of [1000, 2000, 3000, 3000, 3000]) {
      dials.at(-1)?.fail();
      await vi.advanceTimersByTimeAsync(0);
      const before = dials.length;
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(dials).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(dials).toHaveLength(before + 1);
    }
  });

  it('forgets the failures when there is news of the peer', async () => {
    const { dialler, dials } = setUp();
    dialler.plan(peer(0), 0);
    await vi.advanceTimersByTimeAsync(0);
    for (const wait of [1000, 2000, 4000]) {
      dials.at(-1)?.fail();
      await vi.advanceTimersByTimeAsync(wait);
    }
    dials.at(-1)?.fail();
    await vi.advanceTimersByTimeAsync(0);
    dialler.hurry(peer(0), 10);
    await vi.advanceTimersByTimeAsync(10);
    expect(dials).toHaveLength(5);
  });

  it('drops what is not wanted any more, and leaves nothing behind when it stops', async () => {
    const { dialler, dials, unwanted, plans } = setUp();
    dialler.plan(peer(0), 100);
    dialler.plan(peer(1), 100);
    unwanted.add(peer(0));
    await vi.advanceTimersByTimeAsync(100);
    expect(dials.map(({ peerId }) => peerId)).toEqual([peer(1)]);
    dials[0]?.fail();
    await vi.advanceTimersByTimeAsync(0);
    expect(plans.at(-1)).not.toBeNull();
    dialler.stop();
    expect(plans.at(-1)).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
    dialler.plan(peer(1), 0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
