/** Real sockets: our client against a Dawn server as it was recorded, and our server against a client as Dawn's should be. */
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { once } from 'node:events';
import type { MessageChannel } from '../../main/host/network/index.ts';
import { DawnDialler } from '../../main/host/network/websocket/dawn/dawn-dialling.ts';
import { DawnService } from '../../main/host/network/websocket/dawn/dawn-service.ts';
import { RpcCode, rpcError } from '../../shared/errors.ts';
import { AgentName, type PeerId } from '../../shared/ids.ts';
import { DawnStyleClient } from '../fixtures/dawn-style-client.ts';
import { RECORDED_STEPS, recordedStep } from '../fixtures/dawn/recorded-session.ts';
import { recordedDawnServer, type RecordedDawnServer } from '../fixtures/recorded-dawn-server.ts';
import { Scope, startTransport } from './web-socket-fixture.ts';

type Json = Record<string, unknown>;
const AGENT = AgentName.parse('agent1');
const scope = new Scope();
afterEach(() => scope.end());
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

async function recorded(): Promise<RecordedDawnServer> {
  const server = await recordedDawnServer();
  scope.defer(() => server.stop());
  return server;
}

/** A node that may be linked to Dawn nodes, and what it was told of them. */
async function tolerant(allowed = true, options: { callTimeoutMs?: number } = {}) {
  const offered: PeerId[] = [];
  const dawnDialling = new DawnDialler(
    { mayBeLegacy: () => allowed, offersLegacy: (peerId) => offered.push(peerId) },
    options,
  );
  return { ...(await startTransport({ scope, dawnDialling })), offered };
}

/** Asks over a channel, and waits. */
function asking(channel: MessageChannel) {
  const waiting = new Map<number, (answer: Json) => void>();
  let last = 0;
  let closed: Error | null | undefined;
  channel.onClose = (error) => (closed = error);
  channel.onLine = (line) => {
    const answer = JSON.parse(line) as Json;
    waiting.get(answer['id'] as number)?.(answer);
  };
  return {
    closed: () => closed,
    ask: (method: string, params: unknown = {}): Promise<Json> => {
      last += 1;
      const id = last;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        channel.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
      });
    },
  };
}

