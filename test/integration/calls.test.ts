import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RpcCode } from '../../shared/errors.ts';
import type { ApprovalView } from '../../shared/gate.ts';
import { AgentName } from '../../shared/ids.ts';
import { serverEverything, TestHost } from '../fixtures/test-host.ts';

const agent = AgentName.parse('everything');
const echo = (message: string): { agent: AgentName; tool: string; arguments: { message: string } } => ({
  agent,
  tool: 'echo',
  arguments: { message },
});
let a: TestHost;
let b: TestHost;

/** B calls an agent of A. */
const call = (message: string, options: { signal?: AbortSignal } = {}): Promise<Record<string, unknown>> =>
  b.client.tools.call({ peerId: a.peerId, ...echo(message) }, options);

const question = (about: string): Promise<ApprovalView> =>
  a.until(`the question about ${about}`, (state) =>
    Object.values(state.approvals).find(({ arguments: [first] }) => first?.preview.includes(about)),
  );

beforeAll(async () => {
  [a, b] = await Promise.all([TestHost.start('Ada'), TestHost.start('Ben')]);
  await a.addAgent('everything', serverEverything());
  await b.client.peers.dial({ address: a.address() });
}, 60_000);

afterAll(async () => {
  await Promise.all([a.stop(), b.stop()]);
}, 60_000);

describe('a peer that is no contact', () => {
  test('is refused, and leaves one pending request however often it tries', async () => {
    await expect(call('let me in')).rejects.toMatchObject({ code: 'DENIED' });
    await expect(call('let me in')).rejects.toMatchObject({ code: 'DENIED' });
    await a.until('the contact request', (state) => state.peers[b.peerId]?.request?.attempts === 2);
    expect(a.state?.peers[b.peerId]?.request?.wanted).toEqual({ agent: 'everything', tool: 'echo' });
    expect(Object.values(a.state?.peers ?? {}).filter(({ request }) => request !== null)).toHaveLength(1);
  });

  test('sees no cards and is told nothing of the agents there are', async () => {
    const view = await b.client.peers.refresh({ peerId: a.peerId });
    expect(view).toMatchObject({ acceptsUs: false, agents: [] });
    await expect(b.client.tools.list({ peerId: a.peerId, agent })).rejects.toMatchObject({ code: 'DENIED' });
    const nobody = AgentName.parse('there-is-no-such-agent');
    await expect(b.client.tools.list({ peerId: a.peerId, agent: nobody })).rejects.toMatchObject({
      code: 'DENIED',
    });
  });
});

