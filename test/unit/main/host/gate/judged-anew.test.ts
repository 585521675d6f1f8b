/** What the person decides while a question waits holds for that question, too. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { allowOnce } from '../../../../../shared/gate.ts';
import { RuleId } from '../../../../../shared/ids.ts';
import { plainRule, type Rule } from '../../../../../shared/rules.ts';
import { alice, bob, expectAllowed, makeWorld, notes, rule, type World } from './setup.ts';
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
