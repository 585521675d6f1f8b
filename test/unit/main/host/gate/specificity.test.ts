import { describe, expect, it } from 'vitest';
import { RuleId } from '../../../../../shared/ids.ts';
import { plainRule, type Constraint, type Rule } from '../../../../../shared/rules.ts';
import { alice, makeWorld, notes, question } from './setup.ts';

const T = 1_700_000_000_000;
const holds: Constraint = { kind: 'equals', at: '/text', value: 'hello' };
const holdsToo: Constraint = { kind: 'range', at: '/times', min: 2, max: 2 };
const always = { days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '00:00' };
const peer = { peerId: alice };
const trust = { trust: 'known' as const };
const agent = { agent: notes };
const tool = { tool: 'add' };
const args = { arguments: [holds] };

/** All ways in which a rule can be specific, the most specific first. */
const scopes: readonly Partial<Rule>[] = [
  { ...peer, ...agent, ...tool, ...args },
  { ...trust, ...agent, ...tool, ...args },
  { ...peer, ...agent, ...tool },
  { ...peer, ...agent, ...args },
  { ...peer, ...tool, ...args },
  { ...trust, ...agent, ...tool },
  { ...trust, ...agent, ...args },
  { ...trust, ...tool, ...args },
  { ...agent, ...tool, ...args },
  { ...peer, ...agent },
  { ...peer, ...tool },
  { ...peer, ...args },
  { ...trust, ...agent },
  { ...trust, ...tool },
  { ...trust, ...args },
  { ...agent, ...tool },
  { ...agent, ...args },
  { ...tool, ...args },
  peer,
  trust,
  agent,
  tool,
  args,
  {},
];
/** What decides among rules of one scope, what goes first first. */
const ties: readonly Partial<Rule>[] = [
  { arguments: [holds, holdsToo], effect: 'allow', hours: always },
  { arguments: [holds, holdsToo], effect: 'deny' },
  { ...args, effect: 'deny', hours: always },
  { ...args, effect: 'ask-and-review', hours: always },
  { ...args, effect: 'ask', hours: always, createdAt: T - 1 },
  { ...args, effect: 'ask', hours: always, createdAt: T - 2, id: RuleId.parse('aaaa') },
  { ...args, effect: 'ask', hours: always, createdAt: T - 2, id: RuleId.parse('bbbb') },
  { ...args, effect: 'allow', hours: always },
  { ...args, effect: 'deny' },
  { ...args, effect: 'ask-and-review' },
  { ...args, effect: 'ask' },
  { ...args, effect: 'allow', createdAt: T },
  { ...args, effect: 'allow', createdAt: T - 1 },
];

/** The rule that the gate takes among these. */
function firstOf(rules: readonly Partial<Rule>[]): string | null {
  const whole = rules.map((rule): Rule => ({
    ...plainRule,
    id: RuleId.parse(`rule-${rules.indexOf(rule)}`),
    createdAt: T,
    effect: 'deny',
    ...rule,
  }));
  const world = makeWorld(whole);
  const { ruleId } = world.gate.explain(question(), null);
  world.gate.stop();
  return ruleId === null ? null : String(whole.findIndex(({ id }) => id === ruleId));
}

describe('the more specific of two rules goes first', () => {
  const pairs = (list: readonly Partial<Rule>[]) =>
    list.slice(1).map((after, i) => [list[i] ?? {}, after] as const);

  it.each(pairs(scopes))('%j before %j', (before, after) => {
    for (const [first, second] of [
      ['allow', 'deny'],
      ['deny', 'allow'],
    ] as const) {
      expect(
        firstOf([
          { ...before, effect: first },
          { ...after, effect: second },
        ]),
      ).toBe('0');
      expect(
        firstOf([
          { ...after, effect: second },
          { ...before, effect: first },
        ]),
      ).toBe('1');
    }
  });

  it.each(pairs(ties))('and where they are of one scope, %j before %j', (before, after) => {
    expect(firstOf([before, after])).toBe('0');
    expect(firstOf([after, before])).toBe('1');
  });

  it('among all of them', () => {
    for (let from = 0; from < scopes.length; from += 1) {
      expect(firstOf(scopes.slice(from).toReversed())).toBe(String(scopes.length - from - 1));
    }
  });
});
