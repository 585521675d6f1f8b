import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RuleId } from '../../../../../shared/ids.ts';
import { MAX_RULES, plainRule, type NewRule, type Rule } from '../../../../../shared/rules.ts';
import {
  alice,
  bob,
  expectWaiting,
  files,
  inShort,
  makeWorld,
  notes,
  only,
  pinA,
  pinB,
  question,
  rule,
  type World,
} from './setup.ts';

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

const plain = ({ pin: _pin, ...rest }: ReturnType<typeof rule>): NewRule => rest;
const newest = () => world.history[0];

describe('versions of the rules', () => {
  it('are made by whatever changes them, with what was changed and why', () => {
    const { gate } = world;
    expect(gate.rulesVersion()).toBe(0);
    const made = gate.addRule(rule({ agent: notes }));
    expect(newest()).toEqual({
      version: 1,
      at: world.clock.wall,
      by: 'person',
      added: [made],
      removed: [],
      changed: [],
    });
    const changed = gate.changeRule(made.id, plain(rule({ agent: notes, effect: 'deny' })));
    expect(changed).toEqual({ ...made, effect: 'deny' });
    expect(newest()).toMatchObject({ version: 2, by: 'person', changed: [{ before: made, after: changed }] });
    expect(inShort(gate.decide(question()))).toBe('deny:rule');
    gate.removeRule(made.id);
    expect(newest()).toMatchObject({ version: 3, by: 'person', removed: [changed] });
    gate.addRule(rule({ peerId: alice, tool: 'a' }));
    gate.addRule(rule({ peerId: alice, tool: 'b' }));
    gate.addRule(rule({ agent: files }));
    gate.forgetPeer(alice);
    expect(newest()).toMatchObject({
      version: 7,
      by: 'peer-forgotten',
      removed: [{ tool: 'a' }, { tool: 'b' }],
    });
    gate.forgetAgent(files);
    expect(newest()).toMatchObject({ version: 8, by: 'agent-replaced', removed: [{ agent: files }] });
    expect(world.events.versions).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(gate.rulesVersion()).toBe(8);
    expect(world.rules.size).toBe(0);
  });

  it('take an answer and what it replaces as one', () => {
    world.gate.addRule(rule({ peerId: alice, agent: notes, tool: 'add', effect: 'ask' }));
    expectWaiting(world.gate.decide(question()));
    const view = only(world.gate.approvals());
    world.gate.answer(view.id, view.digest, { kind: 'allow-always', limits: null });
    expect(newest()).toMatchObject({
      version: 2,
      by: 'answer',
      added: [{ effect: 'allow' }],
      removed: [{ effect: 'ask' }],
    });
  });

  it('take all rules that expire together as one', () => {
    const expiresAt = world.clock.wall + 500;
    world.gate.addRule(rule({ tool: 'a', expiresAt }));
    world.gate.addRule(rule({ tool: 'b', expiresAt }));
    world.clock.wall += 500;
    vi.advanceTimersByTime(1000);
    expect(newest()).toMatchObject({ version: 3, by: 'expired', removed: [{ tool: 'a' }, { tool: 'b' }] });
    vi.advanceTimersByTime(5000);
    expect(world.history).toHaveLength(3);
  });

  it('do not hold rules until quit, but those that come to last or no longer do', () => {
    const { gate } = world;
    const made = gate.addRule(rule({ untilQuit: true }));
    gate.removeRule(made.id);
    const again = gate.addRule(rule({ untilQuit: true }));
    expect(world.history).toEqual([]);
    const lasting = gate.changeRule(again.id, plain(rule()));
    expect(newest()).toMatchObject({ added: [lasting], changed: [] });
    gate.changeRule(again.id, plain(rule({ untilQuit: true })));
    expect(newest()).toMatchObject({ removed: [lasting], changed: [] });
    expect(world.rules.size).toBe(0);
  });

  it('are not made where nothing changes, and nothing changes where one cannot be made', () => {
    const made = world.gate.addRule(rule());
    world.gate.changeRule(made.id, plain(rule()));
    expect(world.history).toHaveLength(1);
    world.failStore.rules = true;
    expect(() => world.gate.addRule(rule({ effect: 'deny' }))).toThrow('disk full');
    expect(() => world.gate.changeRule(made.id, plain(rule({ effect: 'deny' })))).toThrow('disk full');
    expect(world.gate.rules()).toMatchObject([{ id: made.id, effect: 'allow' }]);
    expect(world.events.versions).toEqual([1]);
  });

  it('put rules in the place of all others at once', () => {
    const kept = world.gate.addRule(rule({ tool: 'kept' }));
    const changing = world.gate.addRule(rule({ tool: 'changing' }));
    const going = world.gate.addRule(rule({ tool: 'going' }));
    const untilQuit = world.gate.addRule(rule({ tool: 'now', untilQuit: true }));
    world.gate.decide(question({ tool: 'changing' }));
    const changed: Rule = { ...changing, effect: 'deny' };
    const coming: Rule = { ...plainRule, id: RuleId.parse('coming'), createdAt: 1, effect: 'ask' };
    const over: Rule = { ...coming, id: RuleId.parse('over'), expiresAt: world.clock.wall };
    world.gate.replaceRules([coming, changed, kept, over], 'restore');
    expect(newest()).toMatchObject({
      version: 4,
      by: 'restore',
      added: [coming],
      removed: [going],
      changed: [{ before: changing, after: changed }],
    });
    const ids = world.gate.rules().map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set([kept.id, changed.id, coming.id, untilQuit.id]));
    expect(world.gate.rules().find(({ id }) => id === changed.id)?.uses).toBe(1);
    expect(inShort(world.gate.decide(question({ tool: 'changing' })))).toBe('deny:rule');
    world.gate.replaceRules([kept, coming, changed], 'import');
    expect(world.history).toHaveLength(4);
  });
});

