import { expect, it } from 'vitest';
import { Landings } from '../../../../main/endpoint/landings.ts';

const MINUTE = 60_000;
const ours = (): Promise<boolean> => Promise.resolve(true);
const another = (): Promise<boolean> => Promise.resolve(false);

it('knows the printed one for as long as it runs, and no other run’s', async () => {
  let now = 0;
  const landings = new Landings('a token', () => now);
  now = 1000 * MINUTE;
  expect(await landings.redeem(landings.printed, ours)).toBe('fine');
  expect(await landings.redeem(landings.printed, ours)).toBe('fine');
  expect(await landings.redeem('a token', ours)).toBe('unknown');
  expect(await landings.redeem('', ours)).toBe('unknown');
  expect(await new Landings('another token').redeem(landings.printed, ours)).toBe('unknown');
});

it('takes one for once a single time, and tells whoever comes second', async () => {
  const landings = new Landings('a token', () => 0);
  const token = landings.issueOnce();
  expect(landings.issueOnce()).not.toBe(token);
  expect(await landings.redeem(token, ours)).toBe('fine');
  expect(await landings.redeem(token, ours)).toBe('used');
});

it('takes one for once within ten minutes', async () => {
  let now = 0;
  const landings = new Landings('a token', () => now);
  const [first, second] = [landings.issueOnce(), landings.issueOnce()];
  now = 10 * MINUTE;
  expect(await landings.redeem(first, ours)).toBe('fine');
  now += 1;
  expect(await landings.redeem(second, ours)).toBe('unknown');
});

it('holds sixteen at most', async () => {
  const landings = new Landings('a token');
  const tokens = Array.from({ length: 17 }, () => landings.issueOnce());
  expect(await landings.redeem(tokens[0] ?? '', ours)).toBe('unknown');
  for (const token of tokens.slice(1)) expect(await landings.redeem(token, ours)).toBe('fine');
});

it('does not let another account use up what works once; the printed one is not asked about', async () => {
  const landings = new Landings('a token');
  const token = landings.issueOnce();
  expect(await landings.redeem(token, another)).toBe('unknown');
  expect(await landings.redeem(token, ours)).toBe('fine');
  expect(await landings.redeem(landings.printed, another)).toBe('fine');
});

it('takes two who come at the same moment for two', async () => {
  const landings = new Landings('a token');
  const token = landings.issueOnce();
  const both = [landings.redeem(token, ours), landings.redeem(token, ours)];
  expect((await Promise.all(both)).toSorted()).toEqual(['fine', 'used']);
});
