import { createRouterClient } from '@orpc/server';
import { expect, it } from 'vitest';
import { waitingQuestions } from '../../../../main/demo/waiting-questions.ts';
import { anApproval, FakeHost } from '../../../fixtures/fake-host.ts';

it('leaves to a person what is asked over a legacy link, each question once', async () => {
  const fake = new FakeHost();
  const approvals = {
    own: { ...anApproval('own-q'), direction: 'out', path: 'legacy' },
    legacy: { ...anApproval('leg-q'), path: 'legacy' },
    first: anApproval('q1-a'),
  } as const;
  fake.state = { ...fake.state, approvals };
  const ended = new AbortController();
  const seen: string[] = [];
  for await (const { id } of waitingQuestions(
    createRouterClient(fake.router, { context: {} }),
    ended.signal,
  )) {
    seen.push(id);
    if (id === 'q2-b') break;
    fake.change({ of: 'approvals', id: 'q2-b', value: anApproval('q2-b') });
  }
  ended.abort();
  expect(seen).toEqual(['q1-a', 'q2-b']);
});
