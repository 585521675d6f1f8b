import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { NetworkOptions } from '../../main/host/network/index.ts';
import {
  ECHO,
  linesOf,
  linked,
  newIdentity,
  peerWhen,
  soon,
  startNode,
  stopAll,
  unlinked,
} from './network-fixture.ts';
import type { TestNode } from './network-fixture.ts';
import { eventually } from '../fixtures/eventually.ts';

afterEach(stopAll);

const MARK = Buffer.from('mark');

const quick: Partial<NetworkOptions> = { backoffMs: (failures) => Math.min(20 * 2 ** failures, 500) };

const pair = (options: Partial<NetworkOptions> = {}): Promise<[TestNode, TestNode]> =>
  Promise.all([startNode(options), startNode(options)]);

/** A port that is free right now, and the way to take it. */
async function takenPort(): Promise<{ port: number; release(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  return { port: address.port, release: () => new Promise((resolve) => server.close(() => resolve())) };
}

describe('a busy port', () => {
  it('is replaced by a free one, for TCP and QUIC, and a notice says so', async () => {
    const first = await startNode();
    const port = (text: string): string => /\/(?:tcp|udp)\/(\d+)/.exec(text)?.[1] ?? '';
    const [tcp, udp] = [port(first.at('tcp')), port(first.at('quic'))];
    const listen = [`/ip4/127.0.0.1/tcp/${tcp}`, `/ip4/127.0.0.1/udp/${udp}/quic-v1`];
    const second = await startNode({ listen });
    expect(second.notices).toMatchObject([
      { id: 'ports', text: expect.stringContaining(`${tcp} (TCP) and ${udp} (UDP)`) },
    ]);
    expect(second.notices[0]?.text).toContain(port(second.at('tcp')));
    expect(second.notices[0]?.text).toContain(port(second.at('quic')));
    await first.network.dial(second.at('tcp'), soon());
  });

  it('does not stop the other addresses, nor does one that makes no sense here', async () => {
    const taken = await takenPort();
    const listen = [`/ip4/127.0.0.1/tcp/${taken.port}/ws`, '/ip4/192.0.2.254/tcp/0', '/ip4/127.0.0.1/tcp/0'];
    const node = await startNode({ listen });
    await taken.release();
    expect(node.notices.map(({ id }) => id).toSorted()).toEqual(['listen:/ip4/192.0.2.254/tcp/0', 'ports']);
    expect(node.network.addresses()).toHaveLength(2);
  });
});

describe('a link that is kept', () => {
  it('comes back by itself when it is lost', async () => {
    const [a, b] = await pair(quick);
    b.network.keep(a.peerId, [a.at('tcp').replace(/\/p2p\/.*/, '')]);
    const before = await peerWhen(b, a.peerId, linked);
    await a.network.freeze();
    await peerWhen(
      b,
      a.peerId,
      (peer) => unlinked(peer) && peer.dialError !== null && peer.nextDialAt !== null,
    );
    a.network.unfreeze();
    // What went wrong last is forgotten once the link is known to last.
    const after = await peerWhen(b, a.peerId, (peer) => linked(peer) && peer.dialError === null);
    expect(after.links[0]?.since).toBeGreaterThan(before.links[0]?.since ?? Infinity);
    expect(after).toMatchObject({ state: 'connected', nextDialAt: null });
  });

  it('is dialled until the peer is there, and shown as waiting meanwhile', async () => {
    const taken = await takenPort();
    await taken.release();
    const identity = await newIdentity();
    const b = await startNode(quick);
    b.network.keep(identity.peerId, [`/ip4/127.0.0.1/tcp/${taken.port}`]);
    const waiting = await peerWhen(
      b,
      identity.peerId,
      (peer) => peer.state === 'waiting' && peer.dialError !== null,
    );
    expect(waiting).toMatchObject({
      foundBy: 'contact',
      dialError: expect.stringContaining('Nobody listens'),
    });
    await startNode({ identity, listen: [`/ip4/127.0.0.1/tcp/${taken.port}`] });
    await peerWhen(b, identity.peerId, linked);
  });

  it('is left alone once the person disconnects it, even when the other side wants it', async () => {
    const [a, b] = await pair(quick);
    const addressOf = (node: TestNode): string[] => [node.at('tcp').replace(/\/p2p\/.*/, '')];
    a.network.keep(b.peerId, addressOf(b));
    b.network.keep(a.peerId, addressOf(a));
    await Promise.all([peerWhen(b, a.peerId, linked), peerWhen(a, b.peerId, linked)]);
    await b.network.disconnect(a.peerId);
    await peerWhen(b, a.peerId, (peer) => peer.state === 'offline');
    // Each dial ends in a link that is closed at once.
    await peerWhen(a, b.peerId, (peer) => peer.dialError !== null && unlinked(peer));
    expect(b.network.peers()).toMatchObject([{ state: 'offline' }]);
    b.network.keep(a.peerId, []);
    await peerWhen(b, a.peerId, linked);
  });

  it('is dialled no more once it is released', async () => {
    const [a, b] = await pair(quick);
    b.network.keep(a.peerId, [a.at('tcp').replace(/\/p2p\/.*/, '')]);
    await peerWhen(b, a.peerId, linked);
    b.network.release(a.peerId);
    await a.network.freeze();
    expect(await peerWhen(b, a.peerId, unlinked)).toMatchObject({ state: 'offline', nextDialAt: null });
  });
});

describe('a blocked peer', () => {
  it('is cut off, refused and not dialled', async () => {
    const [a, b] = await pair();
    await b.network.dial(a.at('tcp'), soon());
    await peerWhen(a, b.peerId, linked);
    a.network.setBlocked(b.peerId, true);
    await peerWhen(b, a.peerId, unlinked);
    for (const kind of ['tcp', 'quic', 'ws'] as const) {
      await expect(b.network.dial(a.at(kind), soon())).rejects.toMatchObject({ code: 'REFUSED' });
    }
    expect(a.network.peers()).toMatchObject([{ state: 'offline', links: [] }]);
    await expect(a.network.dial(b.at('tcp'), soon())).rejects.toMatchObject({ code: 'REFUSED' });
    a.network.setBlocked(b.peerId, false);
    await a.network.dial(b.at('tcp'), soon());
  });
});

it('a peer that is turned away is dialled less and less often', async () => {
  const failures: number[] = [];
  const { promise: fourTimes, resolve } = Promise.withResolvers<void>();
  const backoffMs = (soFar: number): number => {
    if (failures.push(soFar) === 4) resolve();
    return 20 * 2 ** soFar;
  };
  const [a, b] = await Promise.all([startNode(), startNode({ backoffMs })]);
  a.network.setBlocked(b.peerId, true);
  b.network.keep(a.peerId, [a.at('tcp').replace(/\/p2p\/.*/, '')]);
  await fourTimes;
  // A link that lasts no time counts as one more failure, though it was made.
  expect(failures).toEqual([...failures].toSorted((x, y) => x - y));
  expect(new Set(failures).size).toBe(4);
  expect(b.network.peers()[0]?.dialError).toMatch(/it may have blocked this machine/);
});

describe('the freeze', () => {
  it('cuts every link, lets none in or out, and brings back what is kept when it is lifted', async () => {
    const [a, b] = await pair(quick);
    a.network.keep(b.peerId, [b.at('tcp').replace(/\/p2p\/.*/, '')]);
    await peerWhen(a, b.peerId, linked);
    await a.network.freeze();
    expect(a.network.peers().every(unlinked)).toBe(true);
    await expect(a.network.dial(b.at('tcp'), soon())).rejects.toMatchObject({ code: 'STOPPED' });
    await expect(a.network.openMcp(b.peerId, ECHO, soon())).rejects.toMatchObject({ code: 'STOPPED' });
    await peerWhen(b, a.peerId, unlinked);
    await expect(b.network.dial(a.at('tcp'), soon())).rejects.toMatchObject({ name: 'NetworkError' });
    a.network.unfreeze();
    await peerWhen(a, b.peerId, linked);
  });
});

describe('while everything is stopped', () => {
  it('no STUN server is asked and nothing is tested; afterwards both are done again', async () => {
    const server = createSocket('udp4');
    let asked = 0;
    const mark = Promise.withResolvers<void>();
    server.on('message', (message) => {
      if (message.equals(MARK)) mark.resolve();
      else asked += 1;
    });
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    const node = await startNode({ stun: [`127.0.0.1:${server.address().port}`] });
    await eventually(() => expect(asked).toBeGreaterThan(0));
    const interrupted = node.network.testReach(soon());
    await node.network.freeze();
    await interrupted;
    // What had been sent before this comes before it.
    server.send(MARK, server.address().port, '127.0.0.1');
    await mark.promise;
    const before = asked;
    expect(await node.network.testReach(soon())).toMatch(/everything is stopped/);
    node.network.networkChanged(true);
    await delay(1500);
    expect(asked).toBe(before);
    node.network.unfreeze();
    await eventually(() => expect(asked).toBeGreaterThan(before));
    server.close();
  });
});

describe('the bootstrap list', () => {
  const bare = (node: TestNode): string => node.at('tcp').replace(/\/p2p\/.*/, '');

  it('is linked at the start and again when a link is lost, by name as well, and what is wrong in it is said', async () => {
    const [a, b] = await pair();
    const byName = b.at('tcp').replace('/ip4/127.0.0.1', '/dns4/localhost');
    const c = await startNode({ ...quick, bootstrap: [a.at('tcp'), '/ip4/192.0.2.1/tcp/1', byName] });
    await Promise.all([peerWhen(c, a.peerId, linked), peerWhen(c, b.peerId, linked)]);
    expect(c.network.peers().map(({ foundBy }) => foundBy)).toEqual(['bootstrap', 'bootstrap']);
    expect(c.notices).toMatchObject([
      { id: 'bootstrap', text: expect.stringContaining('/ip4/192.0.2.1/tcp/1') },
    ]);
    await a.network.disconnect(c.peerId);
    await peerWhen(c, a.peerId, unlinked);
    a.network.release(c.peerId);
    await peerWhen(c, a.peerId, linked);
  });

  it('can be changed while running; whoever is a contact as well stays kept', async () => {
    const [a, b, c] = await Promise.all([startNode(), startNode(), startNode(quick)]);
    c.network.setBootstrap([a.at('tcp'), b.at('tcp')]);
    c.network.keep(b.peerId, [bare(b)]);
    await Promise.all([peerWhen(c, a.peerId, linked), peerWhen(c, b.peerId, linked)]);
    c.network.setBootstrap([]);
    for (const other of [a, b]) {
      await other.network.disconnect(c.peerId);
      await peerWhen(c, other.peerId, unlinked);
      other.network.release(c.peerId);
    }
    await peerWhen(c, b.peerId, linked);
    expect(c.network.peers().find(({ peerId }) => peerId === a.peerId)).toMatchObject({
      state: 'offline',
      links: [],
    });
    c.network.release(b.peerId);
    await b.network.disconnect(c.peerId);
    expect(await peerWhen(c, b.peerId, unlinked)).toMatchObject({ nextDialAt: null });
  });
});

describe('mDNS', () => {
  const lan = { interface: '127.0.0.1', port: 25_354, intervalMs: 200 };

  it('lets hosts on one machine find and link each other, each pair by one link', async () => {
    const nodes = await Promise.all([
      startNode({ mdns: true, lan }),
      startNode({ mdns: true, lan }),
      startNode({ mdns: true, lan }),
    ]);
    await Promise.all(
      nodes.flatMap((node) =>
        nodes.filter((other) => other !== node).map((other) => peerWhen(node, other.peerId, linked)),
      ),
    );
    for (const node of nodes) {
      expect(node.network.peers()).toHaveLength(2);
      for (const peer of node.network.peers()) expect(peer.links).toHaveLength(1);
    }
    const [a, b] = nodes;
    const channel = await a.network.openMcp(b.peerId, ECHO, soon());
    const answer = linesOf(channel, 1);
    channel.send('{}');
    expect(await answer).toEqual(['{}']);
  });

  it('can be switched off and on while running', async () => {
    const [a, b] = await Promise.all([startNode({ mdns: false, lan }), startNode({ mdns: true, lan })]);
    await b.network.setMdns(false);
    await a.network.setMdns(true);
    expect(a.network.peers()).toEqual([]);
    await b.network.setMdns(true);
    expect((await peerWhen(a, b.peerId, linked)).foundBy).toMatch(/mdns|inbound/);
  });

  it('does not bring back a peer that the person disconnected or blocked', async () => {
    const [a, b] = await Promise.all([startNode({ mdns: true, lan }), startNode({ mdns: true, lan })]);
    await peerWhen(a, b.peerId, linked);
    await a.network.disconnect(b.peerId);
    const seenAt = (await peerWhen(a, b.peerId, unlinked)).lastSeen;
    await peerWhen(a, b.peerId, (peer) => peer.lastSeen > seenAt + 600);
    expect(a.network.peers()).toMatchObject([{ links: [], state: 'offline' }]);
  });
});

it('peers that dial each other at the same moment stay linked and use the same link', async () => {
  const [a, b] = await pair();
  await Promise.all([a.network.dial(b.at('tcp'), soon()), b.network.dial(a.at('tcp'), soon())]);
  const [ofA, ofB] = await Promise.all([
    a.network.openMcp(b.peerId, ECHO, soon()),
    b.network.openMcp(a.peerId, ECHO, soon()),
  ]);
  const answers = Promise.all([linesOf(ofA, 1), linesOf(ofB, 1)]);
  ofA.send('a');
  ofB.send('b');
  expect(await answers).toEqual([['a'], ['b']]);
  await eventually(() => {
    const [seenByA] = a.network.peers();
    const [seenByB] = b.network.peers();
    expect(seenByA?.links.length).toBe(seenByB?.links.length);
    expect(seenByA?.links[0]?.direction).not.toBe(seenByB?.links[0]?.direction);
  });
});
