import { describe, expect, it } from 'vitest';
import { emptyForm, readForm } from '../../../../renderer/agents/agent-form.ts';
import {
  formatPairs,
  joinCommandLine,
  parsePairs,
  splitCommandLine,
} from '../../../../renderer/agents/command-line.ts';

const words = (line: string): readonly string[] => {
  const split = splitCommandLine(line);
  if (!split.ok) throw new Error(split.error);
  return split.words;
};

describe('a command line', () => {
  it.each([
    ['npx -y  server /home/me', ['npx', '-y', 'server', '/home/me']],
    ['node "my file.js" \'a "b"\'', ['node', 'my file.js', 'a "b"']],
    ['a\\ b c', ['a b', 'c']],
    ['C:\\tools\\run.exe --x', ['C:\\tools\\run.exe', '--x']],
    ['x "" y', ['x', '', 'y']],
    ['echo $HOME `id` *', ['echo', '$HOME', '`id`', '*']],
    ['', []],
  ])('%s has the words %j', (line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  it('says where a quote is not closed', () => {
    expect(splitCommandLine('a "b')).toEqual({ ok: false, error: 'A quote (") is opened and not closed.' });
  });

  it('comes back the same after being joined', () => {
    const hard = ['C:\\a b\\c', 'say "hi"', '', "it's", 'back\\', 'tab\there', 'a\\ b'];
    expect(words(joinCommandLine(hard))).toEqual(hard);
  });
});

describe('environment and headers', () => {
  it('are one a line; a value may hold the separator', () => {
    expect(parsePairs('A=1\n\nB=x=y', '=')).toEqual({ pairs: { A: '1', B: 'x=y' }, error: null });
    expect(parsePairs(formatPairs({ Authorization: 'Bearer a:b' }, ':'), ':').pairs).toEqual({
      Authorization: 'Bearer a:b',
    });
    expect(parsePairs('nonsense', '=').error).toContain('nonsense');
  });
});

describe('the form of an agent', () => {
  it('puts each error with its field', () => {
    const read = readForm({ ...emptyForm, name: 'has spaces', commandLine: '', env: 'no' });
    expect(Object.keys(read.errors ?? {}).toSorted()).toEqual(['commandLine', 'env', 'name']);
  });

  it('reads a program and an address', () => {
    expect(readForm({ ...emptyForm, name: 'a', commandLine: 'node x.js', env: 'A=1' }).spec).toMatchObject({
      source: { kind: 'stdio', command: 'node', args: ['x.js'], env: { A: '1' }, cwd: null },
    });
    expect(
      readForm({ ...emptyForm, kind: 'http', name: 'a', url: 'http://127.0.0.1:3/mcp' }).errors,
    ).toBeNull();
    expect(readForm({ ...emptyForm, kind: 'http', name: 'a', url: 'file:///x' }).errors).toHaveProperty(
      'url',
    );
  });
});
