/** How nodes that run the WebSocket transport only find each other, and hear what is announced. */
import multicastDns from 'multicast-dns';
import type { MulticastDNS } from 'multicast-dns';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnnouncementVerdict } from '../../main/host/network/index.ts';
import { DawnDiscovery } from '../../main/host/network/websocket/dawn/dawn-discovery.ts';
import { dawnLanService } from '../../main/host/network/websocket/dawn/dawn-lan-records.ts';
import type { PeerId } from '../../shared/ids.ts';
import { ANNOUNCE_PROTOCOL, ANNOUNCEMENTS_PROTOCOL } from '../../shared/wire.ts';
import { answerAnnouncements } from '../../main/host/network/discovery/announcements-protocol.ts';
import { idOf } from '../../main/host/network/addresses.ts';
import { newIdentity } from './network-fixture.ts';
import { Scope, startTransport } from './web-socket-fixture.ts';

/** Multicast on loopback only, apart from the mDNS of this machine. */
const PORT = 25_362;
const scope = new Scope();
afterEach(() => scope.end());
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

interface Found {
  readonly peerId: PeerId;
  readonly address: string;
  readonly foundBy: string;
}

async function node(gossipEveryMs?: number) {
  const test = await startTransport({
    scope,
    dawnMethods: {
      call: async () => ({}),
      gossip: ({ peerId }, announcement) => discovery.hear(peerId, announcement),
    },
  });
  const found: Found[] = [];
  const heard: [string, PeerId][] = [];
  const news: string[] = [];
  const held: string[] = [];
  const contacts = new Set<PeerId>();
  let verdict: AnnouncementVerdict | null = null;
  const handlers = {
    announcement: (text: string, from: PeerId): AnnouncementVerdict => {
      heard.push([text, from]);
      if (verdict !== null) return verdict;
      if (held.includes(text)) return 'known';
      held.push(text);
      return 'accept';
    },
    announcements: () => held,
    isContact: (peerId: PeerId) => contacts.has(peerId),
  };
  const discovery: DawnDiscovery = new DawnDiscovery({
    own: { peerId: test.peerId, nodeId: test.identity.dawnNodeId },
    handlers,
    addresses: () => test.transport.addresses(),
    interfaces: () => [],
    frozen: () => false,
    connections: () => test.transport.connections(),
    listeners: () => test.transport.connections(),
    onPeer: (peerId, address, foundBy) => found.push({ peerId, address, foundBy }),
    onNews: (text) => news.push(text),
    onTrouble: () => undefined,
    lan: { interface: '127.0.0.1', port: PORT, intervalMs: 60_000 },
    ...(gossipEveryMs === undefined ? {} : { gossipEveryMs }),
  });
  scope.defer(() => discovery.set({ mdns: false, gossip: false }));
  test.answers.set(ANNOUNCE_PROTOCOL, (stream, connection, peerId) =>
    discovery.answer(stream, connection, peerId),
  );
  test.answers.set(ANNOUNCEMENTS_PROTOCOL, (stream) => answerAnnouncements(stream, handlers, 5000));
  return {
    ...test,
    discovery,
    found,
    heard,
    news,
    held,
    contacts,
    judge: (as: AnnouncementVerdict) => {
      verdict = as;
    },
  };
}
type Node = Awaited<ReturnType<typeof node>>;

async function link(from: Node, to: Node): Promise<void> {
  const before = to.opened.length;
  await from.transport.dial({ peerId: to.peerId, addresses: [to.url] }, { signal: soon() });
  await to.untilOpened(before + 1);
  for (const connection of from.transport.connections(to.peerId)) from.discovery.linked(connection);
}

