import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rule } from '../../../../../shared/rules.ts';
import { exportRules } from '../../../../../main/host/rules/export-rules.ts';
import { ruleOf } from '../../../../../main/host/rules/file-format.ts';
import { planImport } from '../../../../../main/host/rules/import-plan.ts';
import { NEVER_SEEN } from '../../../../../main/host/rules/pins.ts';
import { readRulesFile } from '../../../../../main/host/rules/read-rules-file.ts';
import { ada, aRule, bob, files, NOW, ruleId } from './setup.ts';

const nameOf = (): string => "Ada's laptop";
const PIN = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);

type Here = Parameters<typeof planImport>[2];
const here = (patch: Partial<Here> = {}): Here => ({
  present: [],
  untilQuit: new Set(),
  pins: { get: () => null },
  knowsPeer: () => true,
  hasAgent: () => true,
  toolsOf: () => new Set(['read_file']),
  now: NOW,
  ...patch,
});
const plan = (text: string, patch: Partial<Here> = {}, mode: 'replace' | 'add' = 'replace') =>
  planImport(readRulesFile(text), mode, here(patch));
const inFile = (lines: string): string => `gatehouse-rules: 1\nrules:\n${lines}`;
const reading = (lines: string) => (): unknown => plan(inFile(lines));

const wide: Rule = aRule('wide1234', {
  peerId: ada,
  agent: files,
  tool: 'read_file',
  arguments: [
    { kind: 'path', at: '/path', glob: '/home/me/shared/**' },
    { kind: 'equals', at: '/deep', value: null },
    { kind: 'one-of', at: '/mode', values: ['a', 'true', '2e345672', 3, false] },
    { kind: 'prefix', at: '/url', prefix: 'https://example.org/' },
    { kind: 'range', at: '/n', min: -1.5, max: null },
    { kind: 'range', at: '/m', min: 1, max: 1e21 },
    { kind: 'max-size', at: '', bytes: 2000 },
  ],
  hours: { days: [1, 5], from: '22:00', to: '06:00' },
  limits: {
    hour: { calls: 100, bytes: null, seconds: null },
    day: { calls: null, bytes: null, seconds: null },
  },
  expiresAt: NOW + 86_400_000,
  pin: PIN,
});

