import fc from 'fast-check';
import { RuleId } from '../../../../../shared/ids.ts';
import { plainRule, type Constraint, type Hours, type Rule } from '../../../../../shared/rules.ts';
import { alice, bob, files, notes, pinA, pinB } from './setup.ts';

/** 14 November 2023, whatever the zone: a Tuesday or next to one. */
export const T = 1_700_000_000_000;

const days = fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 });
const time = fc.constantFrom('00:00', '08:30', '12:00', '17:45', '22:13', '22:14', '23:59');
const hours: fc.Arbitrary<Hours> = fc.record({ days, from: time, to: time });

const globs = [
  '/home/me/**',
  '/home/me/shared/**',
  '/**',
  '/home/*/notes.txt',
  '/etc/**',
  '/**/*.key',
  '/*/Me/**',
  '/Home/me/**',
  '/**/*.KEY',
  '/**/*Σ',
  '/**/*σ',
  '/ΟΔΟΣ/**',
  '/οδος/**',
  '/**/É*',
  '/**/*Ж',
];
export const constraint: fc.Arbitrary<Constraint> = fc.oneof(
  fc.record({
    kind: fc.constant('equals' as const),
    at: fc.constantFrom('/mode', '/n', '/a/b'),
    value: fc.constantFrom('read', 'write', 3, true, null),
  }),
  fc.record({
    kind: fc.constant('one-of' as const),
    at: fc.constantFrom('/mode', '/list/0'),
    values: fc.uniqueArray(fc.constantFrom('read', 'write', 'drop', 3), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('prefix' as const),
    at: fc.constantFrom('/mode', '/path'),
    prefix: fc.constantFrom('re', 'read', '/home', '/'),
  }),
  fc.record({
    kind: fc.constant('path' as const),
    at: fc.constantFrom('/path', '/list/1'),
    glob: fc.constantFrom(...globs),
  }),
  fc.record({
    kind: fc.constant('range' as const),
    at: fc.constantFrom('/n', '/mode'),
    min: fc.constantFrom(null, 0, 3),
    max: fc.constantFrom(null, 3, 10),
  }),
  fc.record({
    kind: fc.constant('max-size' as const),
    at: fc.constantFrom('', '/path'),
    bytes: fc.constantFrom(1, 12, 40, 1000),
  }),
);

export const path = fc.oneof(
  fc.constantFrom(
    '/home/me/shared/a.txt',
    '/home/me/shared/../../../etc/passwd',
    '//home/./me/shared/',
    '/HOME/me/shared/a.txt',
    '/..',
    'home/me',
    '/home/me\\..',
    '/home/%2e%2e/etc',
    '/home/me/\u200bx',
    '/etc/x.key',
    '/home/ME/.. /x',
    '/home/./me//shared/',
    '/c:/home/me/x',
    '/home/ΑΣ',
    '/ΟΔΟΣ',
    '/ΟΔΟΣ/αΣ',
    '/οδοσ/ας',
  ),
  fc
    .array(
      fc.constantFrom(
        'home',
        'me',
        'ME',
        'shared',
        'etc',
        '..',
        '.',
        '',
        'x.key',
        '...',
        'notes.txt',
        'ΟΔΟΣ',
        'οδος',
        'ας',
        'ΑΣΑ',
        'éж',
        'ÉЖ',
      ),
      {
        maxLength: 7,
      },
    )
    .map((names) => `/${names.join('/')}`),
);

export const args: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    path: fc.oneof(path, fc.constantFrom(5, null, ['/home/me'])),
    mode: fc.constantFrom('read', 'write', 'reading', 'Read', 're\u200bad', 7, null, true),
    n: fc.constantFrom(0, 3, 4, 11, -1, 3.5, 1e300, '3', null, true),
    a: fc.constantFrom({ b: 'read' }, { b: 3 }, {}, 'read', null, []),
    list: fc.constantFrom([], ['read'], ['drop', '/etc/passwd'], { 0: 'read' }, 'read'),
  },
  { requiredKeys: [] },
);

const limits = {
  hour: { calls: 5, bytes: null, seconds: null },
  day: { calls: null, bytes: null, seconds: null },
};

/** Rules with ids of their own, in any order. */
export const rules: fc.Arbitrary<Rule[]> = fc
  .array(
    fc.record({
      who: fc.constantFrom(
        { peerId: null, trust: null },
        { peerId: alice, trust: null },
        { peerId: alice, trust: null },
        { peerId: bob, trust: null },
        { peerId: null, trust: 'unknown' as const },
        { peerId: null, trust: 'known' as const },
        { peerId: null, trust: 'trusted' as const },
      ),
      agent: fc.constantFrom(null, notes, notes, files),
      tool: fc.constantFrom(null, 'add', 'add', 'drop'),
      arguments: fc.oneof(
        { weight: 2, arbitrary: fc.constant<Constraint[]>([]) },
        { weight: 3, arbitrary: fc.array(constraint, { maxLength: 3 }) },
      ),
      hours: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, hours),
      effect: fc.constantFrom(
        'allow' as const,
        'allow' as const,
        'ask' as const,
        'ask-and-review' as const,
        'deny' as const,
      ),
      limited: fc.boolean(),
      pin: fc.constantFrom(null, null, pinA, pinB),
      expiresAt: fc.constantFrom(null, null, T - 1, T, T + 1),
      createdAt: fc.integer({ min: T - 3, max: T }),
    }),
    { maxLength: 12 },
  )
  .map((list) =>
    list.map(({ who, limited, ...rule }, i): Rule => ({
      ...plainRule,
      ...rule,
      ...who,
      limits: limited && rule.effect === 'allow' ? limits : null,
      id: RuleId.parse(`rule-${(i * 7) % 13}`),
    })),
  );

/** Many rules with constraints on the very same tool, so that all that tells them apart is the arguments. */
export const crowdedRules: fc.Arbitrary<Rule[]> = fc
  .array(
    fc.record({
      arguments: fc.array(constraint, { minLength: 1, maxLength: 2 }),
      effect: fc.constantFrom('allow' as const, 'ask' as const, 'ask-and-review' as const, 'deny' as const),
      createdAt: fc.integer({ min: T - 3, max: T }),
    }),
    { minLength: 3, maxLength: 25 },
  )
  .map((list) =>
    list.map((rule, i): Rule => ({
      ...plainRule,
      ...rule,
      peerId: alice,
      agent: notes,
      tool: 'add',
      id: RuleId.parse(`rule-${(i * 7) % 26}`),
    })),
  );

/** Arguments of which none is missing. */
export const fullArgs: fc.Arbitrary<Record<string, unknown>> = fc.record({
  path,
  mode: fc.constantFrom('read', 'write', 'reading', 'Read', 're\u200bad', 7),
  n: fc.constantFrom(0, 3, 4, 11, '3'),
  a: fc.constantFrom({ b: 'read' }, { b: 3 }),
  list: fc.tuple(fc.constantFrom('read', 'drop'), path),
});
