import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Explanation, type Constraint } from '../../../../../shared/rules.ts';
import {
  alice,
  begin,
  expectDecided,
  files,
  inShort,
  makeWorld,
  notes,
  only,
  pinA,
  pinB,
  question,
  readOnly,
  rule,
  type World,
} from './setup.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => {
  world.gate.stop();
});

const explain = (change: Parameters<typeof question>[0] = {}, at: number | null = null): Explanation =>
  Explanation.parse(world.gate.explain(question(change), at));
const within = (glob: string): Constraint => ({ kind: 'path', at: '/path', glob });

describe('an explanation', () => {
  it('names each step up to the one that decided, with what was found', () => {
    const made = world.gate.addRule(rule({ agent: notes }));
    expect(explain()).toEqual({
      effect: 'allow',
      by: 'rule',
      ruleId: made.id,
      sentence: `Allowed by rule ${made.id}.`,
      steps: [
        { step: 'stopped', decided: false, text: 'Nothing is stopped.' },
        { step: 'blocked', decided: false, text: 'The peer is not blocked.' },
        { step: 'rule-denies', decided: false, text: 'No rule denies it.' },
        { step: 'unknown-peer', decided: false, text: 'The peer is known.' },
        { step: 'budget', decided: false, text: 'No budget holds for the peer.' },
        { step: 'legacy', decided: false, text: 'The link is not a legacy link.' },
        {
          step: 'pin',
          decided: false,
          text: "The tool's definition is not another than the one that was granted.",
        },
        { step: 'rule', decided: true, text: `Allowed by rule ${made.id}.` },
      ],
      rules: [{ ruleId: made.id, outcome: 'decides', text: 'It matches, and allows.' }],
    });
  });

  it('says of each step that decides what it found', () => {
    const say = (change: Parameters<typeof question>[0] = {}): string => {
      const { by, effect, sentence } = explain(change);
      return `${by}, ${effect}: ${sentence}`;
    };
    expect(say()).toBe('trust, ask: Asked: no rule matches, and the peer is known.');
    world.settings.trustedMayRead = true;
    expect(say({ trust: 'trusted', annotations: readOnly })).toBe(
      'trust, allow: Allowed: no rule matches, the peer is trusted, and the tool states that it only reads.',
    );
    expect(say({ trust: 'unknown' })).toBe(
      'unknown-peer, deny: Refused: the peer is unknown, and no rule that allows or asks names it.',
    );
    expect(say({ path: 'legacy' })).toBe(
      'legacy, ask: Asked: calls over a legacy link are asked about each time.',
    );
    expect(say({ path: 'legacy', direction: 'out' })).toBe(
      'legacy, ask: Asked: calls of your own over a legacy link are asked about each time.',
    );
    world.pins.set('notes/add', pinA);
    expect(say({ pin: pinB })).toBe(
      "pin, ask: Asked: the tool's definition is not the one that was granted.",
    );
    const review = world.gate.addRule(rule({ tool: 'review', effect: 'ask-and-review' }));
    expect(say({ tool: 'review' })).toBe(
      `rule, ask-and-review: Asked because of rule ${review.id}, and the answer is held for review.`,
    );
    const deny = world.gate.addRule(rule({ tool: 'deny', effect: 'deny' }));
    expect(say({ tool: 'deny' })).toBe(`rule-denies, deny: Denied by rule ${deny.id}.`);
    const none = { calls: null, bytes: null, seconds: null };
    const limited = world.gate.addRule(
      rule({ tool: 'limited', limits: { hour: { ...none, calls: 1 }, day: none } }),
    );
    begin(expectDecided(world.gate.decide(question({ tool: 'limited' }))));
    expect(say({ tool: 'limited' })).toBe(
      `limits, ask: Asked: rule ${limited.id} allows it, but its limit of 1 call an hour is used up.`,
    );
    world.budgets.set(alice, { ...none, calls: 1 });
    expect(say()).toBe(
      'budget, deny: Refused: the peer has used up its budget of 1 call in 24 hours, and is paused until 2023-11-15T22:15:00.000Z.',
    );
    world.budgets.clear();
    world.settings.quietHours = { days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '00:00', refuse: true };
    expect(say()).toBe(
      'quiet, deny: Refused: the person would have to be asked, and is not to be disturbed now.',
    );
    expect(say({ trust: 'blocked' })).toBe('blocked, deny: Refused: the peer is blocked.');
    world.gate.setStopped(true);
    expect(say()).toBe('stopped, deny: Refused: everything on this host is stopped.');
  });

  it('says of each rule why it does not decide, in their order', () => {
    const at = { peerId: alice, agent: notes, tool: 'add' };
    const { wall } = world.clock;
    const away = world.gate.addRule(
      rule({ ...at, arguments: [within('/home/me/shared/**'), within('/home/**')] }),
    );
    const hours = world.gate.addRule(
      rule({
        ...at,
        hours: { days: [new Date(wall + 3 * 86_400_000).getDay()], from: '12:00', to: '12:01' },
      }),
    );
    const over = world.gate.addRule(rule({ ...at, effect: 'deny', expiresAt: wall + 1 }));
    const decides = world.gate.addRule(rule({ peerId: alice, tool: 'add' }));
    const general = world.gate.addRule(rule({ effect: 'deny' }));
    world.gate.addRule(rule({ agent: files }));
    world.clock.wall += 1;
    expect(explain({ args: { path: '/home/me/shared/../../../etc/passwd' } }).rules).toEqual([
      {
        ruleId: away.id,
        outcome: 'does-not-match',
        text: 'The path /etc/passwd is not within /home/me/shared/**.',
      },
      { ruleId: hours.id, outcome: 'outside-hours', text: 'It does not hold at this time of day.' },
      { ruleId: over.id, outcome: 'expired', text: 'It has expired.' },
      { ruleId: decides.id, outcome: 'decides', text: 'It matches, and allows.' },
      { ruleId: general.id, outcome: 'less-specific', text: 'It matches, but another goes before it.' },
    ]);
  });

  it.each<[Constraint, Record<string, unknown>, string]>([
    [{ kind: 'equals', at: '/a', value: 'x' }, {}, 'There is no argument /a.'],
    [{ kind: 'equals', at: '/a', value: 'x' }, { a: 'y' }, 'The argument /a is "y", not "x".'],
    [
      { kind: 'one-of', at: '/a', values: ['x', 1, null] },
      { a: 'y' },
      'The argument /a is "y", which is none of "x", 1, null.',
    ],
    [
      { kind: 'prefix', at: '/a', prefix: 'x' },
      { a: 'y' },
      'The argument /a is "y", which does not begin with "x".',
    ],
    [
      { kind: 'range', at: '/a', min: 1, max: null },
      { a: 0 },
      'The argument /a is 0, which is not at least 1.',
    ],
    [
      { kind: 'range', at: '/a', min: 1, max: 2 },
      { a: 0 },
      'The argument /a is 0, which is not from 1 to 2.',
    ],
    [
      { kind: 'max-size', at: '', bytes: 5 },
      { a: 'yyyy' },
      'The whole of the arguments has 12 bytes, more than 5.',
    ],
    [
      { kind: 'equals', at: '/a/b', value: 'x' },
      { a: 'y' },
      'It is unclear what argument /a/b is: the arguments are of another shape. What is unclear is not allowed.',
    ],
    [
      { kind: 'equals', at: '/a', value: 'x' },
      { a: 'x\u200b' },
      'It is unclear: the argument /a holds characters that cannot be seen. What is unclear is not allowed.',
    ],
    [
      { kind: 'path', at: '/a', glob: '/x/**' },
      { a: 'x/y' },
      'It is unclear: the argument /a is not an absolute path. What is unclear is not allowed.',
    ],
    [
      { kind: 'path', at: '/a', glob: '/x/**' },
      { a: '/X/y' },
      'It is unclear: the argument /a is within it only where file names know no case. What is unclear is not allowed.',
    ],
    [
      { kind: 'path', at: '/a', glob: 'x/**' },
      { a: '/x/y' },
      'It is unclear: x/** is no absolute path without detours. What is unclear is not allowed.',
    ],
    [
      { kind: 'prefix', at: '/a', prefix: 'x' },
      { a: ['x'] },
      'It is unclear: the argument /a is a list, which is of another kind than expected. What is unclear is not allowed.',
    ],
  ])('of %j and %j: %s', (constraint, args, text) => {
    world.gate.addRule(rule({ arguments: [constraint] }));
    expect(only(explain({ args }).rules)).toMatchObject({ outcome: 'does-not-match', text });
  });

  it('says that what is unclear only tightens', () => {
    const unclear = { path: '/srv/%2e%2e/x' };
    const asks = world.gate.addRule(rule({ effect: 'ask', arguments: [within('/srv/**')] }));
    const allows = world.gate.addRule(rule({}));
    expect(explain({ args: unclear })).toMatchObject({
      effect: 'ask',
      ruleId: asks.id,
      sentence: `Asked because of rule ${asks.id}: it is unclear whether it matches, and what is unclear only tightens.`,
      rules: [
        {
          outcome: 'decides',
          text: 'It is unclear: the argument /path holds a percent-escape. What is unclear only tightens, so it asks.',
        },
        { ruleId: allows.id, outcome: 'less-specific' },
      ],
    });
    const denies = world.gate.addRule(rule({ effect: 'deny', arguments: [within('/srv/**')] }));
    expect(explain({ args: unclear })).toMatchObject({
      effect: 'deny',
      by: 'rule-denies',
      ruleId: denies.id,
    });
    expect(explain({ args: { path: '/home' } })).toMatchObject({ effect: 'allow', ruleId: allows.id });
  });

  it('is of the time that is asked about', () => {
    const made = world.gate.addRule(rule({ expiresAt: world.clock.wall + 1000 }));
    expect(explain({}, world.clock.wall + 999)).toMatchObject({ by: 'rule', ruleId: made.id });
    expect(explain({}, world.clock.wall + 1000)).toMatchObject({
      by: 'trust',
      rules: [{ outcome: 'expired' }],
    });
    const none = { calls: null, bytes: null, seconds: null };
    world.budgets.set(alice, { ...none, calls: 1 });
    begin(expectDecided(world.gate.decide(question())));
    expect(explain()).toMatchObject({ by: 'budget' });
    expect(explain({}, world.clock.wall + 2 * 86_400_000)).toMatchObject({ by: 'trust' });
  });

  it('uses nothing up, asks nobody and tells nothing', () => {
    world.gate.addRule(rule());
    for (let i = 0; i < 3; i += 1) explain();
    explain({ trust: 'unknown' });
    expect(world.gate.rules()).toMatchObject([{ uses: 0, lastUsedAt: null }]);
    expect(world.gate.approvals()).toEqual([]);
    expect(world.pins.size).toBe(0);
    expect(world.events.rules).toHaveLength(1);
  });

  it('names at most 100 rules, the one that decides among them, and cuts what peers say', () => {
    const long = 'x'.repeat(5000);
    for (let i = 0; i < 150; i += 1) {
      world.gate.addRule(
        rule({ effect: 'deny', arguments: [{ kind: 'equals', at: '/text', value: `a${i}` }] }),
      );
    }
    const last = world.gate.addRule(rule());
    const { rules, ruleId } = explain({ args: { text: long } });
    expect(rules).toHaveLength(100);
    expect(ruleId).toBe(last.id);
    expect(rules.at(-1)).toMatchObject({ ruleId: last.id, outcome: 'decides' });
    for (const { text } of rules) expect(text.length).toBeLessThan(300);
  });

  it('of an unknown peer says that rules for anybody do not count', () => {
    const anybody = world.gate.addRule(rule({ trust: 'unknown' }));
    expect(explain({ trust: 'unknown' })).toMatchObject({
      by: 'unknown-peer',
      rules: [
        {
          ruleId: anybody.id,
          outcome: 'less-specific',
          text: 'It is made for any peer, and this one is unknown.',
        },
      ],
    });
    expect(inShort(world.gate.decide(question({ trust: 'unknown' })))).toBe('deny:unknown-peer');
  });
});
