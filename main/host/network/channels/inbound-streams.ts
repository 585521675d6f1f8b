import type { Stream } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import { ByteBudget } from './byte-budget.ts';
import { ALL_UNREAD_BYTES, MAX_MCP_STREAMS_PER_PEER, PEER_UNREAD_BYTES } from '../limits.ts';

interface Share {
  streams: number;
  refused: number;
  readonly budget: ByteBudget;
}

/** What each peer takes of us by its streams, over all of its links. */
export class InboundStreams {
  readonly #shares = new Map<PeerId, Share>();
  readonly #all = new ByteBudget(ALL_UNREAD_BYTES);
  readonly #onGreed: (peerId: PeerId) => void;

  /** `onGreed` is told once of a peer that opens too many. */
  constructor(onGreed: (peerId: PeerId) => void) {
    this.#onGreed = onGreed;
  }

  /** Counts a stream that a peer opened until it is closed. False: the peer has too many already. */
  admit(peerId: PeerId, stream: Stream): boolean {
    const share = this.#shareOf(peerId);
    if (share.streams >= MAX_MCP_STREAMS_PER_PEER) {
      share.refused += 1;
      if (share.refused === 1) this.#onGreed(peerId);
      return false;
    }
    share.streams += 1;
    stream.addEventListener('close', () => this.#onClosed(peerId, share), { once: true });
    return true;
  }

  /** Bounds what the channels of a peer hold of unread messages. */
  budgetOf(peerId: PeerId): ByteBudget {
    return this.#shareOf(peerId).budget;
  }

  #shareOf(peerId: PeerId): Share {
    let share = this.#shares.get(peerId);
    if (share === undefined) {
      share = { streams: 0, refused: 0, budget: new ByteBudget(PEER_UNREAD_BYTES, this.#all) };
      this.#shares.set(peerId, share);
    }
    return share;
  }

  #onClosed(peerId: PeerId, share: Share): void {
    share.streams -= 1;
    if (share.streams === 0 && share.budget.used === 0) this.#shares.delete(peerId);
  }
}
