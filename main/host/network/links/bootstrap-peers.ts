import type { PeerId } from '../../../../shared/ids.ts';
import { parseAddress, withoutPeer } from '../addresses.ts';
import { NetworkError } from '../errors.ts';
import type { ListenNotice } from '../node/listening.ts';

/** A list longer than that is a mistake. */
const MAX_PEERS = 64;
const MAX_ADDRESSES = 8;

export interface BootstrapList {
  /** The addresses of each peer, without its id. */
  readonly peers: ReadonlyMap<PeerId, readonly string[]>;
  /** What of it cannot be used, in a sentence; null where all can be. */
  readonly notice: ListenNotice | null;
}

/** Reads a list of multiaddrs that end in `/p2p/<id>`. What is wrong in it does not stop the rest. */
export function readBootstrap(addresses: readonly string[], own: PeerId): BootstrapList {
  const peers = new Map<PeerId, string[]>();
  const wrong: string[] = [];
  for (const address of addresses) {
    const entry = read(address);
    if (entry === null) {
      wrong.push(address);
      continue;
    }
    // A list that is the same on every machine of a group names the machine itself as well.
    if (entry.peerId === own) continue;
    const known = peers.get(entry.peerId) ?? [];
    const isFull = known.length === 0 ? peers.size >= MAX_PEERS : known.length >= MAX_ADDRESSES;
    if (isFull) wrong.push(address);
    else peers.set(entry.peerId, [...new Set([...known, entry.address])]);
  }
  return { peers, notice: wrong.length === 0 ? null : cannotUse(wrong) };
}

function read(address: string): { peerId: PeerId; address: string } | null {
  try {
    const { peerId, route } = parseAddress(address.trim());
    return { peerId, address: withoutPeer(route) };
  } catch (error) {
    if (error instanceof NetworkError) return null;
    throw error;
  }
}

const cannotUse = (wrong: readonly string[]): ListenNotice => ({
  id: 'bootstrap',
  level: 'warning',
  text:
    wrong.length === 1
      ? `An address in the bootstrap list cannot be used: ${short(wrong[0] ?? '')}. It must end with the peer id, as /dns4/example.org/tcp/4001/p2p/12D3Koo… does. The others are used.`
      : `${wrong.length} addresses in the bootstrap list cannot be used, such as ${short(wrong[0] ?? '')}. Each must end with the peer id, as /dns4/example.org/tcp/4001/p2p/12D3Koo… does. The others are used.`,
});

const short = (text: string): string => (text.length <= 80 ? text : `${text.slice(0, 79)}…`);
