import { noise } from '@chainsafe/libp2p-noise';
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import { identify } from '@libp2p/identify';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { afterEach, describe, expect, it } from 'vitest';
import type { RelayServerOptions } from '../../main/host/network/index.ts';
import { askRelay } from '../../main/host/network/relays/relay-protocol.ts';
import type { RelayUse } from '../../shared/reachability.ts';
import { RELAY_PROTOCOL } from '../../shared/wire.ts';
import { ECHO, linesOf, linked, newIdentity, peerWhen, soon, startNode, stopAll } from './network-fixture.ts';
import type { TestNode, TestNodeOptions } from './network-fixture.ts';

afterEach(stopAll);

const RELAY: RelayServerOptions = {
  maxReservations: 8,
  circuitSeconds: 600,
  circuitBytes: 4 * 1024 * 1024,
  stunPorts: [0],
  contactsOnly: false,
};
const TCP_ONLY = ['/ip4/127.0.0.1/tcp/0'];
const quickly = { backoffMs: (): number => 100 };

const startRelay = (
  options: Partial<RelayServerOptions> = {},
  more: TestNodeOptions = {},
): Promise<TestNode> =>
  startNode({ listen: TCP_ONLY, betterPaths: false, relayServer: { ...RELAY, ...options }, ...more });

/** A host that keeps a link to relays, and listens nowhere: there is no other way to it. */
async function startBehind(relays: readonly TestNode[], more: TestNodeOptions = {}): Promise<TestNode> {
  const node = await startNode({
    listen: ['/ip4/127.0.0.1/tcp/0'],
    relays: true,
    betterPaths: false,
    ...quickly,
    ...more,
  });
  for (const relay of relays) node.network.keep(relay.peerId, [relay.at('tcp').replace(/\/p2p\/.*$/, '')]);
  return node;
}

/** The relays of a node once they are as a test wants them. */
function relaysWhen(node: TestNode, wanted: (relays: readonly RelayUse[]) => boolean): Promise<RelayUse[]> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const { relays } = node.network.reachEvidence();
      if (!wanted(relays)) return;
      clearTimeout(timer);
      node.network.off('evidence', look);
      resolve(relays);
    };
    const timer = setTimeout(() => {
      node.network.off('evidence', look);
      reject(
        new Error(
          `The relays never became as wanted: ${JSON.stringify(node.network.reachEvidence().relays)}`,
        ),
      );
    }, 20_000);
    node.network.on('evidence', look);
    look();
  });
}

const reservedAt =
  (...relays: TestNode[]) =>
  (uses: readonly RelayUse[]): boolean =>
    relays.every(({ peerId }) => uses.some((use) => use.peerId === peerId && use.state === 'reserved'));

const circuitTo = (node: TestNode, relay: TestNode): string =>
  `${relay.at('tcp')}/p2p-circuit/p2p/${node.peerId}`;

