import { expect, it } from 'vitest';
import { nestsDeeperThan } from '../../../../../../main/host/network/websocket/nesting.ts';

it('counts brackets, and not those in strings', () => {
  expect(nestsDeeperThan('[[[1],2],{"a":[]}]', 3)).toBe(false);
  expect(nestsDeeperThan('[[[[1]]]]', 3)).toBe(true);
  expect(nestsDeeperThan('["[[[[", "\\"[[[[", "\\\\"]', 1)).toBe(false);
  expect(nestsDeeperThan('["\\\\",[[1]]]', 2)).toBe(true);
});

it('takes a megabyte of brackets, quotes or backslashes in its stride', () => {
  const million = 1_000_000;
  expect(nestsDeeperThan('['.repeat(million), 64)).toBe(true);
  expect(nestsDeeperThan(`"${'\\"'.repeat(million / 2)}"`, 64)).toBe(false);
  expect(nestsDeeperThan(`"${'\\'.repeat(million)}`, 64)).toBe(false);
});
