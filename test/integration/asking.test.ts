import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allowOnce, type Answer, type ApprovalView } from '../../shared/gate.ts';
import { AgentName } from '../../shared/ids.ts';
import { plainRule } from '../../shared/rules.ts';
import { TestHost } from '../fixtures/test-host.ts';

/** What a person answers at one host, and what comes of it at another. */
let a: TestHost;
let b: TestHost;
const agent = AgentName.parse('plain');

beforeAll(async () => {
  [a, b] = await Promise.all([TestHost.start('Ada'), TestHost.start('Ben')]);
  await b.client.peers.dial({ address: a.address() });
  await a.until('the caller', (state) => state.peers[b.peerId]);
  await a.client.contacts.accept({ peerId: b.peerId });
  await a.addAgent(agent, {
    kind: 'stdio',
    command: process.execPath,
    args: [fileURLToPath(new URL('../fixtures/agents/answers-plainly.ts', import.meta.url))],
    env: {},
    cwd: null,
  });
}, 60_000);
afterAll(async () => {
  await Promise.all([a.stop(), b.stop()]);
}, 60_000);

const call = (message: string): Promise<Record<string, unknown>> =>
  b.client.tools.call({ peerId: a.peerId, agent, tool: 'echo', arguments: { message } });
const question = (message: string): Promise<ApprovalView> =>
  a.until(`the question about ${message}`, ({ approvals }) =>
    Object.values(approvals).find(({ arguments: [first] }) => first?.preview === JSON.stringify(message)),
  );
const answer = ({ id, digest }: ApprovalView, given: Answer, undoSeconds = 0): Promise<void> =>
  a.client.approvals.answer({ id, digest, answer: given, undoSeconds });

test('changed arguments run in place of those that were asked for', async () => {
  const result = call('as asked');
  await answer(await question('as asked'), { kind: 'allow-once', edited: '{"message":"as changed"}' });
  const text = JSON.stringify(await result);
  expect(text).toContain('as changed');
  expect(text).not.toContain('as asked');
});

test('an answer that was taken back is another one', async () => {
  const result = call('undone');
  const refused = expect(result).rejects.toMatchObject({ code: 'DENIED', message: /Not this one\./u });
  const asked = await question('undone');
  await answer(asked, allowOnce, 30);
  await a.until('the answer', ({ approvals }) => approvals[asked.id]?.answered?.kind === 'allow-once');
  await a.client.approvals.undo({ ids: [asked.id] });
  await a.until('the question again', ({ approvals }) => approvals[asked.id]?.answered === null);
  await answer(asked, { kind: 'deny', always: false, reason: 'Not this one.' });
  await refused;
});

test('several are answered at once, each by itself', async () => {
  const results = [call('one'), call('two')];
  const both = await Promise.all([question('one'), question('two')]);
  const told = await a.client.approvals.answerMany({
    questions: both.map(({ id, digest }, at) => ({ id, digest: at === 0 ? digest : 'ab'.repeat(32) })),
    answer: allowOnce,
  });
  expect(told).toEqual([
    { id: both[0]?.id, problem: null },
    { id: both[1]?.id, problem: expect.stringMatching(/another question/u) },
  ]);
  const [, second] = both;
  if (second === undefined) throw new Error('two were asked');
  await answer(second, allowOnce);
  expect(JSON.stringify(await Promise.all(results))).toMatch(/one.*two/u);
});

test('what an agent answers is held, and leaves as the person changed it', async () => {
  const { pin: _, ...anything } = plainRule;
  await a.client.rules.add({ ...anything, peerId: b.peerId, effect: 'ask-and-review' });
  const result = call('secret');
  const asked = await question('secret');
  expect(asked.reviewed).toBe(true);
  await answer(asked, allowOnce);
  const review = await a.until('the review', ({ reviews }) => Object.values(reviews)[0]);
  const { json } = await a.client.reviews.result({ id: review.id });
  expect(json).toContain('secret');
  const changed = '{"content":[{"type":"text","text":"nothing to see"}]}';
  await a.client.reviews.answer({
    id: review.id,
    digest: review.digest,
    answer: { kind: 'redact', result: changed },
  });
  expect(JSON.stringify(await result)).toContain('nothing to see');
  await a.until('no review', ({ reviews }) => Object.keys(reviews).length === 0);
});

test('"Do not disturb" is told while it holds', async () => {
  await a.client.settings.set({ doNotDisturbUntil: Date.now() + 3_600_000 });
  await a.until('quiet', ({ host }) => host.quietUntil !== null);
  await a.client.settings.set({ doNotDisturbUntil: null });
  await a.until('no quiet', ({ host }) => host.quietUntil === null);
});