describe('by multicast', () => {
  async function neighbour(): Promise<MulticastDNS> {
    const socket = multicastDns({ interface: '127.0.0.1', bind: '0.0.0.0', port: PORT });
    scope.defer(() => new Promise((resolve) => socket.destroy(resolve)));
    await new Promise<void>((resolve) => socket.on('ready', resolve));
    return socket;
  }

  it('two find each other, with the address at which they listen', async () => {
    const [one, two] = [await node(), await node()];
    await one.discovery.set({ mdns: true, gossip: false });
    await two.discovery.set({ mdns: true, gossip: false });
    await expect
      .poll(() => one.found, { timeout: 15_000 })
      .toEqual([{ peerId: two.peerId, address: two.url, foundBy: 'mdns' }]);
    await expect
      .poll(() => two.found[0], { timeout: 15_000 })
      .toEqual({
        peerId: one.peerId,
        address: one.url,
        foundBy: 'mdns',
      });
    // Nobody was dialled for it.
    expect([one.opened, two.opened]).toEqual([[], []]);
  });

  it('a Dawn node is found as Dawn announces itself, and finds us as it looks for its own', async () => {
    const one = await node();
    const socket = await neighbour();
    const texts: string[] = [];
    const types = new Set<string>();
    socket.on('response', ({ answers }) => {
      for (const answer of answers ?? []) {
        if (!answer.name.endsWith('projectdawn._tcp.local') && answer.type !== 'A') continue;
        types.add(answer.type);
        if (answer.type === 'TXT') texts.push(...[answer.data].flat().map(String));
      }
    });
    await one.discovery.set({ mdns: true, gossip: false });
    socket.query({ questions: [{ name: '_projectdawn._tcp.local', type: 'PTR' }] });
    await expect
      .poll(() => texts, { timeout: 15_000 })
      .toEqual(expect.arrayContaining([`node_id=${one.identity.dawnNodeId}`, `address=${one.url}`]));
    expect(types).toEqual(new Set(['PTR', 'SRV', 'TXT', 'A']));
    const dawn = await newIdentity();
    const instance = 'node._projectdawn._tcp.local';
    const announce = (nodeId: string, address: string): void =>
      socket.respond({
        answers: [
          { name: '_projectdawn._tcp.local', type: 'PTR', data: instance },
          { name: instance, type: 'TXT', data: [`node_id=${nodeId}`, `address=${address}`] },
        ],
      });
    announce('zz', 'ws://127.0.0.1:1');
    announce(dawn.dawnNodeId, 'ws://8.8.8.8:8000');
    announce(dawn.dawnNodeId, 'http://127.0.0.1:8000');
    announce(one.identity.dawnNodeId, 'ws://127.0.0.1:8000');
    announce(dawn.dawnNodeId, 'ws://0.0.0.0:8123');
    await expect.poll(() => one.found, { timeout: 15_000 }).toHaveLength(1);
    expect(one.found).toEqual([{ peerId: dawn.peerId, address: 'ws://127.0.0.1:8123', foundBy: 'mdns' }]);
  });

  it('nothing that is told there can be other than an address', () => {
    const service = dawnLanService('00'.repeat(32));
    for (const data of [
      [],
      ['node_id='],
      ['node_id=00', 'address=ws://x'],
      ['address=ws://[::1'],
      'x'.repeat(300),
    ]) {
      const told = service.told(
        {
          type: 'response',
          questions: [],
          authorities: [],
          additionals: [],
          answers: [
            { name: '_projectdawn._tcp.local', type: 'PTR', data: 'a._projectdawn._tcp.local' },
            { name: 'a._projectdawn._tcp.local', type: 'TXT', data },
          ],
        } as never,
        'own',
        '127.0.0.1',
      );
      expect(told).toBeNull();
    }
  });
});

