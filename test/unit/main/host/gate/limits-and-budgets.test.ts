import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Limits } from '../../../../../shared/rules.ts';
import {
  alice,
  begin,
  bob,
  expectAllowed,
  expectDecided,
  expectWaiting,
  inShort,
  makeWorld,
  notes,
  only,
  pinB,
  question,
  readOnly,
  rule,
  sourceA,
  type World,
} from './setup.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const none = { calls: null, bytes: null, seconds: null };
const perHour = (amounts: Partial<Limits['hour']>): Limits => ({ hour: { ...none, ...amounts }, day: none });
const perDay = (amounts: Partial<Limits['day']>): Limits => ({ hour: none, day: { ...none, ...amounts } });

let world: World;
beforeEach(() => {
  vi.useFakeTimers();
  world = makeWorld();
  world.gate.start();
});
afterEach(() => {
  world.gate.stop();
  vi.useRealTimers();
});

const later = (ms: number): void => {
  world.clock.wall += ms;
  world.clock.monotonic += ms;
};
type Change = Parameters<typeof question>[0];
/** Begins what is allowed, as a call does that then runs on. */
function decide(change: Change = {}): string {
  const verdict = world.gate.decide(question(change));
  if (verdict.kind === 'decided' && verdict.outcome.effect === 'allow') begin(verdict.outcome);
  return inShort(verdict);
}
/** Begins a call that must be allowed. */
const run = (change: Change = {}): ReturnType<typeof begin> =>
  begin(expectDecided(world.gate.decide(question(change))));
const withdrawAll = (): void => world.gate.setStopped(true);

describe('limits of a rule', () => {
  it('let so many calls through in an hour, then the person is asked, until there is room again', () => {
    const made = world.gate.addRule(rule({ agent: notes, limits: perHour({ calls: 2 }) }));
    expect([decide(), decide(), decide()]).toEqual(['allow:rule', 'allow:rule', 'ask']);
    expect(only(world.gate.approvals())).toMatchObject({ ruleId: made.id });
    expect(world.gate.explain(question(), null)).toMatchObject({
      effect: 'ask',
      by: 'limits',
      ruleId: made.id,
    });
    later(HOUR);
    expect(decide()).toBe('ask');
    later(300_000);
    expect(decide()).toBe('allow:rule');
  });

  it('count what the call sends, what the agent answers and how long it works', () => {
    world.gate.addRule(rule({ tool: 'bytes', limits: perDay({ bytes: 1000 }) }));
    world.gate.addRule(rule({ tool: 'seconds', limits: perDay({ seconds: 10 }) }));
    const bytes = run({ tool: 'bytes', bytes: 400 });
    expect(decide({ tool: 'bytes' })).toBe('allow:rule');
    bytes.used(600, 1);
    bytes.used(600, 1);
    expect(decide({ tool: 'bytes' })).toBe('ask');
    run({ tool: 'seconds' }).used(1, 9.5);
    run({ tool: 'seconds' }).used(1, 0.5);
    expect(decide({ tool: 'seconds' })).toBe('ask');
    const [first] = world.gate.rules();
    expect(first?.used).toEqual({
      hour: { calls: 2, bytes: 1000, seconds: 1 },
      day: { calls: 2, bytes: 1000, seconds: 1 },
    });
  });

  it('hold for calls that come at once, before any of them has run', () => {
    world.gate.addRule(rule({ limits: perHour({ calls: 3 }) }));
    const results = Array.from({ length: 8 }, () => decide());
    expect(results.filter((result) => result === 'allow:rule')).toHaveLength(3);
  });

  it('hold for questions that a rule answers while they wait', async () => {
    const outcomes = Array.from({ length: 4 }, () => expectWaiting(world.gate.decide(question())).outcome);
    const [first] = world.gate.approvals();
    if (first === undefined) throw new Error('nothing waits');
    world.gate.answer(first.id, first.digest, { kind: 'allow-always', limits: perHour({ calls: 2 }) });
    expect(world.gate.approvals()).toHaveLength(2);
    expect((await Promise.all(outcomes.slice(0, 2))).map(({ effect }) => effect)).toEqual(['allow', 'allow']);
    expect(decide()).toBe('ask');
    withdrawAll();
  });

  it('are not freed by a wall clock that is set forward and back, or back alone', () => {
    world.gate.addRule(rule({ limits: perHour({ calls: 1 }) }));
    expect(decide()).toBe('allow:rule');
    world.clock.wall -= 30 * DAY;
    expect(decide()).toBe('ask');
    world.clock.monotonic += HOUR + 300_000;
    expect(decide()).toBe('allow:rule');
    world.clock.wall += 10;
    expect(decide()).toBe('ask');
  });

  it('are not freed by a restart, with the wall clock set back', () => {
    world.gate.addRule(rule({ limits: perHour({ calls: 1 }) }));
    expect(decide()).toBe('allow:rule');
    world.gate.stop();
    const again = makeWorld([...world.rules.values()], { usage: world.usage });
    expect(inShort(again.gate.decide(question()))).toBe('ask');
    const back = makeWorld([...world.rules.values()], {
      usage: world.usage,
      clock: { wall: world.clock.wall - 2 * DAY, monotonic: 0 },
    });
    expect(inShort(back.gate.decide(question()))).toBe('ask');
  });

  it('stay used up when the rule is changed', () => {
    const made = world.gate.addRule(rule({ limits: perHour({ calls: 1 }) }));
    expect(decide()).toBe('allow:rule');
    world.gate.changeRule(made.id, { ...withoutId(made), limits: perHour({ calls: 2 }) });
    expect([decide(), decide()]).toEqual(['allow:rule', 'ask']);
  });
});

