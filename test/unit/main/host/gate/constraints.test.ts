import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentFacts } from '../../../../../main/host/gate/argument-facts.ts';
import { ConstraintMaker, verdictOf } from '../../../../../main/host/gate/constraints.ts';
import { normalPath, pathText } from '../../../../../main/host/gate/normal-path.ts';
import type { Constraint } from '../../../../../shared/rules.ts';
import { args as someArgs, constraint as someConstraint, path as somePath } from './rule-arbitraries.ts';
import { modelMeets, modelNormal } from './rule-model.ts';
import { inShort, makeWorld, question, rule } from './setup.ts';

function verdict(constraint: Constraint, args: Record<string, unknown>): string {
  const [ready] = new ConstraintMaker().make([constraint]);
  return ready === undefined ? '' : verdictOf(ready, new ArgumentFacts(args));
}
/** As a message from the network, where `__proto__` is a name like any other. */
function parsed(text: string): Record<string, unknown> {
  const args: unknown = JSON.parse(text);
  return args as Record<string, unknown>;
}
const within = (glob: string): Constraint => ({ kind: 'path', at: '/path', glob });
const pathVerdict = (glob: string, path: unknown): string => verdict(within(glob), { path });
const equals = (value: string): Constraint => ({ kind: 'equals', at: '/name', value });
const prefix = (text: string): Constraint => ({ kind: 'prefix', at: '/name', prefix: text });

/** What a gate says where one rule, with that constraint, is all that allows, or all that denies. */
function gateSays(effect: 'allow' | 'deny', constraint: Constraint, args: Record<string, unknown>): string {
  const world = makeWorld();
  world.gate.addRule(rule({ effect, arguments: [constraint] }));
  const result = inShort(world.gate.decide(question({ args })));
  world.gate.stop();
  return result;
}

