import { expect, test } from 'vitest';
import {
  allowances,
  answeredWords,
  lastsLonger,
  limitsOf,
  pendingWords,
} from '../../../../renderer/approvals/answers.ts';
import { Answer } from '../../../../shared/gate.ts';
import { anApproval } from '../../../fixtures/fake-host.ts';

test('every allowance is an answer of the contract, with limits and without', () => {
  for (const { answer } of allowances) {
    expect(Answer.safeParse(answer(null)).success).toBe(true);
    expect(Answer.safeParse(answer(limitsOf(3, null))).success).toBe(true);
  }
  expect(limitsOf(null, null)).toBeNull();
  expect(limitsOf(3, 20)).toEqual({
    hour: { calls: 3, bytes: null, seconds: null },
    day: { calls: 20, bytes: null, seconds: null },
  });
});

test('nothing is allowed for longer over a legacy link, nor for a call of ours', () => {
  expect(lastsLonger(anApproval('id-a'))).toBe(true);
  expect(lastsLonger({ ...anApproval('id-a'), path: 'legacy' })).toBe(false);
  expect(lastsLonger({ ...anApproval('id-a'), direction: 'out' })).toBe(false);
});

test('an answer says what it was, and what comes of it when', () => {
  expect(answeredWords('deny-and-block')).toBe('Denied and blocked');
  expect(answeredWords('toString')).toBe('Answered');
  expect(pendingWords('allow-once', 2100)).toBe('Runs in 3 s');
  expect(pendingWords('deny', 900)).toBe('Told in 1 s');
  expect(pendingWords('allow-for', -5)).toBe('Runs now');
});
