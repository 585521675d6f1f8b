/**
 * The distributed tables that lead to peers whose address nobody here knows: one of the internet, one of private
 * networks. Each keeps to addresses of its own kind, so that neither leads astray.
 */
import {
  kadDHT,
  removePrivateAddressesMapper,
  removePublicAddressesMapper,
  type KadDHTInit,
} from '@libp2p/kad-dht';
import type { Libp2p } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import type { PeerId } from '../../../shared/ids.ts';
import { withoutPeer } from './addresses.ts';
import { deadline } from '../deadline.ts';
import { LOOKUP_TIMEOUT_MS, MAX_TABLE_STREAMS } from './limits.ts';

const LIMITS = {
  maxInboundStreams: MAX_TABLE_STREAMS,
  maxOutboundStreams: MAX_TABLE_STREAMS,
  // Peers asked at one time in a lookup.
  alpha: 3,
  pingNewContactMaxQueueSize: 100,
  pingOldContactMaxQueueSize: 100,
  routingTableUpdateMaxQueueSize: 1000,
} as const satisfies KadDHTInit;

/** Serves once it can be reached from the internet; until then it only asks. libp2p sees to that. */
export const wideTable = kadDHT({
  ...LIMITS,
  protocol: '/gatehouse/kad/1.0.0',
  datastorePrefix: '/gatehouse-kad',
  logPrefix: 'libp2p:gatehouse-kad',
  // Most hosts never meet a peer that serves it; a lookup must not wait for one.
  allowQueryWithZeroPeers: true,
  peerInfoMapper: removePrivateAddressesMapper,
});

export const lanTable = kadDHT({
  ...LIMITS,
  protocol: '/gatehouse/lan/kad/1.0.0',
  datastorePrefix: '/gatehouse-lan-kad',
  logPrefix: 'libp2p:gatehouse-lan-kad',
  clientMode: false,
  peerInfoMapper: removePublicAddressesMapper,
});

/** Asks the linked peers, and those that they name, where a peer is. Empty where none of them says. */
export async function lookUp(node: Libp2p, peerId: PeerId, signal: AbortSignal): Promise<string[]> {
  // The tables would wait for a first peer to come.
  if (node.getConnections().length === 0) return [];
  const limit = deadline(LOOKUP_TIMEOUT_MS, signal);
  try {
    const options = { signal: limit.signal, useCache: false };
    const { multiaddrs } = await node.peerRouting.findPeer(peerIdFromString(peerId), options);
    return multiaddrs.map(withoutPeer);
  } catch {
    // Nobody knows it, or not in time: the dial that asked says that the peer cannot be reached.
    return [];
  } finally {
    limit.release();
  }
}
