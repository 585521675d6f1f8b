import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { RelayServerOptions } from '../../main/host/network/index.ts';
import { ECHO, linesOf, linked, peerWhen, soon, startNode, stopAll } from './network-fixture.ts';
import type { TestNode, TestNodeOptions } from './network-fixture.ts';

const silent: { close(): void }[] = [];

afterEach(async () => {
  await stopAll();
  for (const server of silent.splice(0)) server.close();
});

const RELAY: RelayServerOptions = {
  maxReservations: 8,
  circuitSeconds: 600,
  circuitBytes: 4 * 1024 * 1024,
  stunPorts: [0],
  contactsOnly: false,
};
const TCP_ONLY = ['/ip4/127.0.0.1/tcp/0'];
const withoutId = (address: string): string => address.replace(/\/p2p\/[^/]+$/, '');

const startRelay = (): Promise<TestNode> => startNode({ listen: TCP_ONLY, relayServer: RELAY });

/** A host with a place at a relay. */
async function startReserved(relay: TestNode, options: TestNodeOptions = {}): Promise<TestNode> {
  const node = await startNode({ listen: TCP_ONLY, relays: true, ...options });
  node.network.keep(relay.peerId, [withoutId(relay.at('tcp'))]);
  while (!node.network.addresses().some((address) => address.includes('/p2p-circuit/')))
    await new Promise((resolve) => node.network.once('addresses', resolve));
  return node;
}

const circuitTo = (node: TestNode, relay: TestNode): string =>
  `${relay.at('tcp')}/p2p-circuit/p2p/${node.peerId}`;

/** Takes connections and says nothing: an address that costs time. */
async function deadAddress(): Promise<string> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  silent.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  return `/ip4/127.0.0.1/tcp/${address.port}`;
}

it('a peer that was dialled by way of a relay is linked directly where it can be, and the relay is let go', async () => {
  const relay = await startRelay();
  const called = await startReserved(relay);
  const caller = await startNode({ listen: TCP_ONLY });
  const paths: (string | undefined)[] = [];
  caller.network.on('peer', (peer) => {
    if (peer.peerId === called.peerId) paths.push(peer.links[0]?.path);
  });
  await caller.network.dial(circuitTo(called, relay), soon());
  const channel = await caller.network.openMcp(called.peerId, ECHO, soon());
  // Whoever does not read its channel keeps it where it is.
  const answer = linesOf(channel, 1);
  const direct = (node: TestNode, other: TestNode): Promise<unknown> =>
    peerWhen(node, other.peerId, ({ links }) => links.length === 1 && links[0]?.path === 'lan');
  await Promise.all([direct(caller, called), direct(called, caller)]);
  channel.send('{}');
  expect(await answer).toEqual(['{}']);
  expect(channel.path).toBe('lan');
  // The relay is the last to see that both have let it go.
  await expect.poll(() => relay.network.relayView()?.circuits).toBe(0);
  expect(caller.network.peers().find(({ peerId }) => peerId === called.peerId)?.pathNote).toBeNull();
});

it('dead addresses do not keep a peer from being reached by its relay', async () => {
  const relay = await startRelay();
  const called = await startReserved(relay, { betterPaths: false });
  const caller = await startNode({ listen: TCP_ONLY, betterPaths: false });
  const dead = await Promise.all(Array.from({ length: 5 }, deadAddress));
  caller.network.keep(called.peerId, [...dead, withoutId(circuitTo(called, relay))]);
  const peer = await peerWhen(caller, called.peerId, linked);
  expect(peer.links[0]?.path).toBe('relayed');
  await expect(
    caller.network.dial(called.peerId, soon()).then(() => caller.network.peers().length),
  ).resolves.toBe(2);
});

it('a contact of whom no address is known is found at the relay that both use', async () => {
  const relay = await startRelay();
  const called = await startReserved(relay, { betterPaths: false });
  const caller = await startReserved(relay, { betterPaths: false });
  await peerWhen(caller, relay.peerId, (peer) => peer.isRelay === true);
  caller.network.keep(called.peerId, []);
  const peer = await peerWhen(caller, called.peerId, linked);
  expect(peer.links[0]).toMatchObject({ path: 'relayed', relay: relay.peerId });
});

it('a relay is dialled where an address of a wanted peer names it, and nobody else is', async () => {
  const relay = await startRelay();
  const called = await startReserved(relay, { betterPaths: false });
  const caller = await startNode({ listen: TCP_ONLY, betterPaths: false });
  await caller.network.dial(circuitTo(called, relay), soon());
  expect(
    caller.network
      .peers()
      .map(({ peerId }) => peerId)
      .toSorted(),
  ).toEqual([relay.peerId, called.peerId].toSorted());
  const other = await startNode({ listen: TCP_ONLY, betterPaths: false });
  other.network.setBlocked(relay.peerId, true);
  await expect(other.network.dial(circuitTo(called, relay), soon())).rejects.toMatchObject({
    code: 'REFUSED',
  });
});
