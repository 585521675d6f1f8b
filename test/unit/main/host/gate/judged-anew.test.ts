/** What the person decides while a question waits holds for that question, too. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { allowOnce, denyOnce } from '../../../../../shared/gate.ts';
import { RuleId } from '../../../../../shared/ids.ts';
import { plainRule, type Rule } from '../../../../../shared/rules.ts';
import { alice, bob, expectAllowed, makeWorld, notes, pinA, rule, sourceA, type World } from './setup.ts';
import { answer, ask, isSettled, later, theQuestion } from './asking.ts';

let world: World;
beforeEach(() => {
  vi.useFakeTimers();
  world = makeWorld();
});
afterEach(() => {
  world.gate.stop();
  vi.useRealTimers();
});

const stored = (id: string, change: Partial<Rule>): Rule => ({
  ...plainRule,
  effect: 'allow',
  id: RuleId.parse(id),
  createdAt: 1,
  ...change,
});
const reviewing = rule({ effect: 'ask-and-review', peerId: alice });
const clockTime = (at: number): string => new Date(at).toTimeString().slice(0, 5);
const always = { kind: 'allow-always', limits: null } as const;

describe('a rule that holds what the agent answers, made while a question waits', () => {
  it('is shown with the question, and holds its answer', async () => {
    const { outcome } = ask(world);
    expect(theQuestion(world)).toMatchObject({ reviewed: false, ruleId: null });
    const made = world.gate.addRule(reviewing);
    expect(theQuestion(world)).toMatchObject({ reviewed: true, ruleId: made.id });
    expect(world.events.approvals.at(-1)?.[1]).toMatchObject({ reviewed: true });
    answer(world, allowOnce);
    expect(expectAllowed(await outcome).review).toBe(true);
  });

  it('holds the answer of what was allowed before it, and can still be taken back', async () => {
    const { outcome } = ask(world);
    answer(world, allowOnce, 5000);
    world.gate.addRule(reviewing);
    later(world, 5000);
    expect(expectAllowed(await outcome).review).toBe(true);
  });

  it('holds it also where its hours have begun meanwhile', async () => {
    const from = clockTime(world.clock.wall + 60_000);
    const to = clockTime(world.clock.wall + 3_600_000);
    const hours = { days: [0, 1, 2, 3, 4, 5, 6], from, to };
    world.gate.addRule({ ...reviewing, hours });
    const { outcome } = ask(world);
    expect(theQuestion(world).reviewed).toBe(false);
    later(world, 120_000);
    answer(world, allowOnce);
    expect(expectAllowed(await outcome).review).toBe(true);
  });

  it('is not overridden by an answer that was to last', async () => {
    const { outcome } = ask(world);
    answer(world, always, 5000);
    world.gate.addRule({ ...reviewing, agent: notes, tool: 'add' });
    later(world, 5000);
    expect(await isSettled(outcome)).toBe(false);
    expect(theQuestion(world)).toMatchObject({ reviewed: true, answered: null });
    expect(world.gate.rules()).toMatchObject([{ effect: 'ask-and-review' }]);
  });
});

describe('a question whose answer is held for review', () => {
  it.each([
    always,
    { kind: 'allow-for', seconds: 60, limits: null },
    { kind: 'allow-until-quit', limits: null },
  ] as const)('is not answered with $kind, which would end the reviews', (lasting) => {
    world.gate.addRule({ ...reviewing, agent: notes, tool: 'add' });
    ask(world);
    expect(() => answer(world, lasting)).toThrow(
      expect.objectContaining({ code: 'INVALID', message: expect.stringContaining('change the rule') }),
    );
    expect(world.gate.rules()).toMatchObject([{ effect: 'ask-and-review' }]);
    expect(theQuestion(world).answered).toBeNull();
  });

  it('can still be denied for good', async () => {
    world.gate.addRule(reviewing);
    const { outcome } = ask(world);
    answer(world, { kind: 'deny', always: true, reason: null });
    expect(await outcome).toMatchObject({ effect: 'deny', decision: { by: 'person' } });
  });
});

describe('rules that are put in the place of all others', () => {
  it('settle what waits, each question looked at once however many rules there are', async () => {
    const { outcome } = ask(world);
    const others = Array.from({ length: 40 }, (_, number) =>
      stored(`other${number}`, { tool: `t${number}` }),
    );
    world.trustAsked.times = 0;
    world.gate.replaceRules([...others, stored('meets', { effect: 'ask' })], 'import');
    expect(world.trustAsked.times).toBe(1);
    expect(await isSettled(outcome)).toBe(false);
    world.gate.replaceRules([...others, stored('meets', { effect: 'deny' })], 'import');
    expect(await outcome).toMatchObject({ decision: { by: 'rule', ruleId: 'meets' } });
  });

  it('settle it also by a rule that stayed and was in the shadow of one that is gone', async () => {
    const denies = stored('denies', { effect: 'deny' });
    world.gate.replaceRules([denies, stored('asks', { effect: 'ask', peerId: alice })], 'import');
    const { outcome } = ask(world);
    world.gate.replaceRules([denies], 'restore');
    expect(await outcome).toMatchObject({ decision: { by: 'rule', ruleId: 'denies' } });
  });
});

describe('a peer that is trusted otherwise while its question waits', () => {
  const trusted = rule({ trust: 'trusted' });

  it('is no longer allowed what only those are allowed that are trusted as it was', async () => {
    world.trust.set(alice, 'trusted');
    const { outcome } = ask(world, { trust: 'trusted' });
    world.trust.set(alice, 'known');
    world.gate.addRule(trusted);
    expect(await isSettled(outcome)).toBe(false);
    world.trust.set(alice, 'trusted');
    world.gate.trustChanged(alice);
    expect(await outcome).toMatchObject({ effect: 'allow', decision: { by: 'rule' } });
  });

  it('is denied by a rule about those that are trusted as it is now', async () => {
    world.gate.addRule(rule({ trust: 'known', effect: 'deny' }));
    world.trust.set(alice, 'trusted');
    world.trust.set(bob, 'trusted');
    const { outcome } = ask(world, { trust: 'trusted' });
    const other = ask(world, { trust: 'trusted', peerId: bob });
    world.trust.set(alice, 'known');
    world.trust.set(bob, 'known');
    world.gate.trustChanged(alice);
    expect(await outcome).toMatchObject({ effect: 'deny', decision: { by: 'rule' } });
    expect(await isSettled(other.outcome)).toBe(false);
  });

  it.each([
    ['known', 'rule'],
    ['blocked', 'blocked'],
  ] as const)('and now is %s does not run what was allowed before', async (trust, by) => {
    world.gate.addRule(rule({ trust: 'known', effect: 'deny' }));
    world.trust.set(alice, 'trusted');
    const { outcome } = ask(world, { trust: 'trusted' });
    answer(world, allowOnce, 5000);
    world.trust.set(alice, trust);
    later(world, 5000);
    expect(await outcome).toMatchObject({ effect: 'deny', decision: { by } });
  });
});

describe('a peer whose budget is used up while its questions wait', () => {
  const twoForOne = () => {
    world.settings.budget = { calls: 1, bytes: null, seconds: null };
    return [ask(world), ask(world, { args: { text: 'again' } })] as const;
  };
  const give = (at: number, undoMs: number): void => {
    const view = world.gate.approvals()[at];
    if (view !== undefined) world.gate.answer(view.id, view.digest, allowOnce, undoMs);
  };

  it('is allowed no more, and the person is told until when', async () => {
    const [first, second] = twoForOne();
    give(0, 0);
    const allowed = expectAllowed(await first.outcome);
    expect(() => answer(world, allowOnce)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    expect(allowed.check({ args: allowed.args, pin: pinA, source: sourceA })).toBeNull();
    const until = new Date(world.gate.budgetOf(alice).pausedUntil ?? 0);
    for (const given of [allowOnce, always]) {
      expect(() => answer(world, given)).toThrow(
        expect.objectContaining({
          code: 'CONFLICT',
          message: expect.stringContaining(until.toTimeString().slice(0, 5)),
        }),
      );
    }
    expect(world.gate.rules()).toEqual([]);
    expect(await isSettled(second.outcome)).toBe(false);
    world.settings.budget = null;
    answer(world, allowOnce);
    expectAllowed(await second.outcome);
  });

  it('is allowed no more by answers that were given before', async () => {
    const [first, second] = twoForOne();
    give(0, 5000);
    give(1, 5000);
    later(world, 5000);
    expectAllowed(await first.outcome);
    expect(await isSettled(second.outcome)).toBe(false);
    expect(theQuestion(world).answered).toBeNull();
  });

  it('can be denied and put off', async () => {
    const [, second] = twoForOne();
    give(0, 0);
    answer(world, { kind: 'later', minutes: 5 });
    answer(world, denyOnce);
    expect(await second.outcome).toMatchObject({ effect: 'deny', decision: { by: 'person' } });
  });
});
