import { describe, expect, it } from 'vitest';
import { contract } from '../../../shared/contract.ts';
import { allowOnce, denyOnce, type Answer } from '../../../shared/gate.ts';

const problemsOf = async (answer: Answer): Promise<readonly string[]> => {
  const schema = contract.approvals.answerMany['~orpc'].inputSchema;
  const questions = [{ id: 'question1', digest: 'ab'.repeat(32) }];
  const { issues } = (await schema?.['~standard'].validate({ questions, answer })) ?? {};
  return (issues ?? []).map(({ message }) => message);
};

describe('an answer to several questions', () => {
  it.each([allowOnce, denyOnce, { kind: 'later', minutes: 5 } as const])('may be $kind', async (answer) => {
    expect(await problemsOf(answer)).toEqual([]);
  });

  it('has no changed arguments, which are those of one call', async () => {
    expect(await problemsOf({ kind: 'allow-once', edited: '{}' })).toEqual([
      expect.stringContaining('Changed arguments are for one call'),
    ]);
  });
});
