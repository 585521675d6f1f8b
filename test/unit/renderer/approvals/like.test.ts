import { expect, test } from 'vitest';
import { differingArguments, isLike, isOpen } from '../../../../renderer/approvals/like.ts';
import { argumentsOf, holdsHidden } from '../../../../renderer/approvals/whole-arguments.ts';
import { waitingNow } from '../../../../renderer/approvals/waiting-now.ts';
import { anApproval } from '../../../fixtures/fake-host.ts';

const argument = (name: string, preview: string, length = preview.length) => ({ name, preview, length });

test('like are calls of one peer to one tool', () => {
  const one = anApproval('id-a');
  expect(isLike(one, anApproval('id-b'))).toBe(true);
  expect(isLike(one, { ...anApproval('id-b'), tool: 'other' })).toBe(false);
  expect(isLike(one, { ...anApproval('id-b'), direction: 'out' })).toBe(false);
});

test('they differ in what is not the same, and wherever the difference may hide behind a cut', () => {
  const first = {
    ...anApproval('id-a'),
    arguments: [argument('p', '"x"'), argument('q', '1'), argument('r', 'ab', 5000)],
  };
  const second = {
    ...anApproval('id-b'),
    arguments: [argument('p', '"y"'), argument('q', '1'), argument('r', 'ab', 5000)],
  };
  expect(differingArguments([first, second])).toEqual(['p', 'r']);
  expect(differingArguments([first, { ...second, arguments: [] }])).toEqual(['p', 'q', 'r']);
});

test('what is answered or put off does not wait now', () => {
  const now = Date.now();
  const open = anApproval('id-a');
  const answered = { ...anApproval('id-b'), answered: { kind: 'deny', at: now } };
  const putOff = { ...anApproval('id-c'), laterUntil: now + 60_000 };
  const back = { ...anApproval('id-d'), laterUntil: now - 1 };
  expect([open, answered, putOff, back].map((one) => isOpen(one, now))).toEqual([true, false, false, true]);
  const approvals = Object.fromEntries([open, answered, putOff, back].map((one) => [one.id, one]));
  expect(waitingNow({ approvals, reviews: {} })).toEqual(['id-a', 'id-d']);
});

test('hidden characters are found in names and values, raw and as escapes of JSON', () => {
  expect(holdsHidden(argument('a', '"plain ü 字"'))).toBe(false);
  expect(holdsHidden(argument('a', '"\u202E"'))).toBe(true);
  expect(holdsHidden(argument('a\u200B', '1'))).toBe(true);
  expect(holdsHidden(argument('a', JSON.stringify('\u001B[2J')))).toBe(true);
  expect(holdsHidden(argument('a', JSON.stringify('line\nline\ttab')))).toBe(false);
});

test('arguments are found by their own names, whatever these are', () => {
  const found = argumentsOf('{"__proto__":1,"constructor":2}');
  expect([found.get('__proto__'), found.get('constructor'), found.get('toString')]).toEqual([
    1,
    2,
    undefined,
  ]);
});