describe('limits that only the end of a call counts', () => {
  it('hold for calls at once: no more than may use them up together', () => {
    world.gate.addRule(rule({ tool: 'seconds', limits: perHour({ seconds: 10 }) }));
    world.gate.addRule(rule({ tool: 'bytes', limits: perHour({ bytes: 8000 }) }));
    const at = (tool: string): string[] => Array.from({ length: 64 }, () => decide({ tool, peerId: bob }));
    for (const tool of ['seconds', 'bytes']) {
      world.settings.questionsPerPeer = 64;
      expect(at(tool).filter((result) => result === 'allow:rule')).toHaveLength(8);
      withdrawAll();
      world.gate.setStopped(false);
    }
  });

  it('allow fewer at once the less is left, and one more when one has ended', () => {
    world.gate.addRule(rule({ limits: perHour({ seconds: 80 }) }));
    run().used(0, 55);
    const running = [run(), run(), run()];
    expect(decide()).toBe('ask');
    running[0]?.used(0, 1);
    run();
    expect(decide()).toBe('ask');
    withdrawAll();
  });

  it('see for how long all have run that run', () => {
    world.gate.addRule(rule({ limits: perHour({ seconds: 80 }) }));
    const [first, second] = [run(), run()];
    later(39_000);
    const third = run();
    later(1000);
    expect(decide()).toBe('ask');
    first.used(0, 0);
    second.used(0, 0);
    expect(decide()).toBe('allow:rule');
    third.used(0, 0);
    withdrawAll();
  });

  it('take a call for no longer than any may run', () => {
    world.settings.executionSeconds = 2;
    world.gate.addRule(rule({ limits: perHour({ seconds: 100 }) }));
    expect(Array.from({ length: 49 }, () => decide())).toEqual(
      Array.from({ length: 49 }, () => 'allow:rule'),
    );
  });

  it('are free again after calls that did not run', async () => {
    world.gate.addRule(rule({ tool: 'other', limits: perHour({ calls: 1, seconds: 10 }) }));
    for (let i = 0; i < 20; i += 1) {
      const allowed = expectAllowed(expectDecided(world.gate.decide(question({ tool: 'other' }))));
      if (i % 2 === 0) continue;
      expect(allowed.check({ args: allowed.args, pin: pinB, source: sourceA })).not.toBeNull();
      allowed.used(100, 100);
    }
    expect(decide({ tool: 'other' })).toBe('allow:rule');
    const { outcome } = expectWaiting(world.gate.decide(question()));
    const view = only(world.gate.approvals());
    world.gate.answer(view.id, view.digest, { kind: 'allow-always', limits: perHour({ calls: 1 }) });
    // The call of this permission has gone meanwhile.
    expectAllowed(await outcome);
    expect(decide()).toBe('ask');
    vi.advanceTimersByTime(0);
    expect(decide()).toBe('allow:rule');
    withdrawAll();
  });

  it('hold for the budget of a peer too, which is not paused for that', () => {
    world.gate.addRule(rule());
    world.budgets.set(alice, { ...none, seconds: 16 });
    const running = Array.from({ length: 8 }, () => run());
    expect(expectDecided(world.gate.decide(question()))).toMatchObject({
      error: { code: -32062, data: { resetsAt: null } },
    });
    expect(world.gate.explain(question(), null)).toMatchObject({ by: 'budget' });
    vi.advanceTimersByTime(1000);
    expect(world.gate.budgetOf(alice)).toMatchObject({ used: { calls: 8 }, pausedUntil: null });
    for (const one of running) one.used(10, 0.5);
    expect(decide()).toBe('allow:rule');
  });
});