describe('rules', () => {
  it('are no more than 5,000', () => {
    const many = Array.from({ length: MAX_RULES }, (_, i): Rule => ({
      ...plainRule,
      id: RuleId.parse(`many-${i}`),
      createdAt: 1,
      effect: 'ask',
      tool: `tool-${i}`,
    }));
    world.gate.replaceRules(many, 'import');
    expect(() => world.gate.addRule(rule())).toThrow(expect.objectContaining({ code: 'INVALID' }));
    expect(() => {
      world.gate.replaceRules([...many, { ...many[0], id: RuleId.parse('more') } as Rule], 'import');
    }).toThrow(expect.objectContaining({ code: 'INVALID' }));
    expect(world.gate.rules()).toHaveLength(MAX_RULES);
    world.gate.replaceRules([], 'restore');
    expect(world.gate.rules()).toEqual([]);
  });

  it('that are gone cannot be changed', () => {
    expect(() => world.gate.changeRule(RuleId.parse('gone'), plain(rule()))).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
  });

  it('made by hand for one tool stand for the definition that was granted', () => {
    world.pins.set('notes/add', pinA);
    const made = world.gate.addRule(plain(rule({ agent: notes, tool: 'add' })));
    expect(made.pin).toBe(pinA);
    expect(world.gate.addRule(plain(rule({ agent: notes }))).pin).toBeNull();
    expect(
      world.gate.changeRule(made.id, plain(rule({ agent: notes, tool: 'add', effect: 'ask' }))).pin,
    ).toBe(pinA);
    expect(world.gate.changeRule(made.id, plain(rule({ agent: notes, tool: 'drop' }))).pin).toBeNull();
  });

  it('are shown as suspended while their tool has another definition', () => {
    world.gate.addRule(rule({ peerId: alice, agent: notes, tool: 'add', pin: pinA }));
    world.gate.addRule(rule({ peerId: bob, agent: notes, tool: 'add', pin: pinA }));
    const suspended = (): boolean[] => world.gate.rules().map((view) => view.suspended);
    expect(inShort(world.gate.decide(question()))).toBe('allow:rule');
    expect(suspended()).toEqual([false, false]);
    expectWaiting(world.gate.decide(question({ pin: pinB })));
    expect(suspended()).toEqual([true, false]);
    vi.advanceTimersByTime(1000);
    expect(world.events.rules.at(-1)?.[1]).toMatchObject({ peerId: alice, suspended: true });
    const view = only(world.gate.approvals());
    world.gate.answer(view.id, view.digest, { kind: 'allow-once', edited: null });
    expect(suspended()).toEqual([false, false]);
    expect(inShort(world.gate.decide(question({ pin: pinB })))).toBe('allow:rule');
    expectWaiting(world.gate.decide(question({ pin: pinB, peerId: bob })));
    expect(suspended()).toEqual([false, true]);
  });
});
