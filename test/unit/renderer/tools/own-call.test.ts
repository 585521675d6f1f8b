import { expect, test } from 'vitest';
import { changedWords, endedWords, newestCall, ownCall } from '../../../../renderer/tools/own-call.ts';
import { aCall, somePeerId } from '../../../fixtures/views.ts';

const target = { peerId: somePeerId, agent: 'everything', tool: 'echo' };
const ours = (id: number, patch = {}) => aCall(id, { direction: 'out', ...patch });

test('the call is the first of ours to that tool since it was begun', () => {
  const calls = Object.fromEntries(
    [ours(1), aCall(2), ours(3, { tool: 'other' }), ours(4), ours(5)].map((call) => [call.id, call]),
  );
  expect(newestCall(calls)).toBe(5);
  expect(newestCall({})).toBe(0);
  expect(ownCall(calls, target, 1)?.id).toBe(4);
  expect(ownCall(calls, target, 5)).toBeUndefined();
});

test('denied, expired, over budget and busy are told apart', () => {
  const ended = (errorCode: number) =>
    endedWords(
      ours(1, {
        status: 'refused',
        errorCode,
        error: 'Because.',
        decision: { effect: 'deny', by: 'theirs', ruleId: null },
      }),
    );
  expect(ended(-32_060)).toEqual({ tone: 'bad', title: 'Denied', text: 'Because.' });
  expect(ended(-32_061)?.title).toBe('Nobody answered in time');
  expect(ended(-32_061)?.text).toContain('It was not denied, and did not run.');
  expect(ended(-32_062)?.title).toBe('Your budget there is used up');
  expect(ended(-32_065)?.title).toBe('They take no more calls now');
});

test('a lost answer that can still be asked for is no failure yet', () => {
  expect(endedWords(ours(1, { status: 'failed', redeemable: true, error: 'x' }))?.title).toBe(
    'The link was lost before the answer came',
  );
  expect(endedWords(ours(1, { status: 'failed', error: 'x' }))).toMatchObject({
    title: 'It failed',
    text: 'x',
  });
  expect(endedWords(ours(1, { status: 'interrupted', error: null }))?.text).toContain('unknown');
});

test('what runs, or was answered, has not ended badly', () => {
  for (const status of ['received', 'waiting', 'running', 'reviewing', 'answered'] as const)
    expect(endedWords(ours(1, { status }))).toBeNull();
});

test('what was changed is said', () => {
  expect(changedWords(ours(1))).toBeNull();
  expect(changedWords(ours(1, { changed: 'arguments' }))).toContain('changed the arguments before it ran');
  expect(changedWords(ours(1, { changed: 'result' }))).toContain('changed the answer before it left');
  expect(changedWords(ours(1, { changed: 'both' }))).toContain('and the answer');
});