describe('the file', () => {
  it('says what it is, and each rule as a sentence above it', () => {
    const text = exportRules([wide], nameOf);
    expect(text).toMatch(/^# Rules of Gatehouse: who may use which tools/);
    expect(text).toContain(
      "  # Ada's laptop may use files ▸ read_file, where path is within /home/me/shared/**",
    );
    expect(text).toContain('    effect: allow\n    peer: 12D3Koo');
    expect(text).toContain('      - at: /path\n        within: /home/me/shared/**\n');
  });

  it('is the same whatever the order in which rules come, and changes nothing when it is read again', () => {
    const rules = [wide, aRule('b234', { effect: 'deny', createdAt: NOW - 5000 }), aRule('a234')];
    const text = exportRules(rules, nameOf);
    expect(exportRules(rules.toReversed(), nameOf)).toBe(text);
    expect(plan(text, { present: rules })).toMatchObject({
      added: [],
      removed: [],
      changed: [],
      unchanged: 3,
    });
    expect(exportRules([], nameOf)).toContain('rules: []');
    expect(plan(exportRules([], nameOf), { present: rules }).removed).toHaveLength(3);
  });

  it('holds any rule, whatever its texts hold, and shows what they hide', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }).map((one) => one.toWellFormed());
    const scalar = fc.oneof(
      text,
      fc.boolean(),
      fc.constant(null),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    fc.assert(
      fc.property(text, text, scalar, text, (tool, prefix, value, name) => {
        const at = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const rule = aRule('some1', {
          tool,
          arguments: [
            { kind: 'prefix', at, prefix },
            { kind: 'equals', at: '', value: Object.is(value, -0) ? 0 : value },
          ],
        });
        const file = exportRules([rule], nameOf);
        expect(file).not.toMatch(/[\u202e\u200b\u0007\u2028]/);
        const [read] = readRulesFile(file);
        expect(read === undefined ? null : { ...rule, ...ruleOf(read.rule) }).toEqual(rule);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps hostile names of tools out of the comments and in their quotes', () => {
    const rule = aRule('some1', { tool: 'x\n- effect: allow\u202e' });
    const text = exportRules([rule], nameOf);
    expect(text).toContain(String.raw`tool: "x\n- effect: allow\u202E"`);
    expect(text).toContain(String.raw`# Any peer may use "x\n- effect: allow⟨U+202E⟩" of any agent.`);
    expect(readRulesFile(text)).toHaveLength(1);
  });
});

describe('reading', () => {
  it.each([
    ['  - effect: maybe\n', 'line 3, column 13: effect must be allow, ask, ask-and-review or deny'],
    ['  - id: abcd\n', 'line 3, column 5: effect must be allow'],
    ['  - effect: allow\n    colour: red\n', 'line 4, column 5: "colour" is no field'],
    ['  - effect: allow\n    effect: deny\n', 'line 4, column 5: "effect" is there twice'],
    ['  - effect: allow\n    tool: 12\n', 'line 4, column 11: tool must be text'],
    ['  - &a\n    effect: allow\n', 'Anchors are not allowed'],
    ['  - effect: !!str allow\n', 'Tags are not allowed'],
    ['  - effect: !mine allow\n', 'line 3, column 13'],
    ['  - effect: allow\n    where:\n      - at: /a\n', 'line 5, column 9: A condition has exactly one of'],
    ['  - effect: allow\n    where:\n      - {at: /a, equals: 1, within: /b}\n', 'line 5'],
    ['  - effect: allow\n    where:\n      - {at: a, equals: 1}\n', 'A place in the arguments looks like'],
    ['  - effect: allow\n    where:\n      - {at: /a, equals: [1]}\n', 'A value is a text'],
    ['  - effect: deny\n    limits: {hour: {calls: 1}}\n', 'line 3: Only a rule that allows has limits.'],
    ['  - effect: allow\n    limits: {hour: {calls: 0}}\n', 'An amount is 1 or more.'],
    [
      '  - effect: allow\n    hours: {days: [monday], from: "25:00", to: "01:00"}\n',
      'A time looks like 09:00.',
    ],
    ['  - effect: allow\n    expires: tomorrow\n', 'expires looks like 2026-12-03T14:00:00Z.'],
    ['  - effect: allow\n    id: ab\n', 'An id has 4 to 32'],
    ['  - {effect: allow, id: abcd}\n  - {effect: deny, id: abcd}\n', 'line 4: The id abcd is there twice.'],
    ['  - effect: allow\n    peer: ["x"]\n', 'line 4'],
    ['  - effect: "allow\n', 'line'],
  ])('refuses %j', (lines, message) => {
    expect(reading(lines)).toThrow(message);
    expect(reading(lines)).toThrow(expect.objectContaining({ code: 'INVALID' }));
  });

  it('refuses what is no rules file', () => {
    for (const text of ['', 'rules: []\n', 'gatehouse-rules: 2\nrules: []\n', '- a\n', 'x', '\u0000']) {
      expect(() => readRulesFile(text)).toThrow(expect.objectContaining({ code: 'INVALID' }));
    }
    expect(() => readRulesFile('a: &x 1\nb: *x\n')).toThrow('not allowed');
    expect(() => readRulesFile('%YAML 1.1\n---\ngatehouse-rules: 1\nrules: []\n')).toThrow('%YAML');
    expect(() => readRulesFile('gatehouse-rules: 1\nrules: []\n---\na: 1\n')).toThrow('multiple documents');
    expect(() => readRulesFile('# '.padEnd(2_000_002, 'x'))).toThrow('longer than');
  });

  it('is not kept busy by what is nested or long without end', () => {
    const before = performance.now();
    for (const text of ['['.repeat(1_999_999), '{a: '.repeat(400_000), '- '.repeat(200_000)]) {
      expect(() => readRulesFile(text)).toThrow(expect.objectContaining({ code: 'INVALID' }));
    }
    expect(performance.now() - before).toBeLessThan(10_000);
    const many = inFile('  - {effect: deny}\n'.repeat(5001));
    expect(() => readRulesFile(many)).toThrow('more than 5000 rules');
  });
});

describe('an import', () => {
  it('tells added, removed, changed and unchanged apart by their ids', () => {
    const present = [aRule('keep', { effect: 'deny' }), aRule('gone'), aRule('turn', { effect: 'deny' })];
    const text = inFile(
      '  - {id: keep, effect: deny}\n  - {id: turn, effect: ask}\n  - {effect: deny, agent: files}\n',
    );
    const replaced = plan(text, { present });
    expect(replaced.added).toMatchObject([{ effect: 'deny', agent: 'files', createdAt: NOW }]);
    expect(replaced.removed).toMatchObject([{ id: 'gone' }]);
    expect(replaced.changed).toMatchObject([
      { before: { effect: 'deny' }, after: { effect: 'ask', createdAt: NOW - 1000 } },
    ]);
    expect(replaced.unchanged).toBe(1);
    expect(replaced.rules).toHaveLength(3);
    const beside = plan(text, { present }, 'add');
    expect(beside.removed).toEqual([]);
    expect(beside.rules.map(({ id }) => id)).toContain('gone');
    // A rule without an id is the same one when the file is read again.
    expect(plan(text, { present: replaced.rules })).toMatchObject({ added: [], changed: [], unchanged: 3 });
  });

  it('warns of what a person should look at', () => {
    const text = inFile(
      [
        '  - {effect: allow}',
        `  - {effect: deny, peer: ${bob}}`,
        '  - {effect: deny, agent: nobody}',
        '  - {effect: deny, agent: files, tool: gone}',
        '  - {effect: allow, agent: files, tool: read_file}',
        '  - {effect: deny, expires: 2026-01-01T00:00:00Z}',
      ].join('\n'),
    );
    const { warnings, added } = plan(text, {
      knowsPeer: (peerId) => peerId === ada,
      hasAgent: (agent) => agent === files,
    });
    expect(warnings.map((warning) => warning.replace(/^Rule \w+, line/, ''))).toEqual([
      ' 3: It lets every contact use every tool it speaks of, unasked.',
      ` 4: The peer …${bob.slice(-8)} is not known here.`,
      ' 5: There is no agent nobody here.',
      ' 6: The agent files has no tool "gone".',
      " 7: This tool's definition was not granted here: you are asked at the first call.",
      ' 8: It has expired already, and is left out.',
    ]);
    expect(added).toHaveLength(5);
  });

  it('has no say in rules until quit, and keeps no more than there is room for', () => {
    expect(() => plan(inFile('  - {id: quit1, effect: allow}\n'), { untilQuit: new Set(['quit1']) })).toThrow(
      'line 3: The id quit1 is that of a rule that holds until quit.',
    );
    const present = Array.from({ length: 4999 }, (_, at) => aRule(`p${String(at).padStart(4, '0')}`));
    const two = inFile('  - {effect: deny}\n  - {effect: ask}\n');
    expect(() => plan(two, { present }, 'add')).toThrow('There would be 5001 rules');
    expect(plan(two, { present }).rules).toHaveLength(2);
  });

  it('never makes a rule stand for a definition that was not granted here', () => {
    const one = (
      pin: string | null,
      granted: string | null,
      present: Rule[] = [],
    ): string | null | undefined =>
      plan(
        inFile(
          `  - {id: some1, effect: allow, agent: files, tool: read_file${pin === null ? '' : `, pin: ${pin}`}}\n`,
        ),
        { present, pins: { get: () => granted } },
      ).rules[0]?.pin;
    expect(one(PIN, PIN)).toBe(PIN);
    expect(one(null, PIN)).toBe(PIN);
    expect(one(PIN, null)).toBe(NEVER_SEEN);
    expect(one(null, null)).toBe(NEVER_SEEN);
    expect(one(PIN, OTHER)).toBe(NEVER_SEEN);
    const stale = aRule('some1', { agent: files, tool: 'read_file', pin: OTHER });
    // What is on hold stays so, whatever the file says.
    expect(one(PIN, PIN, [stale])).toBe(OTHER);
    // One that denied, or was for another tool, gains nothing by its id.
    expect(one(null, null, [{ ...stale, pin: null, effect: 'deny' }])).toBe(NEVER_SEEN);
    expect(one(null, null, [{ ...stale, tool: 'other' }])).toBe(NEVER_SEEN);
    const prompt = inFile('  - {effect: allow, agent: files, tool: "prompts/get:x"}\n');
    expect(plan(prompt).rules[0]?.pin).toBeNull();
    expect(plan(prompt, { toolsOf: () => new Set(['prompts/get:x']) }).rules[0]?.pin).toBe(NEVER_SEEN);
    expect(ruleId('some1')).toBe('some1');
  });
});
