/** Two real hosts, a link between them that can be cut, and calls that outlast it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallView } from '../../shared/calls.ts';
import { allowOnce, type ApprovalView, type ReviewAnswer, type ReviewView } from '../../shared/gate.ts';
import { AgentName, CallId } from '../../shared/ids.ts';
import { plainRule } from '../../shared/rules.ts';
import { BarePeer } from '../fixtures/bare-peer.ts';
import { serverEverything, TestHost } from '../fixtures/test-host.ts';
import { Wire } from '../fixtures/wire.ts';

const agent = AgentName.parse('everything');
/** The host of the agent, and the caller. */
let a: TestHost;
let b: TestHost;
let wire: Wire;

const call = (tool: string, args: Record<string, unknown>): Promise<Record<string, unknown>> => {
  const done = b.client.tools.call({ peerId: a.peerId, agent, tool, arguments: args });
  done.catch(() => undefined);
  return done;
};
const echo = (message: string): Promise<Record<string, unknown>> => call('echo', { message });

const question = (about: string): Promise<ApprovalView> =>
  a.until(`the question about ${about}`, ({ approvals }) =>
    Object.values(approvals).find(({ arguments: [first] }) => first?.preview.includes(about)),
  );
const review = (about: string): Promise<ReviewView> =>
  a.until(`the review of ${about}`, ({ reviews }) =>
    Object.values(reviews).find(({ preview }) => preview.includes(about)),
  );
const ours = (what: string, fits: (view: CallView) => boolean): Promise<CallView> =>
  b.until(what, ({ calls }) => Object.values(calls).find((view) => view.direction === 'out' && fits(view)));

async function allow(about: string, edited: object | null = null): Promise<void> {
  const { id, digest } = await question(about);
  const answer = { ...allowOnce, edited: edited === null ? null : JSON.stringify(edited) };
  await a.client.approvals.answer({ id, digest, answer });
}
async function answerReview(about: string, answer: ReviewAnswer): Promise<void> {
  const { id, digest } = await review(about);
  await a.client.reviews.answer({ id, digest, answer });
}

/** Answers of this tool are looked at before they leave; the call itself is asked about, too. */
const { pin: _pin, ...anyCall } = plainRule;
const reviewed = { ...anyCall, agent, tool: 'get-sum', effect: 'ask-and-review' } as const;

beforeAll(async () => {
  [a, b] = await Promise.all([TestHost.start('Ada'), TestHost.start('Ben')]);
  await a.addAgent('everything', serverEverything());
  wire = await Wire.to(Number(/\/tcp\/(\d+)/.exec(a.address())?.[1]));
  await b.client.peers.dial({ address: `/ip4/127.0.0.1/tcp/${wire.port}/p2p/${a.peerId}` });
  await a.until('the caller', ({ peers }) => peers[b.peerId]);
  await a.client.contacts.accept({ peerId: b.peerId });
  await b.client.contacts.accept({ peerId: a.peerId });
  await a.client.rules.add(reviewed);
  await a.client.rules.add({ ...anyCall, agent, tool: 'trigger-long-running-operation', effect: 'allow' });
}, 60_000);

afterAll(async () => {
  await Promise.all([a.stop(), b.stop()]);
  await wire.stop();
}, 60_000);

test('calls that wait, run and are reviewed when the link is cut are answered after it, once each', async () => {
  const waits = echo('waits');
  const asked = await question('waits');
  const runs = call('trigger-long-running-operation', { duration: 2, steps: 2 });
  await ours('it to run', ({ tool, status }) => tool.startsWith('trigger') && status === 'running');
  const held = call('get-sum', { a: 20, b: 22 });
  await allow('20');
  await review('42');
  await ours('it to be reviewed', ({ tool, status }) => tool === 'get-sum' && status === 'reviewing');
  await ours('it to wait', ({ status, deadline }) => status === 'waiting' && deadline === asked.deadline);

  wire.cut();
  // The caller may be back within a moment, and is answered all the same.
  await allow('waits');
  await answerReview('42', { kind: 'release' });
  expect(await waits).toMatchObject({ content: [{ text: 'Echo: waits' }] });
  expect(await held).toMatchObject({ content: [{ text: expect.stringContaining('42') }] });
  expect(await runs).toMatchObject({ content: [{ type: 'text' }] });

  const recorded = await a.client.calls.page({ direction: 'in', limit: 10 });
  expect(recorded.map(({ status }) => status)).toEqual(['answered', 'answered', 'answered']);
  const sent = await b.client.calls.page({ direction: 'out', limit: 10 });
  expect(sent.map(({ status, redeemable }) => [status, redeemable])).toEqual(
    Array.from({ length: 3 }, () => ['answered', false]),
  );
}, 60_000);

