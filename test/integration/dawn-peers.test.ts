/** What is announced reaches everybody, whichever transport they run; and those who speak as Dawn does are peers. */
import { afterEach, expect, it } from 'vitest';
import type { AnnouncementVerdict } from '../../main/host/network/index.ts';
import { AgentName, PeerId } from '../../shared/ids.ts';
import { DawnStyleClient } from '../fixtures/dawn-style-client.ts';
import { recordedDawnServer } from '../fixtures/recorded-dawn-server.ts';
import {
  linesOf,
  linked,
  peerWhen,
  soon,
  startNode,
  stopAll,
  type TestNode,
  type TestNodeOptions,
} from './network-fixture.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await stopAll();
  for (const stop of stops.splice(0)) await stop();
});

function holding() {
  const held: string[] = [];
  return {
    held,
    handlers: {
      announcements: () => held,
      announcement: (text: string): AnnouncementVerdict => {
        if (held.includes(text)) return 'known';
        held.push(text);
        return 'accept';
      },
    },
  };
}

const dialled = async (from: TestNode, to: TestNode, by: 'tcp' | 'websocket'): Promise<void> => {
  await from.network.dial(to.at(by), soon());
  await peerWhen(to, from.peerId, linked);
};

it('what one of libp2p announces reaches one of WebSocket by way of one that runs both, and back', async () => {
  const [one, two, three] = [holding(), holding(), holding()];
  const a = await startNode({ transport: 'websocket', gossip: true, handlers: one.handlers });
  const b = await startNode({ transport: 'both', gossip: true, handlers: two.handlers });
  const c = await startNode({ transport: 'libp2p', gossip: true, handlers: three.handlers });
  one.held.push('from before');
  await dialled(a, b, 'websocket');
  await dialled(c, b, 'tcp');
  // b asked a for it, and tells c; or c asks b.
  await expect.poll(() => three.held, { timeout: 30_000 }).toEqual(['from before']);
  a.network.publish('from a');
  await expect.poll(() => three.held, { timeout: 30_000 }).toContain('from a');
  c.network.publish('from c');
  await expect.poll(() => one.held, { timeout: 30_000 }).toContain('from c');
  // Each news was news once.
  for (const { held } of [one, two, three]) expect(new Set(held).size).toBe(held.length);
});

it('a Dawn node is refused, then allowed, and called', async () => {
  const server = await recordedDawnServer();
  stops.push(() => server.stop());
  const { network } = await startNode({ transport: 'websocket' });
  const address = `${server.address}#${server.nodeId}`;
  await expect(network.dial(address, soon())).rejects.toThrow('without encryption');
  const [offered] = network.peers();
  expect(offered).toMatchObject({ legacy: 'offered', links: [] });
  const peerId = PeerId.parse(offered?.peerId);
  network.setLegacy(peerId, true);
  expect(await network.dial(address, soon())).toBe(peerId);
  expect(network.peers()[0]).toMatchObject({
    legacy: 'allowed',
    speaksGatehouse: false,
    links: [{ path: 'legacy', transport: 'websocket', direction: 'outbound' }],
    dawnAgents: [{ name: 'agent1', verified: false }],
  });
  const channel = await network.openMcp(peerId, AgentName.parse('agent1'), soon());
  const answer = linesOf(channel, 1);
  const params = { name: 'echo', arguments: { text: 'hi' } };
  channel.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
  expect(JSON.parse((await answer)[0] ?? '')).toMatchObject({
    id: 1,
    result: { content: [{ text: 'echo:hi' }] },
  });
  network.setLegacy(peerId, false);
  await expect.poll(() => network.peers()[0]?.links, { timeout: 10_000 }).toEqual([]);
});