describe('a path constraint', () => {
  it.each([
    ['/home/me/**', '/home/me', 'holds'],
    ['/home/me/**', '/home/me/', 'holds'],
    ['/home/me/**', '/home/me/a/b.txt', 'holds'],
    ['/home/me/**', '/home///me/./a', 'holds'],
    ['/home/me/**', '/home/other/../me/a', 'holds'],
    ['/home/me/**', '/home/meadow/a', 'fails'],
    ['/home/me/*', '/home/me/a', 'holds'],
    ['/home/me/*', '/home/me/a/b', 'fails'],
    ['/home/me/*', '/home/me', 'fails'],
    ['/home/*/notes', '/home/you/notes', 'holds'],
    ['/home/**/notes', '/home/notes', 'holds'],
    ['/home/**/notes', '/home/a/b/notes', 'holds'],
    ['/home/**/notes', '/home/a/b/notes/c', 'fails'],
    ['/**/a/*.t?t', '/x/a/b.t?t', 'holds'],
    ['/**/a/*.t?t', '/x/a/b.txt', 'fails'],
    ['/a/*b*c', '/a/xbxbc', 'holds'],
    ['/a/*b*b', '/a/b', 'fails'],
    ['/a/[x]', '/a/[x]', 'holds'],
    ['/a/[x]', '/a/x', 'fails'],
    ['/**/a/**/b/**', '/a/b/a/c/b/d', 'holds'],
    ['/**', '/', 'holds'],
    ['/home/me/**/', '/home/me/x', 'holds'],
    ['/home/me/**', '/HOME/me/x', 'unclear'],
    ['/Home/**', '/home/x', 'unclear'],
    ['/d/*Σ', '/d/ΑΣ', 'holds'],
    ['/d/*σ', '/d/ΑΣ', 'unclear'],
    ['/d/*ς', '/d/ΑΣΑΣ', 'unclear'],
    ['/d/ΑΣ*', '/d/ας.txt', 'unclear'],
    ['/straße', '/STRASSE', 'unclear'],
  ])('%s, looking at %s: %s', (glob, path, expected) => {
    expect(pathVerdict(glob, path)).toBe(expected);
  });

  describe('withstands', () => {
    const attacks: readonly (readonly [string, unknown, 'fails' | 'unclear'])[] = [
      ['a step up', '/home/me/shared/../secret', 'fails'],
      ['steps up to the root', '/home/me/shared/../../../etc/passwd', 'fails'],
      ['more steps up than there are names', '/home/me/shared/../../../../../../etc/passwd', 'fails'],
      ['steps up hidden among doubled slashes', '/home/me/shared//..//..//..//etc/passwd', 'fails'],
      ['steps up hidden among single dots', '/home/me/shared/./.././.././../etc/passwd', 'fails'],
      ['a step up at the end', '/home/me/shared/..', 'fails'],
      ['a name that only begins alike', '/home/me/shared-with-all/x', 'fails'],
      ['percent-escaped dots', '/home/me/shared/%2e%2e/%2e%2e/etc/passwd', 'unclear'],
      ['a percent-escaped slash', '/home/me/shared/..%2f..%2fetc/passwd', 'unclear'],
      ['backslashes', '/home/me/shared\\..\\..\\etc', 'unclear'],
      ['a drive', 'C:/home/me/shared/x', 'unclear'],
      ['a root of its own', '//home/me/shared/x', 'unclear'],
      ['a share of another machine', '//server/home/me/shared/x', 'unclear'],
      ['a stream of a file', '/home/me/shared/x:hidden', 'unclear'],
      ['a drive within', '/c:/home/me/shared/x', 'unclear'],
      ['a network share', '\\\\server\\home', 'unclear'],
      ['a relative path', 'home/me/shared/x', 'unclear'],
      ['a relative way up', '../../etc/passwd', 'unclear'],
      ['a home directory', '~/shared/x', 'unclear'],
      ['a URL', 'file:///home/me/shared/x', 'unclear'],
      ['a NUL that ends the path for others', '/home/me/shared/x\0/../../etc', 'unclear'],
      ['a line feed', '/home/me/shared/x\n/etc/passwd', 'unclear'],
      ['a zero-width space within the dots', '/home/me/shared/.\u200b./x', 'unclear'],
      ['dots and a space, as Windows drops it', '/home/me/shared/.. /etc', 'unclear'],
      ['three dots', '/home/me/shared/.../etc', 'unclear'],
      ['another case', '/home/me/SHARED/../x', 'fails'],
      ['an empty path', '', 'unclear'],
      ['a list', ['/home/me/shared/x'], 'unclear'],
      ['an object', { toString: '/home/me/shared/x' }, 'unclear'],
      ['nothing', null, 'unclear'],
      ['a path of 5,000 characters', `/home/me/shared/${'a/'.repeat(2500)}x`, 'unclear'],
    ];
    it.each(attacks)('%s', (_, path, expected) => {
      expect(pathVerdict('/home/me/shared/**', path)).toBe(expected);
      expect(gateSays('allow', within('/home/me/shared/**'), { path })).toBe('ask');
      if (expected === 'unclear') {
        expect(gateSays('deny', within('/home/me/shared/**'), { path })).toBe('deny:rule');
      }
    });

    it.each(['/srv/../home/**', 'home/**', '/home\\**', '/ho\u200bme/**'])(
      'a rule with the glob %j',
      (glob) => {
        expect(gateSays('allow', within(glob), { path: '/home/me' })).toBe('ask');
        expect(gateSays('deny', within(glob), { path: '/home/me' })).toBe('deny:rule');
      },
    );

    it('a glob and a path that would take other matchers for ever', () => {
      const glob = `/${'*a'.repeat(400)}*b/${'**/a/'.repeat(30)}**`;
      const path = `/${'a'.repeat(2000)}/${'a/'.repeat(900)}x`;
      const start = performance.now();
      for (let i = 0; i < 20; i += 1) expect(pathVerdict(glob, path)).toBe('fails');
      expect(performance.now() - start).toBeLessThan(2000);
    });
  });

  it('is found among others whatever letter is the last of its glob', () => {
    const world = makeWorld();
    world.gate.addRule(rule({}));
    for (const glob of ['/d/*Σ', '/d/q2*', '/d/q3*', '/d/q4*'])
      world.gate.addRule(rule({ effect: 'deny', arguments: [within(glob)] }));
    const says = (path: string): string => inShort(world.gate.decide(question({ args: { path } })));
    expect(['/d/ΑΣ', '/d/ας', '/d/ασ', '/d/Σ', '/d/Α'].map(says)).toEqual([
      'deny:rule',
      'deny:rule',
      'deny:rule',
      'deny:rule',
      'allow:rule',
    ]);
    world.gate.stop();
  });

  it('never takes a path for one within a folder that it leaves, however it is written', () => {
    fc.assert(
      fc.property(somePath, (text) => {
        const path = normalPath(text);
        if (typeof path === 'string') return;
        expect(path.names.every((name) => name !== '' && name !== '.' && name !== '..')).toBe(true);
        expect(pathText(path)).toBe(modelNormal(text) || '/');
        expect(normalPath(pathText(path))).toEqual(path);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('a constraint on text', () => {
  const tricks = [
    ['a zero-width space', 'rea\u200bd'],
    ['a zero-width joiner', 'read\u200d'],
    ['a right-to-left override', '\u202eread'],
    ['an isolate', '\u2066read\u2069'],
    ['a tag character', 'read\u{e0041}'],
    ['a byte order mark', '\ufeffread'],
    ['a soft hyphen', 're\u00adad'],
    ['a variation selector', 'read\ufe0f'],
    ['a no-break space', 'read\u00a0'],
    ['a NUL', 'read\0'],
    ['a line feed', 'read\nrm -rf'],
    ['an escape sequence', 'read\u001b[2K'],

    ['a private character', 'read\ue000'],
    ['characters not composed', 'rea\u0301d'],
    ['a text too long to look at', `read${'x'.repeat(70_000)}`],
  ] as const;
  it.each(tricks)('withstands %s', (_, name) => {
    for (const constraint of [equals('read'), prefix('read'), prefix('r'), equals(name)]) {
      expect(verdict(constraint, { name })).toBe('unclear');
      expect(gateSays('allow', constraint, { name })).toBe('ask');
      expect(gateSays('deny', constraint, { name })).toBe('deny:rule');
    }
  });

  it('withstands half a character', () => {
    const args = { name: 'read\ud800' };
    expect(verdict(equals('read'), args)).toBe('unclear');
    expect(gateSays('allow', prefix('read'), args)).toBe('deny:limits');
    expect(gateSays('deny', equals('read'), args)).toBe('deny:rule');
  });

  it('takes letters that look alike for other letters', () => {
    expect(gateSays('allow', equals('admin'), { name: '\u0430dmin' })).toBe('ask');
    expect(gateSays('allow', prefix('admin'), { name: '\uff41dmin' })).toBe('ask');
  });

  it('allows texts in any script', () => {
    for (const name of ['résumé', '日本語', 'Ελλάδα', 'עברית', '👍']) {
      expect(gateSays('allow', equals(name), { name })).toBe('allow:rule');
      expect(gateSays('allow', prefix(name), { name: `${name}!` })).toBe('allow:rule');
    }
  });

  it('never allows a text with anything hidden in it', () => {
    const hidden = fc.constantFrom(
      '\u200b',
      '\u202e',
      '\u2060',
      '\u{e0061}',
      '\0',
      '\u0085',
      '\u3164',
      '\ufff9',
    );
    fc.assert(
      fc.property(fc.string(), hidden, fc.string(), (before, trick, after) => {
        const name = before + trick + after;
        expect(verdict(equals(name.slice(0, 4000)), { name })).toBe('unclear');
        if (before !== '') expect(verdict(prefix(before), { name })).toBe('unclear');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a place in the arguments', () => {
  const at = (pointer: string, args: Record<string, unknown>): string =>
    verdict({ kind: 'equals', at: pointer, value: 'x' }, args);

  it.each([
    ['/a', '{"a":"x"}', 'holds'],
    ['/a/b/0', '{"a":{"b":["x"]}}', 'holds'],
    ['/a~1b', '{"a/b":"x"}', 'holds'],
    ['/a~0b', '{"a~b":"x"}', 'holds'],
    ['/~01', '{"~1":"x"}', 'holds'],
    ['/', '{"":"x"}', 'holds'],
    ['/a', '{}', 'fails'],
    ['/a/00', '{"a":["x"]}', 'fails'],
    ['/a/-', '{"a":["x"]}', 'fails'],
    ['/a/length', '{"a":["x"]}', 'fails'],
    ['/a/b', '{"a":"x"}', 'unclear'],
    ['/a/b', '{"a":null}', 'unclear'],
    ['', '{"a":"x"}', 'unclear'],
    ['/__proto__', '{"__proto__":"x"}', 'holds'],
    ['/__proto__', '{}', 'fails'],
    ['/constructor/name', '{}', 'fails'],
    ['/toString', '{}', 'fails'],
    ['/a/0/length', '{"a":["x"]}', 'unclear'],
  ])('%j in %s: %s', (pointer, json, expected) => {
    expect(at(pointer, parsed(json))).toBe(expected);
  });
});

describe('a constraint on numbers and sizes', () => {
  const range: Constraint = { kind: 'range', at: '/n', min: -1, max: 10 };
  it.each([
    ['{"n":-1}', 'holds'],
    ['{"n":10}', 'holds'],
    ['{"n":10.5}', 'fails'],
    ['{"n":-0}', 'holds'],
    ['{"n":1e400}', 'unclear'],
    ['{"n":9007199254740993}', 'unclear'],
    ['{"n":"5"}', 'unclear'],
    ['{"n":[5]}', 'unclear'],
    ['{"n":null}', 'unclear'],
    ['{"n":true}', 'unclear'],
    ['{}', 'fails'],
  ])('a range, looking at %s: %s', (json, expected) => {
    expect(verdict(range, parsed(json))).toBe(expected);
  });
  it('does not take what is no number for one', () => {
    expect(verdict(range, { n: Number.NaN })).toBe('unclear');
    expect(verdict(range, { n: 5n })).toBe('unclear');
  });

  it('counts bytes of canonical JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false })), (args) => {
        const size = Buffer.byteLength(canonicalize(args) ?? '');
        expect(verdict({ kind: 'max-size', at: '', bytes: size }, args)).toBe('holds');
        expect(verdict({ kind: 'max-size', at: '', bytes: size - 1 }, args)).toBe('fails');
      }),
    );
  });

  it('withstands oversize arguments', () => {
    const args = { text: 'x'.repeat(3_000_000) };
    expect(gateSays('allow', { kind: 'max-size', at: '', bytes: 1_000_000 }, args)).toBe('ask');
    expect(gateSays('deny', { kind: 'prefix', at: '/text', prefix: 'y' }, args)).toBe('deny:rule');
  });

  it('withstands arguments that are nested deeper than any stack', () => {
    for (const depth of [1000, 10_000, 200_000]) {
      const args = parsed(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`);
      expect(['unclear', 'holds']).toContain(verdict({ kind: 'max-size', at: '', bytes: 1_000_000 }, args));
      expect(verdict({ kind: 'equals', at: `/a${'/0'.repeat(200)}`, value: 'x' }, args)).toBe('unclear');
      const world = makeWorld();
      world.gate.addRule(
        rule({ effect: 'deny', arguments: [{ kind: 'max-size', at: '/a', bytes: 8_000_000 }] }),
      );
      expect(inShort(world.gate.decide(question({ args })))).toBe('deny:rule');
      world.gate.stop();
    }
  });
});

describe('arguments without a canonical form', () => {
  const nested = (levels: number): string => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

  it.each([
    ['128 levels', nested(128), 'allow:rule'],
    ['129 levels', nested(129), 'deny:limits'],
    ['200,000 levels', nested(200_000), 'deny:limits'],
    ['a number that is none', '{"a":[{"b":1e400}]}', 'deny:limits'],
    ['half a character', '{"a":"\\ud800"}', 'deny:limits'],
    ['half a character in a name', '{"a":[{"\\ud800":1}]}', 'deny:limits'],
    ['anything else', '{"a":[null,true,-0.5,"👍",{"b":{}}]}', 'allow:rule'],
  ])('are not run under a rule that allows: %s', (_, json, expected) => {
    const world = makeWorld();
    world.gate.addRule(rule());
    expect(inShort(world.gate.decide(question({ args: parsed(json) })))).toBe(expected);
    expect(inShort(world.gate.decide(question({ args: parsed(json), trust: 'blocked' })))).toBe(
      'deny:blocked',
    );
    world.gate.stop();
  });
});

it('constraints say what a small model of them says', () => {
  const said = { holds: 'yes', fails: 'no', unclear: 'unclear' } as Record<string, string>;
  fc.assert(
    fc.property(someConstraint, someArgs, (constraint, args) => {
      expect(said[verdict(constraint, args)]).toBe(modelMeets(constraint, args));
    }),
    { numRuns: 10_000 },
  );
}, 60_000);

it('what is unclear only tightens: a rule never lets more through than without its unclear constraints', () => {
  const strict = { 'allow:rule': 0, ask: 1, 'deny:rule': 2 } as Record<string, number>;
  fc.assert(
    fc.property(fc.array(someConstraint, { minLength: 1, maxLength: 3 }), someArgs, (list, args) => {
      if (!list.some((one) => verdict(one, args) === 'unclear')) return;
      for (const effect of ['allow', 'ask', 'deny'] as const) {
        const world = makeWorld();
        world.gate.addRule(rule({ effect, arguments: list }));
        const result = strict[inShort(world.gate.decide(question({ args })))] ?? 9;
        expect(result).toBeGreaterThanOrEqual(1);
        world.gate.stop();
      }
    }),
    { numRuns: 2000 },
  );
}, 60_000);