test('a call is redeemed by its id after the caller was started anew', async () => {
  const lost = echo('for later');
  const { id: approval } = await question('for later');
  const { id } = await ours('it to wait', ({ status }) => status === 'waiting');
  const { dataDir } = b;
  await b.stop(true);
  await expect(lost).rejects.toThrow();
  await a.until('the caller to be away', ({ approvals }) => approvals[approval]?.callerAway);
  await allow('for later');
  await a.until('the answer', ({ calls }) =>
    Object.values(calls).some(({ status, redeemable }) => status === 'answered' && redeemable),
  );
  b = await TestHost.start('Ben', dataDir);
  expect(b.state?.calls[String(id)]).toMatchObject({ redeemable: true });
  expect(await b.client.calls.redeem({ id })).toMatchObject({ id, status: 'answered', redeemable: false });
  const detail = await b.client.calls.detail({ id });
  expect(detail.response).toContain('Echo: for later');
  await expect(b.client.calls.redeem({ id })).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(b.client.calls.redeem({ id: CallId.parse(9999) })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
}, 60_000);

test('arguments that the person changed are what the agent gets, and the caller is told', async () => {
  const done = echo('rm -rf everything');
  await allow('rm -rf', { message: 'ls' });
  expect(await done).toMatchObject({
    content: [{ text: 'Echo: ls' }],
    _meta: { 'app.gatehouse/changed': 'arguments' },
  });
  const [theirs] = await a.client.calls.page({ limit: 1 });
  const [mine] = await b.client.calls.page({ limit: 1 });
  expect(theirs).toMatchObject({ status: 'answered', changed: 'arguments' });
  expect(mine).toMatchObject({ status: 'answered', changed: 'arguments' });
  const detail = await a.client.calls.detail({ id: theirs?.id ?? expect.fail('no record') });
  expect(JSON.parse(detail.request ?? '')).toEqual({ message: 'rm -rf everything' });
  expect(JSON.parse(detail.edited ?? '')).toEqual({ message: 'ls' });
  await expect
    .poll(async () => (await a.client.calls.detail({ id: detail.id })).receipt, { timeout: 10_000 })
    .toBe('both');
});

describe('an answer that is looked at before it leaves', () => {
  const sum = async (one: number): Promise<Record<string, unknown>> => {
    const done = call('get-sum', { a: one, b: 1000 });
    await allow(String(one));
    return { done };
  };

  test('is redacted, and the caller is told', async () => {
    const { done } = await sum(1);
    const result = JSON.stringify({ content: [{ type: 'text', text: 'a number' }] });
    await answerReview('1001', { kind: 'redact', result });
    expect(await done).toEqual({
      content: [{ type: 'text', text: 'a number' }],
      _meta: { 'app.gatehouse/changed': 'result' },
    });
    const [theirs] = await a.client.calls.page({ limit: 1 });
    expect(theirs).toMatchObject({ status: 'answered', changed: 'result' });
  });

  test('is refused, with a reason', async () => {
    const { done } = await sum(2);
    await answerReview('1002', { kind: 'refuse', reason: 'not today' });
    await expect(done).rejects.toMatchObject({
      code: 'DENIED',
      message: expect.stringContaining('not today'),
    });
    const [theirs] = await a.client.calls.page({ limit: 1 });
    expect(theirs).toMatchObject({ status: 'refused', decision: { by: 'person' } });
  });
});

test('a denial comes with its reason', async () => {
  const done = echo('a reason');
  const { id, digest } = await question('a reason');
  await a.client.approvals.answer({
    id,
    digest,
    answer: { kind: 'deny', always: false, reason: 'Ask me on Monday.' },
  });
  await expect(done).rejects.toMatchObject({
    code: 'DENIED',
    message: expect.stringContaining('Ask me on Monday.'),
  });
});

test('a budget that is used up pauses the caller, which is told until when', async () => {
  await a.client.budgets.set({ peerId: b.peerId, budget: { calls: 1, bytes: null, seconds: null } });
  await expect(echo('too much')).rejects.toMatchObject({ code: 'BUSY' });
  const until = await b.until('the pause', ({ peers }) => peers[a.peerId]?.pausesUsUntil);
  expect(until).toBeGreaterThan(Date.now());
  await a.until('the pause', ({ peers }) => peers[b.peerId]?.pausedUntil);
  await a.client.budgets.set({ peerId: b.peerId, budget: null });
});

describe('a hostile caller', () => {
  test('that replays a ticket is refused, and that is recorded', async () => {
    const bare = await BarePeer.start();
    try {
      await bare.network.dial(a.address(), { signal: AbortSignal.timeout(30_000) });
      await a.until('the caller', ({ peers }) => peers[bare.peerId]);
      await a.client.contacts.accept({ peerId: bare.peerId });
      const stream = await bare.open(a.peerId, 'everything');
      const ticket = 'R'.repeat(22);
      const params = {
        name: 'trigger-long-running-operation',
        arguments: { duration: 0.1, steps: 1 },
        _meta: { 'app.gatehouse/ticket': ticket },
      };
      stream.request(1, 'tools/call', params);
      expect(await stream.next()).toMatchObject({ id: 1, result: {} });
      stream.request(2, 'tools/call', params);
      expect(await stream.next()).toMatchObject({ id: 2, error: { data: { reason: 'used-ticket' } } });
      stream.request(3, 'gatehouse/redeem', { ticket });
      expect(await stream.next()).toMatchObject({ id: 3, error: { data: { reason: 'used-ticket' } } });
      const recorded = await a.client.calls.page({ peerId: bare.peerId, limit: 10 });
      expect(recorded.map(({ status, tool }) => `${status} ${tool}`)).toEqual([
        'refused gatehouse/redeem',
        'refused trigger-long-running-operation',
        'answered trigger-long-running-operation',
      ]);
    } finally {
      await bare.stop();
    }
  }, 60_000);
});
