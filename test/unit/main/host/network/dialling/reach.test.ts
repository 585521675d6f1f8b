import type { Connection } from '@libp2p/interface';
import type { TransportManager } from '@libp2p/interface-internal';
import { multiaddr } from '@multiformats/multiaddr';
import { beforeEach, expect, it } from 'vitest';
import { Gatekeeper } from '../../../../../../main/host/network/gatekeeper.ts';
import { NetworkError } from '../../../../../../main/host/network/index.ts';
import { Links } from '../../../../../../main/host/network/links/links.ts';
import { PeerTable } from '../../../../../../main/host/network/links/peer-table.ts';
import { Reach } from '../../../../../../main/host/network/dialling/reach.ts';
import type { ReachParts } from '../../../../../../main/host/network/dialling/reach.ts';
import { PeerId } from '../../../../../../shared/ids.ts';

const OWN = PeerId.parse('12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp');
const ADA = PeerId.parse('12D3KooWGRUjR2dvZrHKvfw4uyaxYjDkRUDqy7jzm7xVPzNFoCZR');
const RELAY = PeerId.parse('12D3KooWJePmyH5GBfPkLdvUF51yRQFmf7fSkC3uTg6HvhzMnzcG');

const SAID = [
  '/ip4/127.0.0.1/tcp/80',
  '/ip4/192.168.1.1/tcp/80',
  '/dns4/printer.lan/tcp/80',
  '/ip4/11.0.0.2/tcp/4001',
  '/ip4/11.0.0.3/tcp/22',
];

let dialled: string[];
let table: PeerTable;
beforeEach(() => {
  dialled = [];
  table = new PeerTable(
    () => undefined,
    () => false,
  );
});

const link = (remoteAddr: string, peerId: PeerId): Connection =>
  ({
    status: 'open',
    direction: 'inbound',
    remoteAddr: multiaddr(remoteAddr),
    remotePeer: { toString: () => peerId },
  }) as unknown as Connection;

/** Dials what it is told to, and nobody answers. */
function reach(more: Partial<ReachParts> = {}): Reach {
  const dial = async (address: { toString(): string }): Promise<never> => {
    dialled.push(address.toString().replace(/\/p2p\/[^/]+$/, ''));
    return Promise.reject(new NetworkError('UNREACHABLE', 'Nobody answers.'));
  };
  return new Reach({
    gatekeeper: new Gatekeeper(),
    peers: table,
    links: new Links(OWN, table),
    node: () => ({}) as unknown as ReturnType<ReachParts['node']>,
    transports: () => ({ dial }) as unknown as TransportManager,
    lookUp: () => Promise.resolve([]),
    isOurs: () => false,
    isOwnRelay: () => false,
    onRelay: () => undefined,
    ...more,
  });
}

const addLink = (peerId: PeerId, address: string, isRelay: boolean | null = null): void => {
  const peer = table.see(peerId, 'inbound');
  peer.isRelay = isRelay;
  table.addLink(peer, {
    connection: link(address, peerId),
    path: 'direct',
    transport: 'ws',
    address,
    since: 0,
    dialledBySmaller: true,
    fading: false,
    leaving: false,
    asksOnly: false,
    rttMs: null,
    welcome: Promise.withResolvers(),
  });
};

const soon = (): AbortSignal => AbortSignal.timeout(2000);

it('tries for a better path to a stranger only where it comes from', async () => {
  addLink(ADA, '/ip4/11.0.0.2/tcp/50000/ws');
  const peer = table.see(ADA, 'inbound');
  peer.links = peer.links.map((one) => ({ ...one, path: 'punched' }));
  table.addAddresses(peer, SAID);
  await expect(reach().better(peer, false, soon())).rejects.toThrow();
  expect(dialled).toEqual(['/ip4/11.0.0.2/tcp/4001']);
});

it('dials a stranger that a look-up led to at public addresses, and where the look-up said', async () => {
  const peer = table.see(ADA, 'dht');
  table.addAddresses(peer, SAID);
  peer.foundAt = ['/ip4/192.168.7.9/tcp/4001'];
  await expect(reach().found(peer, soon())).rejects.toThrow();
  expect(dialled.toSorted()).toEqual([
    '/ip4/11.0.0.2/tcp/4001',
    '/ip4/11.0.0.3/tcp/22',
    '/ip4/192.168.7.9/tcp/4001',
  ]);
  expect(peer.addresses).not.toContain('/ip4/192.168.7.9/tcp/4001');
});

it('dials who was chosen here wherever it says', async () => {
  const peer = table.see(ADA, 'contact');
  table.addAddresses(peer, SAID);
  await expect(reach({ isOurs: () => true }).found(peer, soon())).rejects.toThrow();
  expect(dialled).toHaveLength(SAID.length);
});

it('tells relays of its own only for whom it looks', async () => {
  addLink(RELAY, '/ip4/11.0.0.5/tcp/4001', true);
  const peer = table.see(ADA, 'contact');
  await expect(reach().known(ADA)).rejects.toThrow();
  expect(dialled).toEqual([]);
  await expect(reach({ isOwnRelay: (relay) => relay === RELAY }).by(peer, [], soon())).rejects.toThrow();
  await expect(reach({ isOwnRelay: (relay) => relay === RELAY }).known(ADA)).rejects.toThrow();
  expect(dialled).toEqual([`/ip4/11.0.0.5/tcp/4001/p2p/${RELAY}/p2p-circuit`]);
});

it('tells by which relay it goes to whom', async () => {
  addLink(RELAY, '/ip4/11.0.0.5/tcp/4001', true);
  const told: [PeerId, PeerId][] = [];
  const circuit = multiaddr(`/ip4/11.0.0.5/tcp/4001/p2p/${RELAY}/p2p-circuit`);
  const onRelay: ReachParts['onRelay'] = (...news) => told.push(news);
  await expect(reach({ onRelay }).by(table.see(ADA, 'contact'), [circuit], soon())).rejects.toThrow();
  expect(told).toEqual([[RELAY, ADA]]);
});
