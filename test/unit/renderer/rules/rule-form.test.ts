import { describe, expect, it } from 'vitest';
import { plainRule, NewRule } from '../../../../shared/rules.ts';
import { fakePeerId } from '../../../fixtures/lively/fake-ids.ts';
import { ruleOfCall } from '../../../../renderer/rules/prefill.ts';
import {
  emptyRule,
  readConstraint,
  readRule,
  readScalar,
  ruleFormOf,
  scalarText,
  wideWarning,
  type ConstraintForm,
} from '../../../../renderer/rules/rule-form.ts';

const NOW = new Date(2026, 10, 23, 12).getTime();
const HOUR = 3_600_000;
const constraint = (patch: Partial<ConstraintForm>): ConstraintForm => ({
  key: 0,
  kind: 'equals',
  at: '/a',
  value: '',
  to: '',
  ...patch,
});
const { pin: _, ...bare } = plainRule;

describe('the form of a rule', () => {
  it('reads a whole rule back as it was', () => {
    const rule = NewRule.parse({
      ...bare,
      effect: 'allow',
      peerId: fakePeerId(1),
      agent: 'files',
      tool: 'read',
      arguments: [
        { kind: 'equals', at: '/a', value: '5' },
        { kind: 'equals', at: '/b', value: 5 },
        { kind: 'one-of', at: '/c', values: ['x', true, null, '"q"'] },
        { kind: 'prefix', at: '/d', prefix: ' x' },
        { kind: 'path', at: '/e', glob: '/home/**' },
        { kind: 'range', at: '/f', min: null, max: 2.5 },
        { kind: 'max-size', at: '', bytes: 100 },
      ],
      hours: { days: [1, 0], from: '22:00', to: '06:00' },
      limits: {
        hour: { calls: 3, bytes: null, seconds: null },
        day: { calls: null, bytes: 1_500_000, seconds: 60 },
      },
      expiresAt: NOW + 48 * HOUR,
    });
    expect(readRule(ruleFormOf(rule), NOW)).toEqual({ rule, errors: {} });
  });

  it('counts spans from now, and refuses days that are over', () => {
    const form = { ...emptyRule, expiry: 'day' as const };
    expect(readRule(form, NOW).rule?.expiresAt).toBe(NOW + 24 * HOUR);
    const over = readRule({ ...emptyRule, expiry: 'date', expiresAt: '2026-11-23T11:00' }, NOW);
    expect(over.rule).toBeNull();
    expect(over.errors['expiry']).toMatch(/still to come/);
  });

  it('says what is wrong with the field that it is about', () => {
    const { rule, errors } = readRule(
      {
        ...emptyRule,
        who: 'peer',
        agent: 'no agent!',
        constraints: [
          constraint({ at: 'path', value: 'x' }),
          constraint({ key: 1, kind: 'range', value: '5', to: '3' }),
        ],
        hour: { calls: '1.5', bytes: '', seconds: '' },
        hours: { days: [], from: '08:00', to: '09:00' },
      },
      NOW,
    );
    expect(rule).toBeNull();
    expect(Object.keys(errors).toSorted()).toEqual([
      'agent',
      'constraint-0-at',
      'constraint-1-value',
      'hour-calls',
      'hours',
      'peerId',
    ]);
    expect(errors['constraint-0-at']).toBe('A place in the arguments looks like /path or /options/0.');
    expect(errors['constraint-1-value']).toBe('The smallest is above the largest.');
  });

  it('leaves limits out where nothing is allowed', () => {
    const form = { ...emptyRule, effect: 'deny' as const, day: { calls: '5', bytes: '', seconds: '' } };
    expect(readRule(form, NOW).rule?.limits).toBeNull();
  });
});

describe('a constraint', () => {
  it.each([
    [{ kind: 'one-of', value: '\n' }, 'Give at least one value, one a line.'],
    [{ kind: 'prefix' }, 'Give the text that it begins with.'],
    [{ kind: 'path', value: 'notes/**' }, 'A path begins with /, such as /home/me/notes/**.'],
    [{ kind: 'range', value: 'x' }, 'This is no number.'],
    [{ kind: 'range' }, 'Give the smallest or the largest number.'],
    [{ kind: 'max-size', value: '1.5' }, 'Give a whole number of bytes, from 1 to 8,388,608.'],
  ] as const)('%j is refused with a sentence', (patch, text) => {
    expect(readConstraint(constraint(patch)).error).toEqual({ field: 'value', text });
  });

  it('takes what looks like a number as one, and what is quoted as text', () => {
    expect(['5', '-1.5', 'true', 'null', '"5"', '5 apples', '"open', ' 7 '].map(readScalar)).toEqual([
      5,
      -1.5,
      true,
      null,
      '5',
      '5 apples',
      '"open',
      7,
    ]);
    for (const value of ['5', 'null', ' 7 ', '"x"', 'plain', 5, false, null])
      expect(readScalar(scalarText(value))).toBe(value);
  });
});

describe('a rule of a call', () => {
  it('is as narrow as the call, leaves long texts free, and ends', () => {
    const form = ruleOfCall({
      peerId: fakePeerId(1),
      agent: 'files',
      tool: 'write',
      request: JSON.stringify({ path: '/home/a.md', mode: 7, deep: { x: 1 }, content: 'a\nb', 'a/b': 'c' }),
    });
    const { rule } = readRule(form, NOW);
    expect(rule).toMatchObject({
      effect: 'allow',
      peerId: fakePeerId(1),
      expiresAt: NOW + 30 * 24 * HOUR,
      arguments: [
        { kind: 'path', at: '/path', glob: '/home/a.md' },
        { kind: 'equals', at: '/mode', value: 7 },
        { kind: 'equals', at: '/a~1b', value: 'c' },
      ],
    });
  });

  it('never makes a wildcard of what the caller wrote', () => {
    const form = ruleOfCall({ peerId: fakePeerId(1), agent: 'a', tool: 't', request: '{"path":"/etc/**"}' });
    expect(form.constraints).toMatchObject([{ kind: 'equals', value: '/etc/**' }]);
  });
});

it('warns of rules that let too many in, and only of those', () => {
  const rule = { ...bare, effect: 'allow' as const };
  expect(wideWarning(NewRule.parse(rule))).toMatch(/whole groups/);
  expect(wideWarning(NewRule.parse({ ...rule, tool: 't' }))).toMatch(/names no peer/);
  expect(wideWarning(NewRule.parse({ ...rule, peerId: fakePeerId(1) }))).toMatch(/names no tool/);
  expect(wideWarning(NewRule.parse({ ...rule, peerId: fakePeerId(1), tool: 't' }))).toBeNull();
  expect(wideWarning(NewRule.parse({ ...rule, effect: 'deny' }))).toBeNull();
});
