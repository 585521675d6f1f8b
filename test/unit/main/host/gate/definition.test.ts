import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import { definitionDifference } from '../../../../../main/host/gate/definition-difference.ts';
import { allowOnce, DefinitionDifference } from '../../../../../shared/gate.ts';
import { makeWorld, pinA, type World } from './setup.ts';
import { answer, ask, theQuestion } from './asking.ts';

const textOf = (definition: unknown): string => canonicalize(definition) ?? '';
const pinOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const tool = (description: string, more = {}): string =>
  textOf({ name: 'add', description, inputSchema: { type: 'object' }, ...more });
const askFor = (world: World, definition: string) =>
  ask(world, { pin: pinOf(definition), definition: () => definition });
const changed = (lines: DefinitionDifference['lines']): string[] =>
  (lines ?? []).filter(({ kind }) => kind !== 'same').map(({ kind, text }) => `${kind} ${text.trim()}`);

describe('the definition of a tool', () => {
  it('is kept when it is first granted, and compared with the one that is asked about later', () => {
    const world = makeWorld();
    const before = tool('Adds a note.');
    askFor(world, before);
    answer(world, allowOnce);
    expect(world.pinned.get('notes/add')).toEqual({
      pin: pinOf(before),
      definition: before,
      at: world.clock.wall,
    });
    askFor(world, tool('Adds a note, and sends it.', { annotations: { readOnlyHint: true } }));
    const { id, toolChanged } = theQuestion(world);
    expect(toolChanged).toBe(true);
    const difference = DefinitionDifference.parse(world.gate.definition(id));
    expect(difference.grantedAt).toBe(world.clock.wall);
    expect(changed(difference.lines).toSorted()).toEqual([
      'added "annotations": {',
      'added "description": "Adds a note, and sends it.",',
      'added "readOnlyHint": true',
      'added },',
      'removed "description": "Adds a note.",',
    ]);
    world.gate.stop();
  });

  it('is the one that was granted anew, with the time of that', () => {
    const world = makeWorld();
    for (const text of [tool('one'), tool('two')]) {
      askFor(world, text);
      answer(world, { kind: 'allow-always', limits: null });
      world.clock.wall += 1000;
    }
    askFor(world, tool('three'));
    expect(changed(world.gate.definition(theQuestion(world).id).lines)).toEqual([
      'removed "description": "two",',
      'added "description": "three",',
    ]);
    world.gate.stop();
  });

  it('that was granted without being kept is kept at the next grant; when it was first granted stays', () => {
    const world = makeWorld();
    const text = tool('one');
    world.pins.set('notes/add', pinOf(text));
    world.pinned.set('notes/add', { pin: pinOf(text), definition: null, at: 5 });
    askFor(world, text);
    answer(world, allowOnce);
    expect(world.pinned.get('notes/add')).toEqual({ pin: pinOf(text), definition: text, at: 5 });
    world.gate.stop();
  });

  it('that is not the one of the pin is neither kept nor shown', () => {
    const world = makeWorld();
    ask(world, { definition: () => tool('another') });
    answer(world, allowOnce);
    expect(world.pinned.get('notes/add')).toMatchObject({ pin: pinA, definition: null });
    world.pinned.set('notes/add', { pin: pinA, definition: tool('one'), at: 1 });
    ask(world, { pin: pinOf('x'), definition: () => tool('two') });
    expect(world.gate.definition(theQuestion(world).id)).toEqual({ lines: null, grantedAt: 1 });
    world.gate.stop();
  });

  it('of an agent elsewhere is not compared with one of ours', () => {
    const world = makeWorld();
    world.pins.set('notes/add', pinA);
    ask(world, { direction: 'out', path: 'legacy' });
    expect(world.gate.definition(theQuestion(world).id)).toEqual({ lines: null, grantedAt: null });
    world.gate.stop();
  });
});

describe('a difference', () => {
  it('shows a text of many lines line by line', () => {
    const description = (second: string): string =>
      ['First.', second, String.raw`C:\new`, 'Last.'].join('\n');
    const lines = definitionDifference(tool(description('Second.')), tool(description('Changed.')));
    expect(changed(lines)).toEqual([String.raw`removed Second.\n`, String.raw`added Changed.\n`]);
    expect(lines.map(({ text }) => text)).toContain(String.raw`C:\\new\n`);
  });

  it('loses nothing: the lines of each side are the whole definition', () => {
    const [before, now] = [tool('a\nb', { x: [1, 2, 3] }), tool('b\nc', { x: [2, 3, 4], y: null })];
    const lines = definitionDifference(before, now);
    const side = (without: string): string =>
      lines
        .flatMap(({ kind, text }) => (kind === without ? [] : [text]))
        .join('')
        .replaceAll(/ {2,}/gu, '');
    const flat = (text: string): string => JSON.stringify(JSON.parse(text), null, 1).replaceAll(/\n */gu, '');
    expect(side('added')).toBe(flat(before));
    expect(side('removed')).toBe(flat(now));
  });

  it('of very long definitions takes little time and counts what it leaves out', () => {
    const long = (seed: number): string =>
      textOf({ list: Array.from({ length: 60_000 }, (_, at) => (at * 7919 + seed) % 100_003) });
    const began = performance.now();
    const lines = definitionDifference(long(1), long(2));
    expect(performance.now() - began).toBeLessThan(2000);
    expect(lines.length).toBeLessThan(10_010);
    expect(lines.filter(({ text }) => text.startsWith('… and 55004 more lines'))).toHaveLength(2);
  });
});