/** Answers whatever is asked, but calls when the test says so. */
async function holdingCalls(options: TestNodeOptions = {}) {
  const held: (() => void)[] = [];
  const node = await startNode({
    transport: 'both',
    take: (channel) => {
      channel.onLine = (line) => {
        const { id, method } = JSON.parse(line) as { id?: number; method: string };
        const say = (): void =>
          void channel.send(JSON.stringify({ jsonrpc: '2.0', id, result: { content: [] } }));
        if (method === 'tools/call') held.push(say);
        else if (id !== undefined) say();
      };
    },
    ...options,
  });
  const client = await DawnStyleClient.connect(node.at('websocket').replace(/#.*/, ''));
  stops.push(() => client.close());
  const draining = (): string | undefined =>
    node.network.transports().find(({ name, busy }) => name === 'websocket' && busy === 1)?.state;
  return { ...node, held, client, draining };
}

it.each(['for all', 'for this peer'] as const)(
  'a call to a Dawn node ends before its link does: given up %s',
  async (how) => {
    const answer = Promise.withResolvers<string>();
    const server = await recordedDawnServer();
    stops.push(() => server.stop());
    server.answer = ({ method }) => (String(method).endsWith('/tools/call') ? answer.promise : undefined);
    const { network } = await startNode({ transport: 'both' });
    const address = `${server.address}#${server.nodeId}`;
    await expect(network.dial(address, soon())).rejects.toThrow('without encryption');
    const peerId = PeerId.parse(network.peers()[0]?.peerId);
    network.setLegacy(peerId, true);
    await network.dial(address, soon());
    const channel = await network.openMcp(peerId, AgentName.parse('agent1'), soon());
    const ended = Promise.withResolvers<Error | null>();
    channel.busy = () => true;
    const line = linesOf(channel, 1);
    channel.onClose = ended.resolve;
    channel.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo' } }));
    const isCalled = (): boolean => server.heard.some(({ method }) => String(method).endsWith('/tools/call'));
    await expect.poll(isCalled, { timeout: 10_000 }).toBe(true);
    const switched = how === 'for all' ? network.setTransport('libp2p') : Promise.resolve();
    if (how === 'for this peer') network.setPeerTransport(peerId, 'libp2p');
    await expect.poll(() => channel.retiring, { timeout: 20_000 }).toBe(true);
    expect(network.peers()[0]?.links).toMatchObject([{ path: 'legacy' }]);
    const { id } = server.heard.at(-1) ?? {};
    answer.resolve(JSON.stringify({ jsonrpc: '2.0', id, result: { content: [] } }));
    expect(JSON.parse((await line)[0] ?? '')).toMatchObject({ id: 1, result: { content: [] } });
    channel.busy = () => false;
    channel.onIdle?.();
    await switched;
    await ended.promise;
    await expect.poll(() => network.peers()[0]?.links, { timeout: 10_000 }).toEqual([]);
  },
);

it('a Dawn-style client hears what came of a call though its transport is given up meanwhile', async () => {
  const { network, identity, held, client, draining } = await holdingCalls({ dawnPatienceMs: 300 });
  const ask = (name: string) => client.call(`${identity.dawnNodeId}:echo/tools/call`, { name });
  const later = { error: { code: -32603, data: { reason: 'running', retry_after: 5 } } };
  expect(await ask('x')).toMatchObject(later);
  const switched = network.setTransport('libp2p');
  await expect.poll(draining, { timeout: 10_000 }).toBe('draining');
  // It may ask how its call stands, begins nothing new, and is not lied to.
  expect(await ask('x')).toMatchObject(later);
  expect(await ask('y')).toMatchObject({
    error: { code: -32005, data: { reason: 'stopping', retry_after: 60 } },
  });
  expect(held).toHaveLength(1);
  expect(await client.call('node/get_info')).toMatchObject({ result: { node_id: identity.dawnNodeId } });
  held.shift()?.();
  expect(draining()).toBe('draining');
  expect(await ask('x')).toMatchObject({ result: { content: [] } });
  await switched;
  await expect.poll(() => client.socket.readyState, { timeout: 10_000 }).toBe(3);
});

it('a call of a Dawn-style client ends before its transport does', async () => {
  const { network, identity, held, client, draining } = await holdingCalls();
  const call = client.call(`${identity.dawnNodeId}:echo/tools/call`, { name: 'x' }, 'mine');
  await expect.poll(() => held.length, { timeout: 10_000 }).toBe(1);
  const switched = network.setTransport('libp2p');
  await expect.poll(draining, { timeout: 10_000 }).toBe('draining');
  held.shift()?.();
  expect(await call).toMatchObject({ id: 'mine', result: { content: [] } });
  await switched;
  await expect.poll(() => client.socket.readyState, { timeout: 10_000 }).toBe(3);
});