describe('a recorded Dawn server', () => {
  it('is linked where that is allowed, and answers every step as it did', async () => {
    const server = await recorded();
    const node = await tolerant();
    const connection = await node.transport.dial(
      { peerId: null, addresses: [server.address] },
      { signal: soon() },
    );
    expect(connection.kind).toMatchObject({ path: 'legacy', transport: 'websocket' });
    expect(connection.asksOnly).toBe(false);
    expect(node.introductions).toMatchObject([{ speaksGatehouse: false }]);
    const { dawn } = connection;
    if (dawn === undefined) throw new Error('It is no link to a Dawn node.');
    expect(dawn.agents.map(({ name, verified }) => [name, verified])).toEqual([['agent1', false]]);
    const channel = dawn.open(AGENT);
    expect(channel).toMatchObject({ path: 'legacy', transport: 'websocket' });
    const { ask } = asking(channel);
    expect(await ask('initialize', {})).toMatchObject({ result: { serverInfo: { name: 'agent1' } } });
    for (const { step, sent, answered } of RECORDED_STEPS) {
      const [address = '', method = ''] = (typeof sent['method'] === 'string' ? sent['method'] : '').split(
        /(?<=:agent1)\//,
      );
      if (!address.endsWith(':agent1')) continue;
      const answer = await ask(method, sent['params']);
      if ('result' in answered) expect(answer['result'], step).toEqual(answered['result']);
      else expect(answer['error'], step).toMatchObject({ code: (answered['error'] as Json)['code'] });
    }
    expect(server.heard.map(({ method }) => String(method).replace(/^.*:agent1/, ''))).toEqual([
      'node/get_info',
      'node/list_agents',
      '/tools/list',
      '/tools/call',
      '/tools/call',
      '/tools/call',
      '/resources/list',
      '/prompts/list',
    ]);
    expect(await connection.roundTrip?.(soon())).toBeGreaterThan(0);
    expect(connection.status).toBe('open');
  });

  it('is not linked where that is not allowed, and said to be one', async () => {
    const server = await recorded();
    const node = await tolerant(false);
    await expect(
      node.transport.dial({ peerId: null, addresses: [server.address] }, { signal: soon() }),
    ).rejects.toThrow('without encryption');
    expect(node.offered).toHaveLength(1);
    expect(node.opened).toHaveLength(0);
    expect(server.heard.map(({ method }) => method)).toEqual(['node/get_info']);
  });

  it.each([
    ['sends our own calls back', (request: Json) => JSON.stringify(request)],
    ['is silent', () => null],
    ['says what is no answer', () => '{"hello":1}'],
    [
      'sends what is far too long',
      () => `{"jsonrpc":"2.0","id":1,"result":"${'x'.repeat(9 * 1024 * 1024)}"}`,
    ],
    ['nests without end', () => `{"jsonrpc":"2.0","id":1,"result":${'['.repeat(500)}${']'.repeat(500)}}`],
  ])('is left when it %s', async (_, answer) => {
    const server = await recorded();
    const node = await tolerant(true, { callTimeoutMs: 300 });
    const connection = await node.transport.dial(
      { peerId: null, addresses: [server.address] },
      { signal: soon() },
    );
    const session = asking(connection.dawn?.open(AGENT) ?? fail());
    server.answer = answer;
    void session.ask('tools/call', { name: 'echo', arguments: {} });
    await node.untilClosed(1);
    await expect.poll(session.closed).toBeInstanceOf(Error);
    expect(connection.status).not.toBe('open');
  });

  it('ends what was open when it goes', async () => {
    const server = await recorded();
    const node = await tolerant();
    const connection = await node.transport.dial(
      { peerId: null, addresses: [server.address] },
      { signal: soon() },
    );
    const session = asking(connection.dawn?.open(AGENT) ?? fail());
    await server.stop();
    await expect.poll(session.closed).toBeInstanceOf(Error);
  });
});

const fail = (): never => {
  throw new Error('It is no link to a Dawn node.');
};

/** What a Gatehouse answers on the wire of Dawn. */
async function served(contact = true) {
  const gossiped: unknown[] = [];
  const peers: PeerId[] = [];
  const cancelled: string[] = [];
  const held: (() => void)[] = [];
  let nodeId = '';
  let addresses: string[] = [];
  const take = (channel: MessageChannel): void => {
    channel.onClose = (error) => cancelled.push(error?.message ?? 'in order');
    channel.onLine = (line) => {
      const { id, method, params } = JSON.parse(line) as { id?: number; method: string; params: Json };
      if (id === undefined) return;
      const say = (answer: Json): void =>
        void channel.send(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
      const { text } = (params['arguments'] ?? {}) as { text?: string };
      if (method === 'tools/list')
        say({ result: { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] } });
      else if (method !== 'tools/call') say({ result: { method } });
      else if (params['name'] === 'nope') say({ error: rpcError(RpcCode.denied, 'denied-by-person', 'No.') });
      else if (text === 'slow') held.push(() => say({ result: { content: [{ type: 'text', text }] } }));
      else say({ result: { content: [{ type: 'text', text }] } });
    };
  };
  const service = new DawnService({
    get nodeId() {
      return nodeId;
    },
    handlers: {
      cards: () => ({ name: '', contact, cards: [] }),
      mcp: (peerId, agent) => {
        peers.push(peerId);
        return agent === 'agent1'
          ? { take }
          : { error: rpcError(RpcCode.unavailable, 'unknown-agent', 'There is no such agent.') };
      },
      isContact: () => contact,
    },
    addresses: () => addresses,
    peers: () => [],
    linked: () => 1,
    gossip: (_, announcement) => gossiped.push(announcement),
  });
  const node = await startTransport({ scope, dawnMethods: service });
  nodeId = node.identity.dawnNodeId;
  addresses = node.transport.addresses();
  const client = await DawnStyleClient.connect(node.url);
  scope.defer(() => client.close());
  return {
    node,
    client,
    gossiped,
    peers,
    cancelled,
    held,
    at: (method: string) => `${nodeId}:agent1/${method}`,
  };
}

