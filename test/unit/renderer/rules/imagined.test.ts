import { expect, it } from 'vitest';
import { readImagined } from '../../../../renderer/rules/imagined.ts';
import { placesIn } from '../../../../renderer/rules/use-own-tools.ts';
import { fakePeerId } from '../../../fixtures/lively/fake-ids.ts';

const form = { peerId: fakePeerId(1), agent: 'files', tool: 'read', arguments: '{"path":"/a"}', at: '' };

it('reads a call, now or at a time', () => {
  expect(readImagined(form).call).toEqual({
    peerId: fakePeerId(1),
    agent: 'files',
    tool: 'read',
    arguments: { path: '/a' },
  });
  expect(readImagined({ ...form, arguments: ' ', at: '2026-11-23T22:00' }).call).toMatchObject({
    arguments: {},
    at: new Date(2026, 10, 23, 22).getTime(),
  });
});

it('says what is wrong with each field', () => {
  expect(readImagined({ ...form, tool: '', arguments: '[1]' }).errors).toEqual({
    tool: 'Name the tool.',
    arguments: 'The arguments of a call are one object: { … }.',
  });
  expect(readImagined({ ...form, arguments: '{' }).errors.arguments).toMatch(/^This is not JSON/);
  expect(readImagined({ ...form, agent: 'a b' }).errors.agent).toMatch(/agent name/);
});

it('names the places of a schema as pointers, two levels deep, and no more than some', () => {
  const schema = {
    properties: { path: {}, 'a/b': { properties: { 'c~d': { properties: { deep: {} } } } } },
  };
  expect(placesIn(schema)).toEqual(['/path', '/a~1b', '/a~1b/c~0d']);
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`p${index}`, {}]));
  expect(placesIn({ properties: many })).toHaveLength(100);
  expect(placesIn(null)).toEqual([]);
});
