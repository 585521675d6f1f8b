import { expect, test } from 'vitest';
import { Strangers } from '../../../../../main/host/calls/strangers.ts';
import { PeerId } from '../../../../../shared/ids.ts';

const HOUR_MS = 60 * 60 * 1000;
const letters = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const stranger = (n: number): PeerId =>
  PeerId.parse(
    `12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iD${letters[Math.floor(n / 58)]}${letters[n % 58]}`,
  );

test('ten refused calls of one peer are recorded in an hour, then again', () => {
  let now = 0;
  const strangers = new Strangers(() => now);
  const record = (): boolean => strangers.mayRecord(stranger(1));
  expect(Array.from({ length: 12 }, record)).toEqual([...Array<boolean>(10).fill(true), false, false]);
  now = HOUR_MS + 1;
  expect(record()).toBe(true);
});

test('new names do not help: all of them together are recorded two hundred times', () => {
  const strangers = new Strangers(() => 0);
  let recorded = 0;
  for (let n = 0; n < 60; n += 1)
    for (let i = 0; i < 10; i += 1) if (strangers.mayRecord(stranger(n))) recorded += 1;
  expect(recorded).toBe(200);
});

test('one that goes on asking gets no more answers for the rest of the hour', () => {
  const strangers = new Strangers(() => 0);
  const answers = Array.from({ length: 70 }, () => strangers.mayAsk(stranger(1)));
  expect(answers.filter(Boolean)).toHaveLength(64);
  expect(strangers.mayAsk(stranger(2))).toBe(true);
});