describe('the budget of a peer', () => {
  it('refuses what is beyond it, says when to call again, and is told of', () => {
    world.gate.addRule(rule());
    world.budgets.set(alice, { ...none, calls: 2 });
    expect([decide(), decide()]).toEqual(['allow:rule', 'allow:rule']);
    const start = Math.floor(world.clock.wall / 300_000) * 300_000;
    const resetsAt = start + 300_000 + DAY;
    expect(expectDecided(world.gate.decide(question()))).toMatchObject({
      decision: { effect: 'deny', by: 'budget', ruleId: null },
      error: { code: -32062, data: { reason: 'over-budget', resetsAt } },
    });
    expect(world.gate.budgetOf(alice)).toEqual({
      budget: { ...none, calls: 2 },
      used: { calls: 2, bytes: 0, seconds: 0 },
      pausedUntil: resetsAt,
    });
    expect(decide({ peerId: bob })).toBe('allow:rule');
    expect(world.events.budgets).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(world.events.budgets).toEqual([alice]);
    later(resetsAt - world.clock.wall - 1);
    expect(decide()).toBe('deny:budget');
    later(1);
    vi.advanceTimersByTime(1000);
    expect(world.events.budgets).toEqual([alice, alice]);
    expect(world.gate.budgetOf(alice)).toMatchObject({ used: { calls: 0 }, pausedUntil: null });
    expect(decide()).toBe('allow:rule');
  });

  it('asks nobody about a paused peer, whatever would have been asked', () => {
    world.settings.budget = { ...none, bytes: 100 };
    world.settings.trustedMayRead = true;
    const read = { annotations: readOnly, trust: 'trusted' } as const;
    expect(decide({ ...read, bytes: 100 })).toBe('allow:default');
    expect(decide(read)).toBe('deny:budget');
    expect(decide()).toBe('deny:budget');
    expect(decide({ path: 'legacy' })).toBe('deny:budget');
    expect(decide({ trust: 'unknown' })).toBe('deny:unknown-peer');
    world.gate.addRule(rule({ effect: 'deny' }));
    expect(decide()).toBe('deny:rule');
  });

  it('counts what the person allows, and not what is denied or asked', async () => {
    world.settings.budget = { ...none, calls: 2 };
    const first = expectWaiting(world.gate.decide(question()));
    expectWaiting(world.gate.decide(question()));
    const [view, other] = world.gate.approvals();
    if (view === undefined || other === undefined) throw new Error('nothing waits');
    world.gate.answer(view.id, view.digest, { kind: 'allow-once', edited: null });
    world.gate.answer(other.id, other.digest, { kind: 'deny', always: false, reason: null });
    begin(await first.outcome).used(50, 2);
    expect(world.gate.budgetOf(alice).used).toEqual({ calls: 1, bytes: 50, seconds: 2 });
    expect(decide()).toBe('ask');
    withdrawAll();
  });

  it('of its own goes before that of all, and nothing at all is no end', () => {
    world.gate.addRule(rule());
    world.settings.budget = { ...none, calls: 1 };
    world.budgets.set(bob, none);
    expect([decide(), decide()]).toEqual(['allow:rule', 'deny:budget']);
    expect([decide({ peerId: bob }), decide({ peerId: bob })]).toEqual(['allow:rule', 'allow:rule']);
    expect(world.gate.budgetOf(bob)).toEqual({ budget: null, used: null, pausedUntil: null });
  });

  it('is not freed by a clock set back, and holds nobody up for longer', () => {
    world.gate.addRule(rule());
    world.budgets.set(alice, { ...none, calls: 1 });
    expect(decide()).toBe('allow:rule');
    world.clock.wall -= 5 * DAY;
    expect(decide()).toBe('deny:budget');
    const until = world.gate.budgetOf(alice).pausedUntil ?? 0;
    expect(until - world.clock.wall).toBeGreaterThan(DAY - 1);
    expect(until - world.clock.wall).toBeLessThanOrEqual(DAY + 300_000);
    later(DAY + 300_000);
    expect(decide()).toBe('allow:rule');
  });

  it('does not count calls of ours to the peer', async () => {
    world.budgets.set(alice, { ...none, calls: 1 });
    const { outcome } = expectWaiting(world.gate.decide(question({ direction: 'out', path: 'legacy' })));
    const view = only(world.gate.approvals());
    world.gate.answer(view.id, view.digest, { kind: 'allow-once', edited: null });
    begin(await outcome).used(10, 1);
    expect(world.gate.budgetOf(alice).used?.calls).toBe(0);
  });

  it('is written at most once a second, and when the host stops', () => {
    world.gate.addRule(rule());
    for (let i = 0; i < 5; i += 1) decide();
    expect(world.usage).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(world.usage).toMatchObject([{ subject: `peer:${alice}`, calls: 5 }]);
    decide();
    world.gate.stop();
    expect(world.usage).toMatchObject([{ calls: 5 }, { calls: 1 }]);
  });
});

function withoutId({
  id: _id,
  createdAt: _createdAt,
  pin: _pin,
  ...rest
}: ReturnType<World['gate']['addRule']>) {
  return rest;
}
