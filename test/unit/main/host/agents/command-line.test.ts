import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { commandLineOf, quoteWord } from '../../../../../main/host/agents/command-line.ts';
import { AgentSource } from '../../../../../shared/agents.ts';

const stdio = (command: string, args: string[], more: Record<string, unknown> = {}): AgentSource =>
  AgentSource.parse({ kind: 'stdio', command, args, env: {}, cwd: null, ...more });

describe('a command line is shown so that nothing in it can be mistaken', () => {
  test.each([
    ['npx', 'npx'],
    ['@scope/name@1.2.3', '@scope/name@1.2.3'],
    ['', "''"],
    ['two words', "'two words'"],
    ["it's", String.raw`'it'\''s'`],
    ['a=b', "'a=b'"],
    ['$(rm -rf /)', "'$(rm -rf /)'"],
    ['•', "'•'"],
    ['naïve', "'naïve'"],
    ['line\nbreak', String.raw`$'line\nbreak'`],
    ['tab\tand\\', String.raw`$'tab\tand\\'`],
    ['\u0007bell', String.raw`$'\u0007bell'`],
    ['zero\u200bwidth', String.raw`$'zero\u200bwidth'`],
    ['\u202egnp.exe', String.raw`$'\u202egnp.exe'`],
    ['no-break\u00a0space', String.raw`$'no-break\u00a0space'`],
    ['tag\u{e0041}', String.raw`$'tag\U000e0041'`],
    ['filler\u3164', String.raw`$'filler\u3164'`],
    ['\ud800lone', String.raw`$'\ud800lone'`],
  ])('%j is shown as %s', (word, shown) => {
    expect(quoteWord(word)).toBe(shown);
  });

  test('with the folder, the names of variables and every argument', () => {
    const source = stdio('npx', ['-y', 'a b'], { env: { TOKEN: 'hidden', PATH: '/bin' }, cwd: '/my files' });
    expect(commandLineOf(source)).toBe("cd '/my files' && TOKEN=• PATH=• npx -y 'a b'");
  });

  test('different commands never look the same', () => {
    const lines = [
      stdio('A=•', ['b']),
      stdio('b', [], { env: { A: 'x' } }),
      stdio('cd', ['x', '&&', 'b']),
      stdio('b', [], { cwd: 'x' }),
      stdio('a', ['b c']),
      stdio('a', ['b', 'c']),
      stdio("a 'b", ["c'"]),
      stdio('a', ['b\n']),
      stdio('a', [String.raw`b\n`]),
      stdio('a', [String.raw`$'b\n'`]),
    ].map(commandLineOf);
    expect(new Set(lines).size).toBe(lines.length);
  });

  test.skipIf(process.platform === 'win32')('a shell reads it as the same words', () => {
    const words = ['two words', "it's", '$HOME `id`', 'a\\b', '"', '*', ';', "'\\''", '-n'];
    const echo = `printf '%s\\0' ${words.map(quoteWord).join(' ')}`;
    expect(execFileSync('/bin/sh', ['-c', echo], { encoding: 'utf8' })).toBe(
      words.map((word) => `${word}\0`).join(''),
    );
  });

  test('an address is shown in its plain form, with the names of its headers', () => {
    const headers = { Authorization: 'Bearer hidden' };
    const source = AgentSource.parse({ kind: 'http', url: 'http://exämple.org/a path', headers });
    expect(commandLineOf(source)).toBe('http://xn--exmple-cua.org/a%20path with Authorization: •');
  });
});
