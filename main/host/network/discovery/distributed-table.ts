/**
 * The distributed tables that lead to peers whose address nobody here knows: one of the internet, one of private
 * networks. Each keeps to addresses of its own kind, so that neither leads astray.
 */
import {
  kadDHT,
  removePrivateAddressesMapper,
  removePublicAddressesMapper,
  type KadDHT,
  type KadDHTComponents,
  type KadDHTInit,
} from '@libp2p/kad-dht';
import type { Libp2p, PeerId as Libp2pPeerId } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { PeerId } from '../../../../shared/ids.ts';
import { withoutPeer } from '../addresses.ts';
import { deadline } from '../../deadline.ts';
import { LOOKUP_TIMEOUT_MS, MAX_TABLE_STREAMS } from '../limits.ts';

/**
 * How long others hold what we are announced for, unless it is renewed. As long as libp2p keeps the addresses that
 * come with a record.
 */
const RECORD_LIFETIME_MS = 60 * 60_000;

const LIMITS = {
  maxInboundStreams: MAX_TABLE_STREAMS,
  maxOutboundStreams: MAX_TABLE_STREAMS,
  // Peers asked at one time in a lookup.
  alpha: 3,
  pingNewContactMaxQueueSize: 100,
  pingOldContactMaxQueueSize: 100,
  routingTableUpdateMaxQueueSize: 1000,
} as const satisfies KadDHTInit;

/** Of one peer, that are taken from an answer. */
const MAX_ADDRESSES = 16;

const WIDE_PROTOCOL = '/gatehouse/kad/1.0.0';
const LAN_PROTOCOL = '/gatehouse/lan/kad/1.0.0';

/** Serves once it can be reached from the internet; until then it only asks. libp2p sees to that. */
const WIDE = {
  ...LIMITS,
  protocol: WIDE_PROTOCOL,
  datastorePrefix: '/gatehouse-kad',
  logPrefix: 'libp2p:gatehouse-kad',
  // Most hosts never meet a peer that serves it; a lookup must not wait for one.
  allowQueryWithZeroPeers: true,
  peerInfoMapper: removePrivateAddressesMapper,
} as const satisfies KadDHTInit;

const LAN = {
  ...LIMITS,
  protocol: LAN_PROTOCOL,
  datastorePrefix: '/gatehouse-lan-kad',
  logPrefix: 'libp2p:gatehouse-lan-kad',
  clientMode: false,
  peerInfoMapper: removePublicAddressesMapper,
} as const satisfies KadDHTInit;

export interface TableOptions {
  /** A relay is told to be public, and serves the wide table from the start. */
  readonly serves: boolean;
  /** Other than an hour, for tests. */
  readonly recordLifetimeMs?: number;
}

/** A distributed table, and the protocol by which a peer serves it. */
export interface Table {
  readonly protocol: string;
  readonly dht: KadDHT;
}

/** The services of a node that takes part in both, which are put into `tables` once it has made them. */
export function tableServices(
  tables: Table[],
  { serves, recordLifetimeMs = RECORD_LIFETIME_MS }: TableOptions,
): Record<'dht' | 'lanDht', (components: KadDHTComponents) => KadDHT> {
  const kept =
    (protocol: string, create: (components: KadDHTComponents) => KadDHT) =>
    (components: KadDHTComponents): KadDHT => {
      const dht = create(components);
      tables.push({ protocol, dht });
      return dht;
    };
  // Each host renews its own records when half of their time is over.
  const reprovide = {
    validity: recordLifetimeMs,
    threshold: recordLifetimeMs / 2,
    interval: recordLifetimeMs / 12,
    concurrency: 2,
  };
  const wide = serves ? { ...WIDE, clientMode: false } : WIDE;
  return {
    dht: kept(WIDE_PROTOCOL, kadDHT({ ...wide, reprovide })),
    lanDht: kept(LAN_PROTOCOL, kadDHT({ ...LAN, reprovide })),
  };
}

/** Whether to dial an address that a peer tells of another one. */
export type MayDial = (address: Multiaddr, toldBy: Libp2pPeerId) => boolean;

/** Asks the linked peers, and those that they name, where a peer is. Empty where none of them says. */
export async function lookUp(
  { node, tables, mayDial }: { node: Libp2p; tables: readonly Table[]; mayDial: MayDial },
  peerId: PeerId,
  signal: AbortSignal,
): Promise<string[]> {
  // The tables would wait for a first peer to come.
  if (node.getConnections().length === 0) return [];
  const enough = new AbortController();
  const limit = deadline(LOOKUP_TIMEOUT_MS, signal);
  const stop = (): void => enough.abort(new Error('The look-up is over.'));
  limit.signal.addEventListener('abort', stop);
  const options = { signal: enough.signal, useCache: false };
  const ask = async ({ dht }: Table): Promise<string[]> => {
    for await (const event of dht.findPeer(peerIdFromString(peerId), options)) {
      if (event.name !== 'FINAL_PEER') continue;
      const useful = event.peer.multiaddrs.filter((address) => mayDial(address, event.from));
      if (useful.length > 0) return useful.slice(0, MAX_ADDRESSES).map(withoutPeer);
    }
    throw new Error('This table does not know the peer.');
  };
  try {
    return await Promise.any(tables.map(ask));
  } catch {
    // Nobody knows it, or not in time: the dial that asked says that the peer cannot be reached.
    return [];
  } finally {
    limit.signal.removeEventListener('abort', stop);
    limit.release();
    // What still runs in the tables has nobody left who waits for it.
    stop();
  }
}
