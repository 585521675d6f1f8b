import { expect, test } from 'vitest';
import { cutText } from '../../../../main/host/cut-text.ts';

test.each([
  ['short', 10, 'short'],
  ['abcdef', 3, 'abc'],
  ['ab😀', 3, 'ab\ufffd'],
  ['ab😀', 4, 'ab😀'],
  ['a\udc00b', 10, 'a\ufffdb'],
  ['', 5, ''],
])('the text %j, cut at %i, is %j', (text, length, cut) => {
  expect(cutText(text, length)).toBe(cut);
});
