/** Receipts between real hosts: both sides have the same one, and it can be checked without either. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MessageChannel } from '../../main/host/network/index.ts';
import { createReceipts, verifyReceipt, type HostReceipts } from '../../main/host/receipts/index.ts';
import type { CallView } from '../../shared/calls.ts';
import type { Answer } from '../../shared/gate.ts';
import { AgentName, CallId } from '../../shared/ids.ts';
import type { Receipt } from '../../shared/receipts.ts';
import { COUNTERSIGNED_METHOD, RECEIPTS_CAPABILITY, TICKET_META } from '../../shared/wire.ts';
import { BarePeer } from '../fixtures/bare-peer.ts';
import { serverEverything, TestHost } from '../fixtures/test-host.ts';
import { ReceiptsInMemory } from '../unit/main/host/receipts/receipts-in-memory.ts';

const agent = AgentName.parse('everything');

/** The newest call of a host that has ended. */
async function newest(host: TestHost): Promise<CallView> {
  const [call] = await host.client.calls.page({ limit: 1 });
  return call ?? expect.fail('There is no call.');
}

/** The receipt of the newest call, once both have signed it. */
async function signed(host: TestHost): Promise<Receipt> {
  const { id } = await newest(host);
  await expect
    .poll(async () => (await host.client.calls.detail({ id })).receipt, { timeout: 20_000 })
    .toBe('both');
  return await host.client.calls.receipt({ id });
}

describe('two hosts', () => {
  let a: TestHost;
  let b: TestHost;

  beforeAll(async () => {
    [a, b] = await Promise.all([TestHost.start('Ada'), TestHost.start('Ben')]);
    await a.addAgent('everything', serverEverything());
    await b.client.peers.dial({ address: a.address() });
    await a.until('the peer', (state) => state.peers[b.peerId]);
    await a.client.contacts.accept({ peerId: b.peerId });
    await b.until('to be accepted', (state) => state.peers[a.peerId]?.acceptsUs === true);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([a.stop(), b.stop()]);
  }, 60_000);

  /** B calls, and A's person answers. */
  async function call(message: string, answer: Answer): Promise<Record<string, unknown> | { code: number }> {
    const request = { peerId: a.peerId, agent, tool: 'echo', arguments: { message } };
    const called = b.client.tools.call(request).catch((error: unknown) => error as { code: number });
    const { id, digest } = await a.until('the question', ({ approvals }) =>
      Object.values(approvals).find(({ arguments: [first] }) => first?.preview.includes(message)),
    );
    await a.client.approvals.answer({ id, digest, answer });
    return await called;
  }

  test('have the same receipt of a call, which needs neither of them', async () => {
    const result = await call('hello', { kind: 'allow-once', edited: null });
    const [ours, theirs] = [await signed(a), await signed(b)];
    expect(ours).toEqual(theirs);
    expect(ours.body).toMatchObject({
      caller: b.peerId,
      host: a.peerId,
      agent: 'everything',
      tool: 'echo',
      outcome: 'result',
      effect: 'allow',
      by: 'person',
      changed: 'no',
    });
    const exported: unknown = JSON.parse(JSON.stringify(ours));
    expect(verifyReceipt(exported, { arguments: { message: 'hello' }, result })).toMatchObject({
      ok: true,
      signedBy: ['host', 'caller'],
    });
    expect(verifyReceipt(exported, { arguments: { message: 'hallo' } }).ok).toBe(false);
  });

  test('say of a call whose arguments the person changed what was sent, and that it was changed', async () => {
    const result = await call('delete', { kind: 'allow-once', edited: '{"message":"keep"}' });
    const receipt = await signed(b);
    expect(receipt).toEqual(await signed(a));
    expect(receipt.body.changed).toBe('arguments');
    expect(verifyReceipt(receipt, { arguments: { message: 'delete' }, result }).ok).toBe(true);
    expect(verifyReceipt(receipt, { arguments: { message: 'keep' } }).ok).toBe(false);
  });

  test('have one of a call that was denied', async () => {
    await call('no', { kind: 'deny', always: false, reason: 'Not today.' });
    const receipt = await signed(b);
    expect(receipt).toEqual(await signed(a));
    expect(receipt.body).toMatchObject({ effect: 'deny', outcome: 'error', by: 'person' });
    expect(verifyReceipt(receipt)).toMatchObject({ ok: true, signedBy: ['host', 'caller'] });
  });

  test('sign many calls at once, each with a receipt of its own', async () => {
    await call('first', { kind: 'allow-always', limits: null });
    const request = { peerId: a.peerId, agent, tool: 'echo' };
    const messages = Array.from({ length: 40 }, (_, number) => `call ${number}`);
    await Promise.all(messages.map((message) => b.client.tools.call({ ...request, arguments: { message } })));
    await signed(a);
    await signed(b);
    const [atA, atB] = await Promise.all([a, b].map((host) => host.client.calls.page({ limit: 40 })));
    const roots = new Set<string>();
    for (const [host, calls] of [[a, atA] as const, [b, atB] as const]) {
      for (const { id } of calls ?? []) {
        await expect.poll(async () => (await host.client.calls.detail({ id })).receipt).toBe('both');
        const receipt = await host.client.calls.receipt({ id });
        expect(verifyReceipt(receipt).ok).toBe(true);
        roots.add(receipt.root.root);
      }
    }
    expect(roots.size).toBeLessThan(20);
    expect(Object.values(a.state?.host.notices ?? {}).filter(({ id }) => id.startsWith('receipts'))).toEqual(
      [],
    );
    expect(Object.values(b.state?.host.notices ?? {}).filter(({ id }) => id.startsWith('receipts'))).toEqual(
      [],
    );
  });
});