describe('relays', () => {
  it('carry a call between two that have no other way, and count it', async () => {
    const relay = await startRelay();
    const called = await startBehind([relay]);
    const [use] = await relaysWhen(called, reservedAt(relay));
    expect(use?.expiresAt).toBeGreaterThan(Date.now());
    expect(called.network.addresses().some((address) => address.includes('/p2p-circuit/'))).toBe(true);
    expect(relay.network.relayView()).toMatchObject({
      reservations: 1,
      maxReservations: 8,
      circuits: 0,
      bytes: 0,
    });

    const caller = await startNode({ listen: TCP_ONLY, betterPaths: false });
    await caller.network.dial(relay.at('tcp'), soon());
    await caller.network.dial(circuitTo(called, relay), soon());
    const peer = await peerWhen(caller, called.peerId, (one) => linked(one) && one.speaksGatehouse === true);
    expect(peer.links[0]).toMatchObject({ path: 'relayed', relay: relay.peerId });
    // Identify and ping work over it, too.
    await peerWhen(caller, called.peerId, (one) => typeof one.links[0]?.rttMs === 'number');
    expect(peer.software).toBe('gatehouse/test');

    const before = relay.network.relayView()?.bytes ?? 0;
    const channel = await caller.network.openMcp(called.peerId, ECHO, soon());
    const line = JSON.stringify({ text: 'x'.repeat(100_000) });
    channel.send(line);
    expect(await linesOf(channel, 1)).toEqual([line]);
    const view = relay.network.relayView();
    expect(view?.circuits).toBe(1);
    expect((view?.bytes ?? 0) - before).toBeGreaterThan(200_000);
    expect((view?.bytes ?? 0) - before).toBeLessThan(220_000);

    await caller.network.disconnect(called.peerId);
    await peerWhen(called, caller.peerId, (one) => one.links.length === 0);
    await expect.poll(() => relay.network.relayView()?.circuits).toBe(0);
    expect((await peerWhen(caller, relay.peerId, linked)).isRelay).toBe(true);
  });

  it('are two at a time: when one dies, a third takes its place, and it is asked again when it is back', async () => {
    const identity = await newIdentity();
    const [first, second] = [await startRelay({}, { identity }), await startRelay()];
    const node = await startBehind([first, second]);
    await relaysWhen(node, reservedAt(first, second));
    const third = await startRelay();
    node.network.keep(third.peerId, [third.at('tcp').replace(/\/p2p\/.*$/, '')]);
    await peerWhen(node, third.peerId, (peer) => linked(peer) && peer.isRelay === true);
    expect(node.network.reachEvidence().relays).toHaveLength(2);

    const address = first.at('tcp').replace(/\/p2p\/.*$/, '');
    await first.network.stop();
    const moved = await relaysWhen(node, reservedAt(second, third));
    expect(moved.find(({ peerId }) => peerId === first.peerId)).toMatchObject({ state: 'failed' });

    await third.network.stop();
    await relaysWhen(node, (uses) => !reservedAt(third)(uses));
    const again = await startRelay({}, { identity, listen: [address] });
    await relaysWhen(node, reservedAt(again, second));
  });

  it('are those that somebody here chose, and a kept one takes the place of others', async () => {
    const node = await startBehind([]);
    const stranger = await startRelay();
    await stranger.network.dial(node.at('tcp'), soon());
    await peerWhen(node, stranger.peerId, (peer) => peer.isRelay === true);
    expect(node.network.reachEvidence().relays).toEqual([]);

    const dialled = [await startRelay(), await startRelay()] as const;
    for (const relay of dialled) await node.network.dial(relay.at('tcp'), soon());
    await relaysWhen(node, reservedAt(...dialled));

    const [kept, second] = [await startRelay(), dialled[1]];
    node.network.keep(kept.peerId, [kept.at('tcp').replace(/\/p2p\/.*$/, '')]);
    const uses = await relaysWhen(node, reservedAt(kept));
    expect(uses).toHaveLength(2);
    // They stay linked all the same.
    for (const relay of dialled) await peerWhen(node, relay.peerId, linked);
    node.network.keep(stranger.peerId, []);
    await relaysWhen(node, reservedAt(kept, stranger));
    await peerWhen(node, second.peerId, linked);
  });

  it('refuse when they are full, and are asked until there is a place', async () => {
    const relay = await startRelay({ maxReservations: 1 });
    const lucky = await startBehind([relay]);
    await relaysWhen(lucky, reservedAt(relay));
    const waiting = await startBehind([relay]);
    const [refused] = await relaysWhen(waiting, (uses) => uses[0]?.state === 'failed');
    expect(refused?.why).toBe('This relay has no place left.');
    expect(relay.network.relayView()?.reservations).toBe(1);
    await lucky.network.stop();
    await relaysWhen(waiting, reservedAt(relay));
  });

  it('serve contacts only where that is chosen', async () => {
    const contacts = new Set<string>();
    const relay = await startRelay(
      { contactsOnly: true },
      { handlers: { isContact: (peerId) => contacts.has(peerId) } },
    );
    const node = await startBehind([relay]);
    const [use] = await relaysWhen(node, (uses) => uses[0]?.state === 'failed');
    expect(use?.why).toBe('This relay does not serve this machine.');
    contacts.add(node.peerId);
    await relaysWhen(node, reservedAt(relay));
  });

  it('give back their places when that is switched off, and take them again', async () => {
    const relay = await startRelay();
    const node = await startBehind([relay]);
    await relaysWhen(node, reservedAt(relay));
    node.network.setRelays(false);
    await relaysWhen(node, (uses) => uses.length === 0);
    const caller = await startNode({ listen: TCP_ONLY, betterPaths: false });
    await caller.network.dial(relay.at('tcp'), soon());
    await expect(caller.network.dial(circuitTo(node, relay), soon())).rejects.toThrow();
    node.network.setRelays(true);
    await relaysWhen(node, reservedAt(relay));
    await caller.network.dial(circuitTo(node, relay), soon());
  });

  it('state their limits as the specification has them, and end what goes beyond', async () => {
    const relay = await startRelay({ circuitBytes: 512 * 1024, circuitSeconds: 120 });
    const called = await startBehind([relay]);
    await relaysWhen(called, reservedAt(relay));
    const caller = await startNode({ listen: TCP_ONLY, betterPaths: false });
    await caller.network.dial(relay.at('tcp'), soon());
    await caller.network.dial(circuitTo(called, relay), soon());
    const channel = await caller.network.openMcp(called.peerId, ECHO, soon());
    const ended = new Promise((resolve) => {
      channel.onClose = resolve;
    });
    // What any libp2p client reads.
    const plain = await createLibp2p({
      transports: [tcp(), circuitRelayTransport()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: { identify: identify() },
    });
    const link = await plain.dial(multiaddr(relay.at('tcp')));
    const { limits } = await plain.dial(multiaddr(circuitTo(called, relay)));
    expect(limits?.seconds).toBeGreaterThan(110);
    expect(limits?.seconds).toBeLessThanOrEqual(120);
    expect(Number(limits?.bytes)).toBeLessThanOrEqual(512 * 1024);
    const offer = await askRelay(await link.newStream([RELAY_PROTOCOL]), soon().signal);
    expect(offer.limits).toEqual({ seconds: 120, bytes: 512 * 1024 });
    expect(offer.stun).toEqual(relay.network.relayView()?.stunPorts);
    expect(offer.stun).toHaveLength(1);
    await plain.stop();

    for (let round = 0; round < 8; round += 1) channel.send(JSON.stringify('x'.repeat(100_000)));
    expect(await ended).toBeInstanceOf(Error);
  });
});
