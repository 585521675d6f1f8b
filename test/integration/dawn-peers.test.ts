/** What is announced reaches everybody, whichever transport they run; and those who speak as Dawn does are peers. */
import { afterEach, expect, it } from 'vitest';
import type { AnnouncementVerdict } from '../../main/host/network/index.ts';
import { AgentName, PeerId } from '../../shared/ids.ts';
import { DawnStyleClient } from '../fixtures/dawn-style-client.ts';
import { recordedDawnServer } from '../fixtures/recorded-dawn-server.ts';
import { linesOf, linked, peerWhen, soon, startNode, stopAll, type TestNode } from './network-fixture.ts';

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

it('a call of a Dawn-style client ends before its transport does', async () => {
  const held: (() => void)[] = [];
  const { network, identity, at } = await startNode({
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
  });
  const client = await DawnStyleClient.connect(at('websocket').replace(/#.*/, ''));
  stops.push(() => client.close());
  const call = client.call(`${identity.dawnNodeId}:echo/tools/call`, { name: 'x' }, 'mine');
  await expect.poll(() => held.length, { timeout: 10_000 }).toBe(1);
  const switched = network.setTransport('libp2p');
  const draining = (): string | undefined =>
    network.transports().find(({ name, busy }) => name === 'websocket' && busy === 1)?.state;
  await expect.poll(draining, { timeout: 10_000 }).toBe('draining');
  held.shift()?.();
  expect(await call).toMatchObject({ id: 'mine', result: { content: [] } });
  await switched;
  await expect.poll(() => client.socket.readyState, { timeout: 10_000 }).toBe(3);
});
