import { expect, it } from 'vitest';
import { Landings } from '../../../../main/endpoint/landings.ts';

const MINUTE = 60_000;

it('knows the printed one for as long as it runs, and no other run’s', () => {
  let now = 0;
  const landings = new Landings('a token', () => now);
  now = 1000 * MINUTE;
  expect(landings.redeem(landings.printed)).toBe('fine');
  expect(landings.redeem(landings.printed)).toBe('fine');
  expect(landings.redeem('a token')).toBe('unknown');
  expect(landings.redeem('')).toBe('unknown');
  expect(new Landings('another token').redeem(landings.printed)).toBe('unknown');
});

it('takes one for once a single time, and tells whoever comes second', () => {
  const landings = new Landings('a token', () => 0);
  const token = landings.issueOnce();
  expect(landings.issueOnce()).not.toBe(token);
  expect(landings.redeem(token)).toBe('fine');
  expect(landings.redeem(token)).toBe('used');
});

it('takes one for once within ten minutes', () => {
  let now = 0;
  const landings = new Landings('a token', () => now);
  const [first, second] = [landings.issueOnce(), landings.issueOnce()];
  now = 10 * MINUTE;
  expect(landings.redeem(first)).toBe('fine');
  now += 1;
  expect(landings.redeem(second)).toBe('unknown');
});

it('holds sixteen at most', () => {
  const landings = new Landings('a token');
  const tokens = Array.from({ length: 17 }, () => landings.issueOnce());
  expect(landings.redeem(tokens[0] ?? '')).toBe('unknown');
  expect(tokens.slice(1).map((token) => landings.redeem(token))).toEqual(Array(16).fill('fine'));
});