describe('a client of Dawn', () => {
  it('is answered in envelopes, with its own ids, whatever it asks', async () => {
    const { client, node, at, peers } = await served();
    const info = await client.call('node/get_info', {}, 'r1');
    expect(info).toMatchObject({
      id: 'r1',
      result: { node_id: node.identity.dawnNodeId, address: node.url, agents: [], peer_count: 1 },
    });
    expect(await client.call('node/list_agents', {}, 2)).toMatchObject({ id: 2, result: { agents: [] } });
    expect(await client.call('node/list_peers')).toMatchObject({ result: { peers: [] } });
    expect(await client.call(at('tools/list'))).toMatchObject({ result: { tools: [{ name: 'echo' }] } });
    expect(
      await client.call(at('tools/call'), { name: 'echo', arguments: { text: 'hi' } }, 'c'),
    ).toMatchObject({
      id: 'c',
      result: { content: [{ type: 'text', text: 'hi' }] },
    });
    expect(await client.call(at('resources/read'), { uri: 'a:b' })).toMatchObject({
      result: { method: 'resources/read' },
    });
    expect(await client.call(at('prompts/get'), { name: 'p' })).toMatchObject({
      result: { method: 'prompts/get' },
    });
    expect(await client.call(at('chat/message'), { message: 'hi' })).toMatchObject({
      error: { code: -32601 },
    });
    expect(await client.call(at('tools/call'), { name: 'nope' })).toMatchObject({
      error: { code: -32001, data: { reason: 'denied-by-person', code: -32060 } },
    });
    expect(await client.call(at('tools/call').replace('agent1', 'ghost'))).toMatchObject({
      error: { code: -32601 },
    });
    expect(await client.call('tools/list')).toMatchObject({ error: { code: -32601 } });
    expect(await client.call('node/nope')).toMatchObject({ error: { code: -32601 } });
    expect(await client.call(`${client.wire.nodeId}:agent1/tools/list`)).toMatchObject({
      error: { code: -32601 },
    });
    // The one who calls is the one who shook hands.
    const known = node.opened[0]?.remotePeer.toString();
    expect(node.opened[0]?.asksOnly).toBe(true);
    expect(new Set(peers)).toEqual(new Set([known]));
    expect(client.stray).toEqual([]);
  });

  it('is answered in the order in which answers come', async () => {
    const { client, at, held } = await served();
    const order: string[] = [];
    const call = (text: string): Promise<unknown> =>
      client
        .call(at('tools/call'), { name: 'echo', arguments: { text } }, text)
        .then(({ id }) => order.push(String(id)));
    const slow = call('slow');
    await call('quick');
    held.shift()?.();
    await slow;
    expect(order).toEqual(['quick', 'slow']);
  });

  it('has its calls cancelled when it goes', async () => {
    const { client, at, held, cancelled } = await served();
    client.call(at('tools/call'), { name: 'echo', arguments: { text: 'slow' } }).catch(() => undefined);
    await expect.poll(() => held.length).toBe(1);
    client.socket.terminate();
    await expect.poll(() => cancelled).toHaveLength(1);
  });

  it('may gossip, and is not answered', async () => {
    const { client, gossiped } = await served();
    const announcement = recordedStep('gossip announcement').sent;
    client.send(announcement);
    await client.call('node/get_info');
    expect(gossiped).toEqual([announcement]);
    expect(client.stray).toEqual([]);
  });

  it('is cut off for a frame that is far too long', async () => {
    const { client, node } = await served();
    await client.call('node/get_info');
    client.socket.send('x'.repeat(40 * 1024 * 1024));
    await once(client.socket, 'close');
    expect(client.socket.readyState).toBe(WebSocket.CLOSED);
    await node.untilClosed(1);
  });

  it('calls nothing in plain text', async () => {
    const { client } = await served();
    await client.call('node/get_info');
    client.socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'node/get_info', params: {} }));
    await once(client.socket, 'close');
  });
});
