import type { Connection, Libp2p } from '@libp2p/interface';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import type { PeerId } from '../../../shared/ids.ts';
import { deadline } from '../deadline.ts';
import { orderAddresses } from './address-order.ts';
import { withoutPeer } from './addresses.ts';
import { dialError } from './dial-errors.ts';
import { lookUp } from './distributed-table.ts';
import { NetworkError } from './errors.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { DIAL_TIMEOUT_MS } from './limits.ts';
import type { Links } from './links.ts';
import type { PeerRecord, PeerTable } from './peer-table.ts';

export interface ReachParts {
  readonly gatekeeper: Gatekeeper;
  readonly peers: PeerTable;
  readonly links: Links;
  /** Null while the network does not run. */
  readonly node: () => Libp2p | null;
  readonly dht: () => boolean;
}

/** Makes one link to one peer: by an address that is given, known, or looked up. All of it throws NetworkError. */
export class Reach {
  readonly #parts: ReachParts;

  constructor(parts: ReachParts) {
    this.#parts = parts;
  }

  /** By the addresses that are known, unless there is a link. */
  async known(peerId: PeerId): Promise<void> {
    const peer = this.#parts.peers.get(peerId);
    if (peer === undefined || peer.links.length > 0) return;
    const limit = deadline(DIAL_TIMEOUT_MS);
    try {
      await this.by(peer, routesOf(peer.addresses), limit.signal);
    } finally {
      limit.release();
    }
  }

  /** By the addresses that are known first, then by those that other peers know. */
  async knownOrLookedUp(peer: PeerRecord, signal: AbortSignal): Promise<void> {
    const tried = [...peer.addresses];
    try {
      await this.by(peer, routesOf(tried), signal);
    } catch (error) {
      const isLost = error instanceof NetworkError && ['UNREACHABLE', 'TIMEOUT'].includes(error.code);
      const found = isLost ? await this.#lookUp(peer, signal) : [];
      const untried = found.filter((address) => !tried.includes(address));
      if (untried.length === 0) throw error;
      await this.by(peer, routesOf(untried), signal);
      this.#parts.peers.addAddresses(peer, untried);
    }
  }

  async by(peer: PeerRecord, routes: readonly Multiaddr[], signal: AbortSignal): Promise<void> {
    const { gatekeeper, links, peers } = this.#parts;
    const node = this.#parts.node();
    if (node === null) throw new NetworkError('STOPPED', 'The network is not running.');
    const targets = orderAddresses(routes).map((route) =>
      multiaddr(`${withoutPeer(route)}/p2p/${peer.peerId}`),
    );
    peer.dialling = true;
    peers.changed(peer.peerId);
    try {
      if (targets.length === 0 && peer.links.length === 0) {
        throw new NetworkError('UNREACHABLE', 'No address of this peer is known.');
      }
      if (targets.length > 0) {
        const dial = (): Promise<Connection> => node.dial(targets, { signal });
        await links.welcomed(peer, await gatekeeper.intending(peer.peerId, dial));
      }
      peer.dialError = null;
    } catch (cause) {
      const error = dialError(cause);
      peer.dialError = error.message;
      throw error;
    } finally {
      peer.dialling = false;
      peers.changed(peer.peerId);
    }
  }

  async #lookUp(peer: PeerRecord, signal: AbortSignal): Promise<string[]> {
    const { gatekeeper, peers, dht } = this.#parts;
    const node = this.#parts.node();
    if (node === null || !dht()) return [];
    peer.dialling = true;
    peers.changed(peer.peerId);
    try {
      return await gatekeeper.lookingUp(() => lookUp(node, peer.peerId, signal));
    } finally {
      peer.dialling = false;
      peers.changed(peer.peerId);
    }
  }
}

const routesOf = (addresses: readonly string[]): Multiaddr[] => addresses.map((text) => multiaddr(text));
