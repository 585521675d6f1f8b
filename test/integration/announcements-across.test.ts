/** What is announced reaches everybody, whichever transport they run; and a Dawn node is met as a peer. */
import { afterEach, expect, it } from 'vitest';
import type { AnnouncementVerdict } from '../../main/host/network/index.ts';
import { AgentName, PeerId } from '../../shared/ids.ts';
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
