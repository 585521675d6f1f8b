import type { ConnectionGater, PeerId as Libp2pPeerId } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import { PeerId } from '../../../shared/ids.ts';

/** Who may be linked at all. */
export class Gatekeeper {
  /** Blocked by the person. */
  readonly blocked = new Set<PeerId>();
  /** Disconnected by the person, who would not want to see it come back by itself. */
  readonly suspended = new Set<PeerId>();
  #running = new AbortController();
  readonly #intended = new Map<PeerId, number>();
  #lookups = 0;

  /** Everything is stopped. */
  get frozen(): boolean {
    return this.#running.signal.aborted;
  }

  set frozen(frozen: boolean) {
    if (frozen) this.#running.abort(new Error('Everything is stopped.'));
    else if (this.frozen) this.#running = new AbortController();
  }

  /** Ends once everything is stopped, and with it all that is under way; there is another one when that is over. */
  get running(): AbortSignal {
    return this.#running.signal;
  }

  admits(peerId: PeerId): boolean {
    return !this.frozen && !this.blocked.has(peerId) && !this.suspended.has(peerId);
  }

  /**
   * Lets libp2p dial a peer while this is under way. Its distributed tables would dial whomever they hear of; a link
   * comes to be because a person or a contact wants it, though.
   */
  async intending<T>(peerId: PeerId, dial: () => Promise<T>): Promise<T> {
    this.#intended.set(peerId, (this.#intended.get(peerId) ?? 0) + 1);
    try {
      return await dial();
    } finally {
      const left = (this.#intended.get(peerId) ?? 1) - 1;
      if (left === 0) this.#intended.delete(peerId);
      else this.#intended.set(peerId, left);
    }
  }

  /** Lets libp2p dial whom it must ask for the way to a peer that a person wants. */
  async lookingUp<T>(lookUp: () => Promise<T>): Promise<T> {
    this.#lookups += 1;
    try {
      return await lookUp();
    } finally {
      this.#lookups -= 1;
    }
  }

  /**
   * For libp2p, which asks at each step of a connection. True means no. `admits` says who may be
   * linked, `mayDial` where to connect for those whom nobody here intends to link.
   */
  asGater(
    admits: (peerId: PeerId) => boolean,
    isLinked: (peerId: PeerId) => boolean,
    mayDial: (address: Multiaddr) => boolean,
  ): ConnectionGater {
    const denies = (peer: Libp2pPeerId): boolean => {
      // Peers with keys of another kind have no did:key and no Dawn id here, so they are not taken.
      const peerId = PeerId.safeParse(peer.toString());
      return !peerId.success || !admits(peerId.data);
    };
    const unasked = (peer: Libp2pPeerId): boolean => {
      const peerId = PeerId.safeParse(peer.toString());
      if (!peerId.success || this.#lookups > 0 || this.#intended.has(peerId.data)) return false;
      // AutoNAT dials back those that are linked already.
      return !isLinked(peerId.data);
    };
    const isIntended = (address: Multiaddr): boolean => {
      const end = address.getComponents().findLast(({ name }) => name === 'p2p')?.value;
      const peerId = PeerId.safeParse(end);
      return peerId.success && this.#intended.has(peerId.data);
    };
    return {
      denyDialPeer: (peer) => denies(peer) || unasked(peer),
      denyDialMultiaddr: (address) => this.frozen || !(isIntended(address) || mayDial(address)),
      denyInboundConnection: () => this.frozen,
      denyInboundEncryptedConnection: denies,
      denyOutboundEncryptedConnection: denies,
      denyInboundUpgradedConnection: denies,
      denyOutboundUpgradedConnection: denies,
    };
  }
}
