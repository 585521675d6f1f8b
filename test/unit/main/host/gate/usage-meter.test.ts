import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UsageOf } from '../../../../../main/host/gate/index.ts';
import { UsageClock } from '../../../../../main/host/gate/usage-clock.ts';
import { DAY_MS, HOUR_MS, PIECE_MS, UsageMeter } from '../../../../../main/host/gate/usage-meter.ts';

const T = 1_700_000_100_000;
const use = (calls: number, bytes = 0, seconds = 0) => ({ calls, bytes, seconds });
const minutes = (count: number): number => count * 60_000;

/** A meter on a clock that stands still until moved. */
function makeMeter(stored: UsageOf[] = []) {
  const time = { at: T };
  const meter = new UsageMeter(() => time.at, stored);
  return {
    time,
    meter,
    calls: () => ({ hour: meter.used('a')?.hour.calls, day: meter.used('a')?.day.calls }),
  };
}

describe('usage', () => {
  it('counts over the last hour and the last day, and each subject for itself', () => {
    const { time, meter, calls } = makeMeter();
    meter.add('a', use(1, 100, 0.5));
    meter.add('b', use(7));
    expect(meter.used('a')).toMatchObject({ hour: use(1, 100, 0.5), day: use(1, 100, 0.5) });
    time.at += minutes(30);
    meter.add('a', use(2));
    expect(calls()).toEqual({ hour: 3, day: 3 });
    time.at += minutes(40);
    expect(calls()).toEqual({ hour: 2, day: 3 });
    time.at += DAY_MS;
    expect(calls()).toEqual({ hour: 0, day: 0 });
    expect(meter.used('nobody')).toBeNull();
  });

  it('is never less than what was used, and never more than what was used in five minutes more', () => {
    const step = fc.record({
      wait: fc.oneof(fc.integer({ min: 0, max: minutes(10) }), fc.integer({ min: 0, max: minutes(600) })),
      calls: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { time, meter } = makeMeter();
        const uses: { at: number; calls: number }[] = [];
        for (const { wait, calls } of steps) {
          time.at += wait;
          meter.add('a', use(calls));
          uses.push({ at: time.at, calls });
          const naive = (windowMs: number): number =>
            uses.reduce((sum, one) => sum + (one.at > time.at - windowMs ? one.calls : 0), 0);
          const used = meter.used('a');
          for (const [counted, windowMs] of [
            [used?.hour.calls ?? 0, HOUR_MS],
            [used?.day.calls ?? 0, DAY_MS],
          ] as const) {
            expect(counted).toBeGreaterThanOrEqual(naive(windowMs));
            expect(counted).toBeLessThanOrEqual(naive(windowMs + PIECE_MS));
          }
          const { hour, day } = meter.usedAt('a', time.at) ?? {};
          expect([hour?.calls, day?.calls]).toEqual([used?.hour.calls, used?.day.calls]);
        }
      }),
      { numRuns: 1000 },
    );
  }, 60_000);

  it('is free again exactly when it says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: minutes(200) }), { minLength: 1, maxLength: 30 }),
        (waits) => {
          const { time, meter } = makeMeter();
          for (const wait of waits) {
            time.at += wait;
            meter.add('a', use(1));
          }
          const isFree = ({ calls }: { calls: number }): boolean => calls < 5;
          const freeAt = meter.freeAt('a', DAY_MS, isFree);
          if (freeAt === null) {
            expect(isFree(meter.used('a')?.day ?? use(0))).toBe(true);
            return;
          }
          time.at = freeAt - 1;
          expect(isFree(meter.used('a')?.day ?? use(0))).toBe(false);
          time.at = freeAt;
          expect(isFree(meter.used('a')?.day ?? use(0))).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('survives a restart', () => {
    const rows: UsageOf[] = [];
    const store = { list: () => rows, add: (usage: readonly UsageOf[]) => void rows.push(...usage) };
    const { time, meter } = makeMeter();
    meter.add('a', use(1, 10, 1));
    meter.add('a', use(1, 10, 1));
    time.at += minutes(7);
    meter.add('a', use(1));
    meter.flush(store);
    meter.flush(store);
    expect(rows).toHaveLength(2);
    meter.add('a', use(5));
    meter.flush(store);
    const again = new UsageMeter(() => time.at, rows);
    expect(again.used('a')?.hour).toMatchObject(use(8, 20, 2));
  });

  it('is written once the disk takes it again', () => {
    const rows: UsageOf[] = [];
    let isFull = true;
    const store = {
      list: () => rows,
      add: (usage: readonly UsageOf[]) => {
        if (isFull) throw new Error('disk full');
        rows.push(...usage);
      },
    };
    const { meter } = makeMeter();
    meter.add('a', use(2));
    meter.flush(store);
    expect(meter.used('a')?.hour.calls).toBe(2);
    isFull = false;
    meter.flush(store);
    expect(rows).toEqual([{ subject: 'a', at: Math.floor(T / PIECE_MS) * PIECE_MS, ...use(2) }]);
  });

  it('is counted for 20,000 at once, and the one longest idle is forgotten', () => {
    const { time, meter } = makeMeter();
    for (let i = 0; i < 20_000; i += 1) {
      if (i === 1) time.at += PIECE_MS;
      meter.add(`s${i}`, use(1));
    }
    meter.add('one more', use(1));
    expect(meter.used('s0')).toBeNull();
    expect(meter.used('s1')?.hour.calls).toBe(1);
    time.at += DAY_MS + PIECE_MS;
    meter.sweep();
    expect(meter.used('s1')).toBeNull();
  });
});

describe('the clock of usage', () => {
  it('never goes back, and runs on, whatever becomes of the wall clock', () => {
    const jump = fc.record({
      wall: fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }),
      monotonic: fc.integer({ min: 0, max: HOUR_MS }),
    });
    fc.assert(
      fc.property(fc.array(jump, { maxLength: 40 }), (jumps) => {
        const time = { wall: T, monotonic: 0 };
        const clock = new UsageClock(
          () => time.wall,
          () => time.monotonic,
          0,
        );
        let before = clock.now();
        for (const { wall, monotonic } of jumps) {
          time.wall += wall;
          time.monotonic += monotonic;
          const now = clock.now();
          expect(now).toBeGreaterThanOrEqual(before + monotonic);
          expect(now).toBeGreaterThanOrEqual(time.wall);
          expect(clock.onWall(now + 1000)).toBe(time.wall + 1000);
          before = now;
        }
      }),
    );
  });

  it('does not go back over a restart either', () => {
    const clock = new UsageClock(
      () => T - DAY_MS,
      () => 0,
      T,
    );
    expect(clock.now()).toBe(T);
  });
});
