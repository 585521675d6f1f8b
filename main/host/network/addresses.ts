import type { PeerId as Libp2pPeerId } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import { PeerId } from '../../../shared/ids.ts';
import { NetworkError } from './errors.ts';

/** An address that a person gave: a multiaddr that ends in a peer id. @throws {NetworkError} INVALID_ADDRESS */
export function parseAddress(address: string): { peerId: PeerId; route: Multiaddr } {
  let route: Multiaddr;
  try {
    route = multiaddr(address);
  } catch (cause) {
    throw notAnAddress(cause);
  }
  const peerId = PeerId.safeParse(route.getComponents().findLast(({ name }) => name === 'p2p')?.value);
  if (!peerId.success || withoutPeer(route) === '') throw notAnAddress();
  return { peerId: peerId.data, route };
}

const notAnAddress = (cause?: unknown): NetworkError =>
  new NetworkError(
    'INVALID_ADDRESS',
    'That is not an address of a peer. It looks like /ip4/192.0.2.7/tcp/4001/p2p/12D3Koo… and ends with the peer id.',
    { cause },
  );

/** An address without the id of the peer at its end. */
export const withoutPeer = (address: Multiaddr): string => address.toString().replace(/\/p2p\/[^/]+$/, '');

export function isAddress(text: string): boolean {
  try {
    return multiaddr(text).getComponents().length > 0;
  } catch {
    return false;
  }
}

/** Null for peers with keys of another kind than Ed25519. */
export function idOf(peer: Libp2pPeerId): PeerId | null {
  const parsed = PeerId.safeParse(peer.toString());
  return parsed.success ? parsed.data : null;
}