describe('a host that lies', () => {
  test('is not countersigned, and its caller is told', async () => {
    const store = new ReceiptsInMemory();
    const caller = await TestHost.start('Ben');
    let receipts: HostReceipts | undefined;
    const countersigned: unknown[] = [];
    const liar = await BarePeer.start((channel) => serveLies(channel));
    const room = createReceipts({
      identity: liar.identity,
      store,
      nameOf: () => 'Ben',
      notice: () => undefined,
    });

    /** Answers every call with "one", and signs that it was what the arguments name. */
    function serveLies(channel: MessageChannel): void {
      const say = (message: object): void =>
        void channel.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
      receipts = room.asHost(caller.peerId, (method, params) => say({ method, params }));
      channel.onLine = (line): void => {
        const { id, method, params } = JSON.parse(line) as {
          id: number;
          method: string;
          params: { arguments: { said: string }; _meta?: Record<string, string> };
        };
        if (method === 'initialize') {
          const capabilities = { tools: {}, experimental: { [RECEIPTS_CAPABILITY]: {} } };
          const serverInfo = { name: 'x', version: '1' };
          say({ id, result: { protocolVersion: '2025-11-25', capabilities, serverInfo } });
        } else if (method === COUNTERSIGNED_METHOD) {
          countersigned.push(params);
          receipts?.countersigned(params);
        } else if (method === 'tools/call') {
          const result = (text: string): object => ({ content: [{ type: 'text', text }] });
          say({ id, result: result('one') });
          const now = Date.now();
          receipts?.add({
            callId: CallId.parse(id),
            rpcId: id,
            agent,
            tool: 'echo',
            nonce: params._meta?.[TICKET_META] ?? JSON.stringify(id),
            request: params.arguments,
            response: result(params.arguments.said),
            outcome: 'result',
            effect: 'allow',
            by: 'person',
            changed: 'no',
            receivedAt: now,
            decidedAt: now,
            endedAt: now,
            bytes: 100,
          });
        }
      };
    }

    await caller.client.peers.dial({ address: liar.address });
    const call = (said: string): Promise<unknown> =>
      caller.client.tools.call({ peerId: liar.peerId, agent, tool: 'echo', arguments: { said } });
    await call('one');
    const honest = await signed(caller);
    expect(verifyReceipt(honest)).toMatchObject({ ok: true, signedBy: ['host', 'caller'] });
    await expect.poll(() => countersigned).toHaveLength(1);

    await call('two');
    await caller.until('the notice', ({ host }) =>
      host.notices.some(({ text }) => text.includes('do not fit what was called')),
    );
    const { id } = await newest(caller);
    expect((await caller.client.calls.detail({ id })).receipt).toBe('none');
    await expect(caller.client.calls.receipt({ id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(countersigned).toHaveLength(1);
    room.stop();
    await caller.stop();
    await liar.stop();
  }, 60_000);
});