describe('a contact', () => {
  beforeAll(async () => {
    await a.client.contacts.accept({ peerId: b.peerId, alias: 'Ben at work' });
    await b.until('to be accepted and shown the cards', (state) => {
      const peer = state.peers[a.peerId];
      return peer?.acceptsUs === true && peer.agents.length > 0;
    });
  });

  test('sees the verified card and the tools with their schemas', async () => {
    expect(b.state?.peers[a.peerId]?.agents[0]?.tools.map(({ name }) => name)).toContain('echo');
    const tools = await b.client.tools.list({ peerId: a.peerId, agent });
    const ours = await a.client.agents.tools({ name: agent });
    expect(tools).toEqual(ours);
  });

  test('waits for the person, who allows once; both sides have it in their records', async () => {
    const answer = call('knock knock');
    const asked = await question('knock knock');
    await b.until('the caller to see that it waits', (state) =>
      Object.values(state.calls).some(({ status, direction }) => direction === 'out' && status === 'waiting'),
    );
    const { json } = await a.client.approvals.arguments({ id: asked.id });
    expect(JSON.parse(json)).toEqual({ message: 'knock knock' });
    await a.client.approvals.answer({
      id: asked.id,
      digest: asked.digest,
      answer: { kind: 'allow-once', edited: null },
    });
    expect(await answer).toMatchObject({ content: [{ type: 'text', text: 'Echo: knock knock' }] });
    const [incoming] = await a.client.calls.page({ limit: 1 });
    expect(incoming).toMatchObject({
      direction: 'in',
      peerId: b.peerId,
      agent: 'everything',
      tool: 'echo',
      path: 'lan',
      transport: 'tcp',
      status: 'answered',
      decision: { effect: 'allow', by: 'person' },
    });
    expect(incoming?.waitMs).toBeGreaterThan(0);
    const detail = await a.client.calls.detail({ id: incoming?.id ?? asked.callId });
    expect(JSON.parse(detail.request ?? '')).toEqual({ message: 'knock knock' });
    expect(detail.response).toContain('Echo: knock knock');
    const [outgoing] = await b.client.calls.page({ limit: 1 });
    expect(outgoing).toMatchObject({ direction: 'out', status: 'answered', decision: { by: 'theirs' } });
    expect(outgoing?.waitMs).toBeGreaterThan(0);
  });

  test('is told that the person said no', async () => {
    const answer = call('say no');
    const refused = expect(answer).rejects.toMatchObject({ code: 'DENIED' });
    const asked = await question('say no');
    await a.client.approvals.answer({
      id: asked.id,
      digest: asked.digest,
      answer: { kind: 'deny', always: false, reason: null },
    });
    await refused;
    const [incoming] = await a.client.calls.page({ limit: 1 });
    expect(incoming).toMatchObject({
      status: 'refused',
      errorCode: RpcCode.denied,
      decision: { by: 'person' },
    });
  });

  test('may not have an answer meant for another question', async () => {
    const answer = call('first');
    const asked = await question('first');
    await expect(
      a.client.approvals.answer({
        id: asked.id,
        digest: '0'.repeat(64),
        answer: { kind: 'allow-once', edited: null },
      }),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
    await a.client.approvals.answer({
      id: asked.id,
      digest: asked.digest,
      answer: { kind: 'allow-once', edited: null },
    });
    await answer;
    await expect(
      a.client.approvals.answer({
        id: asked.id,
        digest: asked.digest,
        answer: { kind: 'allow-once', edited: null },
      }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('that cancels withdraws its question', async () => {
    const controller = new AbortController();
    const answer = call('never mind', { signal: controller.signal });
    const cancelled = expect(answer).rejects.toThrow();
    const asked = await question('never mind');
    controller.abort();
    await cancelled;
    await a.until('the question to go', (state) => state.approvals[asked.id] === undefined);
    await a.until('the record', (state) => state.calls[String(asked.callId)]?.status === 'cancelled');
  });

  test('is told of a tool and of an agent that do not exist', async () => {
    await expect(
      b.client.tools.call({ peerId: a.peerId, agent, tool: 'no-such-tool', arguments: {} }),
    ).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('no-such-tool') });
    await expect(
      b.client.tools.call({ peerId: a.peerId, agent: AgentName.parse('nobody'), tool: 'x', arguments: {} }),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('nobody') });
  });

  test('allowed for good runs 1,000 calls, 64 at a time, each answered with its own text and recorded', async () => {
    const answer = call('for good');
    const asked = await question('for good');
    await a.client.approvals.answer({
      id: asked.id,
      digest: asked.digest,
      answer: { kind: 'allow-always', limits: null },
    });
    await answer;
    const total = 1000;
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < total) {
        const text = `call ${next++}`;
        expect(await call(text)).toMatchObject({ content: [{ text: `Echo: ${text}` }] });
      }
    };
    await Promise.all(Array.from({ length: 64 }, worker));
    const recorded = await a.client.calls.page({ limit: 1000, direction: 'in', status: 'answered' });
    expect(recorded).toHaveLength(1000);
    expect(recorded[0]?.decision).toMatchObject({ effect: 'allow', by: 'rule', ruleId: expect.any(String) });
  }, 120_000);

  test('is cut off when the person stops everything, and let in again after', async () => {
    await a.client.host.stopAll();
    await a.until('the agent to stop', (state) => state.agents['everything']?.state === 'stopped');
    await expect(call('anybody there')).rejects.toMatchObject({
      code: expect.stringMatching(/UNREACHABLE|STOPPED/),
    });
    await a.client.host.resume();
    await a.until('the agent to run', (state) => state.agents['everything']?.state === 'running');
    await b.client.peers.dial({ address: a.address() });
    expect(await call('back again')).toMatchObject({ content: [{ text: 'Echo: back again' }] });
  });

  test('that is blocked loses its link, its rules and any way back', async () => {
    await a.client.contacts.block({ peerId: b.peerId });
    await b.until('the link to go', (state) => state.peers[a.peerId]?.state !== 'connected');
    // A dial gets as far as the handshake, which is when the host sees who it is and hangs up.
    await expect(call('me again')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await b.client.peers.dial({ address: a.address() }).catch(() => undefined);
    await b.until('the link to go again', (state) => state.peers[a.peerId]?.state !== 'connected');
    await a.until('no link', (state) => state.peers[b.peerId]?.links.length === 0);
    await a.until('its rules to go', (state) => Object.keys(state.rules).length === 0);
  });
});