describe('by gossip', () => {
  it('a contact that was dialled hears of listed peers that were met, and dials nobody for it', async () => {
    const [one, two, three] = [await node(50), await node(50), await node()];
    const nobody = await newIdentity();
    one.contacts.add(two.peerId);
    one.discovery.setListed([`ws://192.0.2.9:8000#${nobody.dawnNodeId}`, `${three.url}#${three.peerId}`]);
    await one.discovery.set({ mdns: false, gossip: true });
    await two.discovery.set({ mdns: false, gossip: true });
    await link(one, three);
    await link(one, two);
    await expect
      .poll(() => two.found[0], { timeout: 15_000 })
      .toEqual({ peerId: three.peerId, address: three.url, foundBy: 'gossip' });
    expect(two.found.every(({ peerId }) => peerId === three.peerId)).toBe(true);
    // Whoever did not meet it tells nobody.
    expect(two.discovery.peers(one.peerId)).toEqual([]);
    expect(one.found).toEqual([]);
    expect([two.opened.length, three.opened.length]).toEqual([1, 1]);
  });

  it('nobody learns whom we know by telling us of them', async () => {
    const [one, spy, other] = [await node(50), await node(50), await node(50)];
    const [friend, stranger] = [await node(), await node()];
    one.contacts.add(friend.peerId);
    for (const to of [friend, stranger, spy, other]) await link(one, to);
    const tell = (...told: Node[]): void =>
      one.discovery.hear(spy.peerId, {
        type: 'gossip_announcement',
        timestamp: Date.now() / 1000,
        peers: told.map(({ identity, url }) => ({ node_id: identity.dawnNodeId, address: url })),
      });
    for (const end of [one, spy, other]) await end.discovery.set({ mdns: false, gossip: true });
    tell(friend, stranger);
    await expect
      .poll(() => other.found[0], { timeout: 15_000 })
      .toEqual({ peerId: stranger.peerId, address: stranger.url, foundBy: 'gossip' });
    expect(other.found.every(({ peerId }) => peerId === stranger.peerId)).toBe(true);
    expect(spy.found).toEqual([]);
    // At another address than where it was met, nobody is told of.
    one.discovery.hear(spy.peerId, {
      type: 'gossip_announcement',
      timestamp: Date.now() / 1000,
      peers: [{ node_id: stranger.identity.dawnNodeId, address: 'ws://127.0.0.1:1' }],
    });
    expect(one.discovery.peers(other.peerId)).toEqual([]);
  });
});

describe('announcements', () => {
  async function chain(): Promise<readonly [Node, Node, Node]> {
    const all = [await node(), await node(), await node()] as const;
    for (const one of all) await one.discovery.set({ mdns: false, gossip: true });
    await link(all[0], all[1]);
    await link(all[1], all[2]);
    return all;
  }

  it('reach everybody, each once, and come back to nobody', async () => {
    const [one, two, three] = await chain();
    for (const text of ['a', 'b', 'c']) one.discovery.publish(text);
    await expect.poll(() => three.held, { timeout: 15_000 }).toEqual(['a', 'b', 'c']);
    expect(three.heard).toEqual(['a', 'b', 'c'].map((text) => [text, two.peerId]));
    expect(two.news).toEqual(['a', 'b', 'c']);
    three.discovery.publish('d');
    await expect.poll(() => one.held, { timeout: 15_000 }).toEqual(['d']);
    await delay(100);
    expect(one.heard).toHaveLength(1);
    expect(three.heard).toHaveLength(3);
  });

  it('that were told before are asked for', async () => {
    const [one, two] = [await node(), await node()];
    one.held.push('before');
    await one.discovery.set({ mdns: false, gossip: true });
    await two.discovery.set({ mdns: false, gossip: true });
    await link(two, one);
    const [connection] = two.transport.connections();
    if (connection === undefined) throw new Error('There is no link.');
    two.discovery.linked(connection);
    await expect.poll(() => two.held, { timeout: 15_000 }).toEqual(['before']);
    expect(two.news).toEqual(['before']);
  });

  it('that are forged are not passed on, and end what their bringer may tell', async () => {
    const [one, two, three] = await chain();
    two.judge('reject');
    one.discovery.publish('forged');
    await expect.poll(() => two.heard.length, { timeout: 15_000 }).toBe(1);
    two.judge('accept');
    await expect.poll(() => one.transport.connections()[0]?.streams.length, { timeout: 15_000 }).toBe(0);
    one.discovery.publish('good');
    await delay(200);
    expect(two.heard).toHaveLength(1);
    expect(three.heard).toEqual([]);
    expect(idOf(two.opened[0]?.remotePeer ?? (null as never))).toBe(one.peerId);
  });

  it('are not told while gossip is off', async () => {
    const [one, two] = await chain();
    await two.discovery.set({ mdns: false, gossip: false });
    one.discovery.publish('a');
    await delay(200);
    expect(two.heard).toEqual([]);
  });
});
