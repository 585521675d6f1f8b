import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blackOut } from '../../../../renderer/reviews/black-out.ts';

const select = (json: string, part: string): string => {
  const at = json.indexOf(part);
  return blackOut(json, at, at + part.length);
};

test('the selected part of a text is black, and nothing else', () => {
  const json = JSON.stringify({ text: 'The code is 4711.' }, null, 2);
  expect(JSON.parse(select(json, '4711'))).toEqual({ text: 'The code is ████.' });
});

test('names, numbers and what holds it together stay', () => {
  const json = JSON.stringify({ key: ['a', 12, true] });
  expect(JSON.parse(blackOut(json, 0, json.length))).toEqual({ key: ['█', 12, true] });
});

test('an escape is blacked out as a whole; line breaks stay', () => {
  const json = '{"t":"a\\u202eb\\nc\\"d"}';
  const at = json.indexOf('202e');
  expect(JSON.parse(blackOut(json, at, at + 1))).toEqual({ t: 'a█b\nc"d' });
  expect(JSON.parse(blackOut(json, 0, json.length))).toEqual({ t: '███\n███' });
});

test('whatever is selected, it stays JSON of the same shape', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(400), fc.nat(400), (value, from, length) => {
      const json = JSON.stringify({ value }, null, 2);
      const before: unknown = JSON.parse(json);
      const shape = (entry: unknown): unknown =>
        typeof entry === 'string'
          ? 'text'
          : Array.isArray(entry)
            ? entry.map(shape)
            : typeof entry === 'object' && entry !== null
              ? Object.entries(entry).map(([name, inner]) => [name, shape(inner)])
              : entry;
      expect(shape(JSON.parse(blackOut(json, from, from + length)))).toEqual(shape(before));
    }),
  );
});
