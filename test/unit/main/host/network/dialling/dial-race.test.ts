import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { raceDials } from '../../../../../../main/host/network/dialling/dial-race.ts';
import { DialSlots } from '../../../../../../main/host/network/dialling/dial-slots.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const at = (last: number): Multiaddr => multiaddr(`/ip4/192.0.2.${last}/tcp/4001`);
const never = new AbortController().signal;

/** Dials that a test lets succeed or fail. */
function dials(): {
  dial: (target: Multiaddr, signal: AbortSignal) => Promise<string>;
  begun: string[];
  aborted: string[];
  answer: (target: Multiaddr) => void;
  fail: (target: Multiaddr) => void;
} {
  const open = new Map<string, PromiseWithResolvers<string>>();
  const begun: string[] = [];
  const aborted: string[] = [];
  return {
    begun,
    aborted,
    dial: (target, signal) => {
      const name = target.toString();
      const one = Promise.withResolvers<string>();
      begun.push(name);
      open.set(name, one);
      signal.addEventListener('abort', () => {
        aborted.push(name);
        one.reject(new Error('aborted'));
      });
      return one.promise;
    },
    answer: (target) => open.get(target.toString())?.resolve(target.toString()),
    fail: (target) => open.get(target.toString())?.reject(new Error(`dead ${target.toString()}`)),
  };
}
const names = (...targets: Multiaddr[]): string[] => targets.map(String);

describe('addresses that are tried side by side', () => {
  it('begin a quarter of a second apart, and the first that answers ends the others', async () => {
    const { dial, begun, aborted, answer } = dials();
    const race = raceDials([{ targets: [at(1), at(2), at(3)], afterMs: 0, parallel: 4 }], dial, never);
    expect(begun).toEqual(names(at(1)));
    await vi.advanceTimersByTimeAsync(250);
    expect(begun).toEqual(names(at(1), at(2)));
    answer(at(2));
    expect(await race).toBe(at(2).toString());
    expect(aborted).toEqual(names(at(1), at(2)));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(begun).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('do not wait for one that has failed', async () => {
    const { dial, begun, fail } = dials();
    const race = raceDials([{ targets: [at(1), at(2)], afterMs: 0, parallel: 4 }], dial, never);
    fail(at(1));
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(names(at(1), at(2)));
    fail(at(2));
    await expect(race).rejects.toMatchObject({ errors: [{ message: /dead/ }, { message: /dead/ }] });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are no more at one time than is allowed', async () => {
    const { dial, begun, fail, answer } = dials();
    const targets = [at(1), at(2), at(3), at(4)];
    const race = raceDials([{ targets, afterMs: 0, parallel: 2 }], dial, never);
    await vi.advanceTimersByTimeAsync(5000);
    expect(begun).toHaveLength(2);
    fail(at(2));
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(names(at(1), at(2), at(3)));
    answer(at(3));
    await race;
  });

  it('by way of a relay begin after a head start, though dead ones of the peer itself are still tried', async () => {
    const { dial, begun, answer } = dials();
    const direct = [at(1), at(2), at(3), at(4), at(5)];
    const race = raceDials(
      [
        { targets: direct, afterMs: 0, parallel: 4 },
        { targets: [at(9)], afterMs: 400, parallel: 2 },
      ],
      dial,
      never,
    );
    await vi.advanceTimersByTimeAsync(399);
    expect(begun).not.toContain(at(9).toString());
    await vi.advanceTimersByTimeAsync(1);
    expect(begun).toContain(at(9).toString());
    answer(at(9));
    expect(await race).toBe(at(9).toString());
  });

  it('by way of a relay begin at once where there are no others, or those have failed', async () => {
    const alone = dials();
    const one = raceDials(
      [
        { targets: [], afterMs: 0, parallel: 4 },
        { targets: [at(9)], afterMs: 400, parallel: 2 },
      ],
      alone.dial,
      never,
    );
    expect(alone.begun).toEqual(names(at(9)));
    alone.answer(at(9));
    await one;
    const { dial, begun, fail, answer } = dials();
    const race = raceDials(
      [
        { targets: [at(1)], afterMs: 0, parallel: 4 },
        { targets: [at(9)], afterMs: 400, parallel: 2 },
      ],
      dial,
      never,
    );
    fail(at(1));
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(names(at(1), at(9)));
    answer(at(9));
    await race;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('end when nobody wants them any more', async () => {
    const { dial, aborted } = dials();
    const wish = new AbortController();
    const race = raceDials([{ targets: [at(1), at(2)], afterMs: 0, parallel: 4 }], dial, wish.signal);
    wish.abort(new Error('changed my mind'));
    await expect(race).rejects.toMatchObject({ errors: [{ message: 'changed my mind' }] });
    expect(aborted).toEqual(names(at(1)));
    expect(vi.getTimerCount()).toBe(0);
    await expect(raceDials([], dial, never)).rejects.toThrow('no address');
  });
});

it('dials of all peers together wait for their turn, or until they are not wanted', async () => {
  const slots = new DialSlots(1);
  const first = Promise.withResolvers<string>();
  const wish = new AbortController();
  const done: string[] = [];
  const one = slots.run(async () => done.push(await first.promise), never);
  const two = slots.run(async () => done.push('two'), wish.signal);
  const three = slots.run(async () => done.push('three'), never);
  wish.abort(new Error('not any more'));
  await expect(two).rejects.toThrow('not any more');
  expect(done).toEqual([]);
  first.resolve('one');
  await Promise.all([one, three]);
  expect(done).toEqual(['one', 'three']);
});
