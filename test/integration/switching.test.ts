import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { MessageChannel } from '../../main/host/network/index.ts';
import {
  ECHO,
  linesOf,
  linked,
  peerWhen,
  soon,
  startNode,
  stopAll,
  unlinked,
  type TestNode,
} from './network-fixture.ts';

afterEach(stopAll);

const overOnly = (name: 'libp2p' | 'websocket') => (peer: { links: readonly { transport: string }[] }) =>
  peer.links.length > 0 &&
  peer.links.every(({ transport }) => (transport === 'websocket') === (name === 'websocket'));

/** As a host keeps a contact: by all its addresses. */
const keep = (node: TestNode, other: TestNode): void =>
  node.network.keep(
    other.peerId,
    other.network.addresses().map((address) => address.replace(/(\/p2p\/|#)[^/]+$/, '')),
  );

/** Answers each line after a while, and is busy meanwhile, as an agent is. */
const slowly = (ms: number, seen: string[]) => (channel: MessageChannel) => {
  let underWay = 0;
  channel.busy = () => underWay > 0;
  channel.onLine = (line) => {
    seen.push(line);
    underWay += 1;
    void sleep(ms).then(() => {
      channel.send(line);
      underWay -= 1;
      channel.onIdle?.();
    });
  };
};

const stateOf = (node: TestNode, name: string): string | undefined =>
  node.network.transports().find((transport) => transport.name === name)?.state;

describe('one peer over two transports', () => {
  test('is one peer, with a link of each', async () => {
    const a = await startNode({ transport: 'both' });
    const b = await startNode({ transport: 'both' });
    await a.network.dial(b.at('tcp'), soon());
    await expect(a.network.dial(b.at('websocket'), soon())).resolves.toBe(b.peerId);
    const peer = await peerWhen(a, b.peerId, ({ links }) => links.length === 2);
    expect(peer.links.map(({ transport }) => transport)).toEqual(['tcp', 'websocket']);
    expect(peer.transports).toMatchObject([
      { name: 'libp2p', linked: true },
      { name: 'websocket', linked: true },
    ]);
    expect(a.network.peers()).toHaveLength(1);
  });

  test('is called over WebSocket alone where nothing else is chosen', async () => {
    const a = await startNode({ transport: 'websocket' });
    const b = await startNode({ transport: 'websocket' });
    expect(a.network.addresses().every((address) => address.startsWith('ws://'))).toBe(true);
    await a.network.dial(b.at('websocket'), soon());
    const channel = await a.network.openMcp(b.peerId, ECHO, soon());
    const lines = linesOf(channel, 3);
    for (const line of ['{"a":1}', '{"b":"ü👋"}', '{"c":[]}']) channel.send(line);
    await expect(lines).resolves.toEqual(['{"a":1}', '{"b":"ü👋"}', '{"c":[]}']);
    expect(channel.transport).toBe('websocket');
    const [peer] = b.network.peers();
    expect(peer).toMatchObject({ peerId: a.peerId, speaksGatehouse: true, software: 'gatehouse/test' });
  });

  test('learns the WebSocket address of a contact along with its cards', async () => {
    const a = await startNode({ transport: 'both' });
    const b = await startNode({ transport: 'both' });
    await a.network.dial(b.at('tcp'), soon());
    await a.network.fetchCards(b.peerId, { name: 'a', introduce: false }, soon());
    const [peer] = a.network.peers();
    expect(peer?.addresses).toContain(b.at('websocket').replace(/#.*$/, ''));
  });

  test('learns the libp2p addresses of a peer that it met by WebSocket, and prefers libp2p from then on', async () => {
    const a = await startNode({ transport: 'both' });
    const b = await startNode({ transport: 'both' });
    await a.network.dial(b.at('websocket'), soon());
    await a.network.fetchCards(b.peerId, { name: 'a', introduce: false }, soon());
    await peerWhen(a, b.peerId, ({ links }) => links[0]?.transport === 'tcp');
  });
});

describe('switching while calls are under way', () => {
  for (const [from, to] of [
    ['libp2p', 'websocket'],
    ['websocket', 'libp2p'],
  ] as const) {
    test(`from ${from} to ${to}: the channel moves, every call is answered once, and the old transport ends`, async () => {
      const seen: string[] = [];
      const a = await startNode({ transport: from });
      const b = await startNode({ transport: 'both', take: slowly(800, seen) });
      keep(a, b);
      keep(b, a);
      await peerWhen(a, b.peerId, overOnly(from));
      const channel = await a.network.openMcp(b.peerId, ECHO, soon());
      let answered = 0;
      channel.busy = () => answered < 64;
      const calls = Array.from({ length: 64 }, (_, id) => `{"id":${id}}`);
      const answers = linesOf(channel, calls.length);
      for (const call of calls) channel.send(call);
      await expect.poll(() => seen.length).toBe(64);
      const switched = a.network.setTransport(to);
      await expect(answers).resolves.toEqual(calls);
      answered = 64;
      channel.onIdle?.();
      await switched;
      expect(seen).toEqual(calls);
      expect(b.channels).toHaveLength(1);
      expect(channel.transport === 'websocket').toBe(to === 'websocket');
      expect([stateOf(a, from), stateOf(a, to)]).toEqual(['off', 'running']);
      await peerWhen(b, a.peerId, overOnly(to));
      // And it goes on there.
      const more = linesOf(channel, 1);
      channel.send('{"id":64}');
      await expect(more).resolves.toEqual(['{"id":64}']);
    });
  }

  test('what the other side opened moves as well, without being told to twice', async () => {
    const seen: string[] = [];
    const a = await startNode({ transport: 'libp2p', take: slowly(500, seen) });
    const b = await startNode({ transport: 'both' });
    keep(a, b);
    keep(b, a);
    await peerWhen(a, b.peerId, linked);
    const channel = await b.network.openMcp(a.peerId, ECHO, soon());
    channel.busy = () => true;
    const answers = linesOf(channel, 8);
    for (let id = 0; id < 8; id += 1) channel.send(`{"id":${id}}`);
    await expect.poll(() => seen.length).toBe(8);
    await a.network.setTransport('websocket');
    await expect(answers).resolves.toHaveLength(8);
    expect(seen).toHaveLength(8);
    expect(channel.transport).toBe('websocket');
  });

  test('a peer without the other transport is answered before the link is cut', async () => {
    const seen: string[] = [];
    const a = await startNode({ transport: 'libp2p', take: slowly(1000, seen) });
    const b = await startNode({ transport: 'libp2p' });
    keep(a, b);
    keep(b, a);
    await peerWhen(a, b.peerId, linked);
    const channel = await b.network.openMcp(a.peerId, ECHO, soon());
    channel.busy = () => true;
    const answer = linesOf(channel, 1);
    channel.send('{"id":1}');
    await expect.poll(() => seen.length).toBe(1);
    const switched = a.network.setTransport('websocket');
    await expect.poll(() => stateOf(a, 'libp2p')).toBe('draining');
    await expect(answer).resolves.toEqual(['{"id":1}']);
    await switched;
    await peerWhen(b, a.peerId, unlinked);
    expect(stateOf(a, 'libp2p')).toBe('off');
  });

  test('links, contacts and what is announced stay, through both directions', async () => {
    const a = await startNode({ transport: 'both' });
    const b = await startNode({ transport: 'both' });
    keep(a, b);
    await peerWhen(a, b.peerId, overOnly('libp2p'));
    await a.network.setTransport('websocket');
    await peerWhen(a, b.peerId, overOnly('websocket'));
    await a.network.setTransport('both');
    await peerWhen(a, b.peerId, ({ links }) => links.some(({ transport }) => transport !== 'websocket'));
    await a.network.setTransport('libp2p');
    await peerWhen(a, b.peerId, overOnly('libp2p'));
    expect(stateOf(a, 'websocket')).toBe('off');
  });
});

describe('for one peer', () => {
  test('another transport is used as soon as it is chosen, and the others are left alone', async () => {
    const a = await startNode({ transport: 'both' });
    const b = await startNode({ transport: 'both' });
    const c = await startNode({ transport: 'both' });
    keep(a, b);
    keep(a, c);
    await peerWhen(a, b.peerId, overOnly('libp2p'));
    await peerWhen(a, c.peerId, overOnly('libp2p'));
    a.network.setPeerTransport(b.peerId, 'websocket');
    await peerWhen(a, b.peerId, overOnly('websocket'));
    expect(a.network.peers().find(({ peerId }) => peerId === c.peerId)).toSatisfy(overOnly('libp2p'));
    a.network.setPeerTransport(b.peerId, null);
    await peerWhen(
      a,
      b.peerId,
      ({ transportChoice, links }) =>
        transportChoice === null && links.some(({ transport }) => transport !== 'websocket'),
    );
  });
});

describe('falling back', () => {
  test('WebSocket takes over where libp2p fails, says why, and libp2p comes back by itself', async () => {
    const a = await startNode({ transport: 'both' });
    const b = await startNode({ transport: 'websocket' });
    a.network.keep(b.peerId, ['/ip4/127.0.0.1/tcp/1', b.at('websocket').replace(/#.*$/, '')]);
    const fallen = await peerWhen(a, b.peerId, ({ fallback }) => fallback !== null);
    expect(fallen.links.map(({ transport }) => transport)).toEqual(['websocket']);
    expect(fallen.fallback?.reason).toMatch(/listens|reached/);
    expect(fallen.fallback?.afterMs).toBeGreaterThanOrEqual(0);
    await b.network.setTransport('both');
    a.network.keep(b.peerId, [b.at('tcp').replace(/\/p2p\/.*$/, '')]);
    a.network.networkChanged(true);
    const back = await peerWhen(a, b.peerId, ({ links }) =>
      links.some(({ transport }) => transport === 'tcp'),
    );
    expect(back.fallback).toBeNull();
  });
});
