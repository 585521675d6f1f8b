import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { expectDecided, expectWaiting, inShort, makeWorld, question, rule, type World } from './setup.ts';
import { ask, isSettled } from './asking.ts';

let world: World;
let told: (number | null)[];
beforeEach(() => {
  vi.useFakeTimers();
  world = makeWorld();
  told = [];
  world.gate.on('quiet', (until) => told.push(until));
});
afterEach(() => {
  world.gate.stop();
  vi.useRealTimers();
});

/** Lets time go by in small steps, so that the clock is never far ahead of the timers. */
function later(of: World, ms: number): void {
  for (let left = ms; left > 0; left -= 30_000) {
    const step = Math.min(left, 30_000);
    of.clock.wall += step;
    of.clock.monotonic += step;
    vi.advanceTimersByTime(step);
  }
}

/** In this machine's time; 2026-06-01 is a Monday. */
const at = (day: number, hour: number, minute = 0): number => new Date(2026, 5, day, hour, minute).getTime();
const everyDay = [0, 1, 2, 3, 4, 5, 6];
const hours = (from: string, to: string, { days = everyDay, refuse = false } = {}) => ({
  days,
  from,
  to,
  refuse,
});
const HOUR = 3_600_000;

describe('quiet hours', () => {
  it('begin and end to the minute, and say so once each', () => {
    world.clock.wall = at(1, 21, 59);
    world.settings.quietHours = hours('22:00', '07:00');
    world.gate.start();
    expect([world.gate.quietUntil(), told]).toEqual([null, []]);
    later(world, 59_999);
    expect(told).toEqual([]);
    later(world, 1);
    expect(told).toEqual([at(2, 7)]);
    later(world, 9 * HOUR - 1);
    expect(told).toEqual([at(2, 7)]);
    later(world, 1);
    expect(told).toEqual([at(2, 7), null]);
    expect(world.gate.quietUntil()).toBeNull();
  });

  it.each([
    ['over midnight, in the evening', hours('22:00', '07:00'), at(1, 23), at(2, 7)],
    ['over midnight, in the morning', hours('22:00', '07:00'), at(2, 6, 59), at(2, 7)],
    ['over midnight, of a day that is not named', hours('22:00', '07:00', { days: [1] }), at(1, 6), null],
    [
      'over midnight, on the morning after a day that is',
      hours('22:00', '07:00', { days: [1] }),
      at(2, 6),
      at(2, 7),
    ],
    ['on another day', hours('09:00', '17:00', { days: [2] }), at(1, 12), null],
    ['at their end', hours('09:00', '17:00'), at(1, 17), null],
    [
      'that are whole days and follow one another',
      hours('00:00', '00:00', { days: [1, 2] }),
      at(1, 12),
      at(3, 0),
    ],
  ])('%s', (_, quietHours, now, until) => {
    world.clock.wall = now;
    world.settings.quietHours = quietHours;
    expect(world.gate.quietUntil()).toBe(until);
  });

  it('follow a clock that is set, within half a minute', () => {
    world.clock.wall = at(1, 12);
    world.settings.quietHours = hours('22:00', '07:00');
    world.gate.start();
    world.clock.wall = at(1, 23);
    vi.advanceTimersByTime(30_000);
    expect(told).toEqual([at(2, 7)]);
    world.clock.wall = at(1, 12);
    vi.advanceTimersByTime(30_000);
    expect(told).toEqual([at(2, 7), null]);
  });

  it('follow the settings at once, and leave no timer behind', () => {
    world.clock.wall = at(1, 23);
    world.gate.start();
    const idle = vi.getTimerCount();
    world.settings.quietHours = hours('22:00', '07:00');
    world.gate.settingsChanged();
    expect(told).toEqual([at(2, 7)]);
    world.settings.quietHours = null;
    world.gate.settingsChanged();
    expect(told).toEqual([at(2, 7), null]);
    expect(vi.getTimerCount()).toBe(idle);
    world.settings.quietHours = hours('22:00', '07:00');
    world.gate.stop();
    world.gate.settingsChanged();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('let questions wait, unless they are to be refused', () => {
    world.clock.wall = at(1, 23);
    world.settings.quietHours = hours('22:00', '07:00');
    ask(world).cancel();
    world.settings.quietHours = hours('22:00', '07:00', { refuse: true });
    expect(expectDecided(world.gate.decide(question()))).toMatchObject({
      effect: 'deny',
      decision: { by: 'quiet', ruleId: null },
      error: { code: -32065, data: { reason: 'quiet' } },
    });
    expect(world.gate.approvals()).toEqual([]);
    world.clock.wall = at(2, 7);
    ask(world).cancel();
  });

  it('refuse only what would be asked about, and no call of our own', () => {
    world.clock.wall = at(1, 23);
    world.settings.quietHours = hours('22:00', '07:00', { refuse: true });
    expectWaiting(world.gate.decide(question({ direction: 'out', path: 'legacy' }))).cancel();
    expect(inShort(world.gate.decide(question({ trust: 'blocked' })))).toBe('deny:blocked');
    world.gate.addRule(rule());
    expect(inShort(world.gate.decide(question()))).toBe('allow:rule');
  });

  it('do not touch what waits already', async () => {
    const { outcome } = ask(world);
    world.clock.wall = at(1, 23);
    world.settings.quietHours = hours('22:00', '07:00', { refuse: true });
    world.gate.settingsChanged();
    expect(await isSettled(outcome)).toBe(false);
  });
});

describe('"Do not disturb"', () => {
  it('holds until its time, and refuses nothing', () => {
    world.gate.start();
    const until = world.clock.wall + 10 * 60_000;
    world.settings.doNotDisturbUntil = until;
    world.gate.settingsChanged();
    expect(told).toEqual([until]);
    ask(world);
    later(world, 10 * 60_000);
    expect(told).toEqual([until, null]);
  });

  it('joins with quiet hours that follow it', () => {
    world.clock.wall = at(1, 21);
    world.settings.doNotDisturbUntil = at(1, 22, 30);
    world.settings.quietHours = hours('22:00', '07:00');
    expect(world.gate.quietUntil()).toBe(at(2, 7));
    world.settings.doNotDisturbUntil = at(2, 8);
    expect(world.gate.quietUntil()).toBe(at(2, 8));
    world.settings.doNotDisturbUntil = at(1, 20);
    expect(world.gate.quietUntil()).toBeNull();
  });

  it('may be set to any time without a timer that overflows', () => {
    world.gate.start();
    world.settings.doNotDisturbUntil = Number.MAX_SAFE_INTEGER;
    world.gate.settingsChanged();
    const before = told.length;
    later(world, HOUR);
    expect(told).toHaveLength(before);
  });
});
