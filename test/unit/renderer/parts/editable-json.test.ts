import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editableJson, readEdited } from '../../../../renderer/parts/editable-json.ts';

test('what would hide or reorder stands as an escape, and means the same', () => {
  const value = { 'a\u200B': 'x\u202Ey', tag: '\u{E0041}', ok: 'ü 字' };
  const text = editableJson(value);
  expect(text).toContain('\\u202e');
  expect(text).toContain('\\udb40\\udc41');
  expect(text).toContain('ü 字');
  expect(JSON.parse(text)).toEqual(value);
});

test('any value comes back as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (value) => {
      expect(JSON.stringify(JSON.parse(editableJson(value)))).toBe(JSON.stringify(value));
    }),
  );
});

test('only an object is taken', () => {
  expect(readEdited('{"a":1}')).toEqual({ ok: true, value: { a: 1 } });
  for (const text of ['', '[1]', 'null', '1', '{']) expect(readEdited(text)).toMatchObject({ ok: false });
  expect(readEdited(`"${'a'.repeat(1_048_577)}"`)).toEqual({
    ok: false,
    problem: 'This is longer than 1 MiB.',
  });
});
