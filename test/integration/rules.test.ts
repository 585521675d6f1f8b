/** Rules as a whole, between two real hosts and with a real agent: what a person answers becomes a rule, and is kept. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { allowOnce } from '../../shared/gate.ts';
import { AgentName } from '../../shared/ids.ts';
import { serverEverything, TestHost } from '../fixtures/test-host.ts';

const agent = AgentName.parse('everything');
let a: TestHost;
let b: TestHost;

beforeAll(async () => {
  [a, b] = await Promise.all([TestHost.start('Ada'), TestHost.start('Ben')]);
  await a.addAgent('everything', serverEverything());
  await b.client.peers.dial({ address: a.address() });
  await a.until('the peer', (state) => state.peers[b.peerId]);
  await a.client.contacts.accept({ peerId: b.peerId, alias: 'Ben' });
  await b.until('to be accepted', (state) => state.peers[a.peerId]?.acceptsUs === true);
}, 60_000);

afterAll(async () => {
  await Promise.all([a.stop(), b.stop()]);
}, 60_000);

const call = (args: Record<string, unknown>): Promise<Record<string, unknown>> =>
  b.client.tools.call({ peerId: a.peerId, agent, tool: 'echo', arguments: args });

/** Ada allows the one question that waits. */
async function allowed(args: Record<string, unknown>): Promise<Record<string, unknown>> {
  const answer = call(args);
  const { id, digest } = await a.until('the question', (state) => Object.values(state.approvals)[0]);
  await a.client.approvals.answer({ id, digest, answer: allowOnce });
  await a.until('it to be gone', (state) => state.approvals[id] === undefined);
  return await answer;
}

it('makes a narrow rule of three answers, which then answers for the person', async () => {
  for (const n of [1, 2, 3]) await allowed({ message: `hello ${n}` });
  const [proposal, ...others] = await a.client.rules.proposals();
  expect(others).toEqual([]);
  expect(proposal?.rule).toMatchObject({
    peerId: b.peerId,
    agent,
    tool: 'echo',
    arguments: [
      { kind: 'one-of', at: '/message', values: ['hello 1', 'hello 2', 'hello 3'] },
      { kind: 'max-size', at: '' },
    ],
  });
  if (proposal === undefined) throw new Error('Nothing is proposed.');
  const made = await a.client.rules.add(proposal.rule);
  expect(await call({ message: 'hello 2' })).toMatchObject({ content: [{ text: 'Echo: hello 2' }] });
  expect(await a.client.rules.proposals()).toEqual([]);
  const [newest, before] = await a.client.calls.page({ limit: 2 });
  if (newest === undefined || before === undefined) throw new Error('Nothing is recorded.');
  expect(newest.decision).toMatchObject({ effect: 'allow', by: 'rule', ruleId: made.id });
  // What was asked about would be allowed today.
  for (const { id } of [newest, before])
    expect(await a.client.rules.explainCall({ id })).toMatchObject({
      effect: 'allow',
      by: 'rule',
      ruleId: made.id,
    });
  const imagined = { peerId: b.peerId, agent, tool: 'echo' };
  for (const args of [{ message: 'hello 4' }, { message: 'hello 1', more: 1 }])
    expect(await a.client.rules.explain({ ...imagined, arguments: args })).toMatchObject({ effect: 'ask' });
  await allowed({ message: 'hello 4' });
  // Of two rules that are equally specific the one that denies decides.
  const denying = { ...proposal.rule, effect: 'deny', limits: null } as const;
  const denied = { calls: 5, wouldDeny: 4, deniesAllowed: 4 };
  expect(await a.client.rules.replay({ rule: denying })).toMatchObject(denied);
  expect(await a.client.rules.replay({ rule: denying, inPlaceOf: made.id })).toMatchObject(denied);
  const asking = { ...denying, effect: 'ask' } as const;
  expect(await a.client.rules.replay({ rule: asking, inPlaceOf: made.id })).toMatchObject({
    wouldAsk: 4,
    differing: [{ id: newest.id, was: 'allow', would: 'ask' }],
  });
}, 60_000);

it('carries its rules in a file, back to where they were', async () => {
  const { text } = await a.client.rules.export();
  expect(text).toContain(
    '  # Ben may use everything ▸ echo, where message is "hello 1", "hello 2" or "hello 3"',
  );
  const [rule] = Object.values(a.state?.rules ?? {});
  if (rule === undefined) throw new Error('There is no rule.');
  await a.client.rules.remove({ id: rule.id });
  const { version, digest, added, warnings } = await a.client.rules.checkImport({ text, mode: 'replace' });
  expect(added).toMatchObject([{ id: rule.id, pin: rule.pin }]);
  expect(warnings).toEqual([]);
  await a.client.rules.import({ text, mode: 'replace', version, digest });
  expect(await call({ message: 'hello 3' })).toMatchObject({ content: [{ text: 'Echo: hello 3' }] });
  await a.client.rules.restore({ version, from: version + 1 });
  await a.until('the rules to be gone', (state) => Object.keys(state.rules).length === 0);
  await expect(a.client.rules.restore({ version: 0, from: version })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  await expect(a.client.rules.checkImport({ text: 'x', mode: 'add' })).rejects.toMatchObject({
    code: 'INVALID',
  });
}, 60_000);

it('pauses a peer whose budget is used up, and lets it go on with another', async () => {
  await a.client.rules.add({
    peerId: b.peerId,
    trust: null,
    agent,
    tool: 'echo',
    arguments: [],
    hours: null,
    effect: 'allow',
    limits: null,
    expiresAt: null,
    untilQuit: true,
  });
  const budget = { calls: 1, bytes: null, seconds: null };
  expect(await a.client.budgets.set({ peerId: b.peerId, budget })).toMatchObject({ budget });
  await expect(call({ message: 'too much' })).rejects.toThrow();
  await a.client.budgets.set({ peerId: b.peerId, budget: null });
  expect(await call({ message: 'again' })).toMatchObject({ content: [{ text: 'Echo: again' }] });
}, 60_000);
