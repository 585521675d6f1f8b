import { afterEach, describe, expect, it } from 'vitest';
import { DawnMethodError } from '../../main/host/network/websocket/dawn-methods.ts';
import type { DawnCaller, DawnMethods } from '../../main/host/network/websocket/dawn-methods.ts';
import { vectors, privateKeyOf } from '../fixtures/dawn/vectors.ts';
import { newKey, otherNonces, peerIdOf, WireEnd } from '../fixtures/dawn/wire-end.ts';
import { Scope, startTransport } from './web-socket-fixture.ts';
import type { TestTransport } from './web-socket-fixture.ts';

const scope = new Scope();
afterEach(() => scope.end());

type Answer = (caller: DawnCaller, method: string, params: unknown, signal: AbortSignal) => Promise<unknown>;

/** A node that answers Dawn's methods so, and a client of it on the strict wire. */
async function served(call: Answer): Promise<{ node: TestTransport; client: WireEnd; gossip: unknown[] }> {
  const gossip: unknown[] = [];
  const dawnMethods: DawnMethods = {
    call,
    gossip: (_, announcement) => {
      gossip.push(announcement);
    },
  };
  const node = await startTransport({ scope, dawnMethods });
  const own = {
    nodeId: vectors.client.node_id,
    key: privateKeyOf('ed25519', vectors.client.ed25519_seed_hex),
  };
  const client = await WireEnd.connect(node.url, own);
  scope.defer(async () => client.socket.terminate());
  await client.shakeHands(otherNonces());
  return { node, client, gossip };
}

const request = (id: unknown, method: string, params: unknown = {}): object => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});

describe('a Dawn-style client', () => {
  it('is answered in an envelope, under the id of its request, as who it is', async () => {
    const { node, client } = await served(async (caller, method, params) => ({
      from: caller.nodeId,
      peer: caller.peerId,
      speaksGatehouse: caller.speaksGatehouse,
      method,
      params,
    }));
    for (const id of ['r1', 2, null]) {
      client.say(request(id, 'x/tools/call', { a: 'héllo 👋 \u202e' }));
      expect(await client.hear()).toStrictEqual({
        jsonrpc: '2.0',
        id,
        result: {
          from: vectors.client.node_id,
          peer: peerIdOf(client.own),
          speaksGatehouse: false,
          method: 'x/tools/call',
          params: { a: 'héllo 👋 \u202e' },
        },
      });
    }
    expect(node.opened).toHaveLength(1);
    expect(node.opened[0]).toMatchObject({
      direction: 'inbound',
      kind: { path: 'lan', transport: 'websocket' },
    });
    expect(node.introductions).toStrictEqual([{ software: null, speaksGatehouse: false, addresses: [] }]);
    await expect(node.opened[0]?.newStream(['/x'])).rejects.toMatchObject({
      name: 'UnsupportedProtocolError',
    });
  });

  it('is told of errors, and of none of our insides', async () => {
    const { client } = await served(async (_, method) => {
      if (method === 'refuse') throw new DawnMethodError(-32005, 'Slow down.', { retry_after: 3 });
      throw new Error('secret');
    });
    client.say(request(1, 'refuse'));
    expect(await client.hear()).toMatchObject({
      id: 1,
      error: { code: -32005, message: 'Slow down.', data: { retry_after: 3 } },
    });
    client.say(request(2, 'break'));
    const answer = await client.hear();
    expect(answer).toMatchObject({ id: 2, error: { code: -32603 } });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it('is asked whether it is welcome on each call', async () => {
    const { node, client } = await served(async () => 'fine');
    client.say(request(1, 'x'));
    expect(await client.hear()).toMatchObject({ result: 'fine' });
    node.blocked.add(node.opened[0]?.remotePeer.toString() as never);
    client.say(request(2, 'x'));
    expect(await client.hear()).toMatchObject({ error: { code: -32001 } });
  });

  it('gets answers of 8 MiB, and no longer ones', async () => {
    const { client } = await served(async (_, method) => 'x'.repeat(Number(method) * 1024 * 1024));
    client.say(request(1, '8'));
    expect(JSON.stringify(await client.hear()).length).toBeGreaterThan(8 * 1024 * 1024);
    client.say(request(2, '9'));
    expect(await client.hear()).toMatchObject({ id: 2, error: { data: { reason: 'too-large' } } });
  });

  it('has so many requests under way, and they end with it', async () => {
    const ended: unknown[] = [];
    const all = Promise.withResolvers<void>();
    const { client } = await served(
      (_caller, _method, _params, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            ended.push(signal.reason);
            if (ended.length === 64) all.resolve();
            reject(new Error('Gone.'));
          });
        }),
    );
    for (let id = 0; id < 65; id += 1) client.say(request(id, 'wait'));
    expect(await client.hear()).toMatchObject({ id: 64, error: { code: -32065 } });
    client.socket.terminate();
    await all.promise;
  });

  it('may tell of others, and is not answered', async () => {
    const { client, gossip } = await served(async () => 'fine');
    client.say({ type: 'gossip_announcement', timestamp: 1, peers: [] });
    client.say({ jsonrpc: '2.0', method: 'notify' });
    client.say(request(1, 'x'));
    expect(await client.hear()).toMatchObject({ id: 1 });
    expect(gossip).toMatchObject([{ type: 'gossip_announcement', timestamp: 1 }]);
  });

  it('learns that there is more than it knows, and nothing that it must know', async () => {
    const { client } = await served(async () => ({ node_id: 'us', agents: ['a'] }));
    client.say(request('r1', 'node/get_info'));
    expect(await client.hear()).toMatchObject({
      id: 'r1',
      result: { node_id: 'us', agents: ['a'], gatehouse: { version: 1, transcript: client.transcript } },
    });
  });

  it('is one of many', async () => {
    const { node } = await served(async () => 'fine');
    const clients = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const client = await WireEnd.connect(node.url, newKey());
        scope.defer(async () => client.socket.terminate());
        await client.shakeHands(otherNonces());
        client.say(request(1, 'x'));
        return client.hear();
      }),
    );
    expect(clients).toHaveLength(10);
    await node.untilOpened(10);
  });
});
