import { describe, expect, test } from 'vitest';
import { inheritedEnvironment } from '../../../../../main/host/agents/environment.ts';
import { LogRing } from '../../../../../main/host/agents/log-ring.ts';
import { keepSecrets, maskSource, sourceDigest } from '../../../../../main/host/agents/source.ts';
import { AgentSource } from '../../../../../shared/agents.ts';

const stdio = (env: Record<string, string>, args: string[] = []): AgentSource =>
  AgentSource.parse({ kind: 'stdio', command: 'run', args, env, cwd: null });
const http = (headers: Record<string, string>): AgentSource =>
  AgentSource.parse({ kind: 'http', url: 'https://example.org/mcp', headers });

describe('the digest of a source', () => {
  test('covers everything, secret values too', () => {
    const digests = [
      stdio({}),
      stdio({ A: '1' }),
      stdio({ A: '2' }),
      stdio({}, ['x']),
      http({}),
      http({ A: '1' }),
    ];
    expect(new Set(digests.map(sourceDigest)).size).toBe(digests.length);
  });

  test('does not depend on the order of variables', () => {
    expect(sourceDigest(stdio({ A: '1', B: '2' }))).toBe(sourceDigest(stdio({ B: '2', A: '1' })));
  });
});

describe('secret values', () => {
  test('are shown as •', () => {
    expect(maskSource(stdio({ A: 'secret' }))).toMatchObject({ env: { A: '•' } });
    expect(maskSource(http({ Authorization: 'secret' }))).toMatchObject({ headers: { Authorization: '•' } });
  });

  test('are kept where they come back as •, and replaced where they do not', () => {
    expect(keepSecrets(stdio({ A: '•', B: 'new' }), stdio({ A: 'a', B: 'b', C: 'c' }))).toMatchObject({
      env: { A: 'a', B: 'new' },
    });
    expect(keepSecrets(http({ X: '•' }), http({ X: 'x' }))).toMatchObject({ headers: { X: 'x' } });
  });

  test('are never made up, nor taken from another kind of source', () => {
    expect(() => keepSecrets(stdio({ A: '•' }), null)).toThrow(
      'There is no stored value for the variable A.',
    );
    expect(() => keepSecrets(http({ A: '•' }), stdio({ A: 'a' }))).toThrow(/header A/);
    expect(() => keepSecrets(stdio({ toString: '•' }), stdio({}))).toThrow(/toString/);
  });
});

describe('the inherited environment', () => {
  test('is small', () => {
    const from = {
      PATH: '/bin',
      HOME: '/home/ada',
      LANG: 'C',
      LC_TIME: 'C',
      TZ: 'UTC',
      AWS_SECRET_ACCESS_KEY: 'x',
      NODE_OPTIONS: '--x',
      LD_PRELOAD: '/x',
      SHELL: '() { :; }',
      USER: undefined,
    };
    expect(inheritedEnvironment(from, 'linux')).toEqual({
      PATH: '/bin',
      HOME: '/home/ada',
      LANG: 'C',
      LC_TIME: 'C',
      TZ: 'UTC',
    });
  });

  test('has on Windows what programs need there, however it is written', () => {
    const from = { Path: 'C:\\x', SystemRoot: 'C:\\Windows', 'ProgramFiles(x86)': 'C:\\y', SECRET: 'x' };
    expect(Object.keys(inheritedEnvironment(from, 'win32'))).toEqual([
      'Path',
      'SystemRoot',
      'ProgramFiles(x86)',
    ]);
  });
});

describe('the logs', () => {
  test('keep the last lines, each cut', () => {
    const ring = new LogRing(3, 10);
    for (const text of ['a', 'b', 'c', 'x'.repeat(25)]) ring.add('stderr', text);
    expect(ring.list().map((line) => line.text)).toEqual(['b', 'c', 'xxxxxxxxxx… (15 more characters)']);
  });
});
