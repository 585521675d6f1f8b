import type { PeerId } from '../../../../shared/ids.ts';
import type { Legacy, TransportChoice, TransportName } from '../../../../shared/transports.ts';
import type { RememberedTransports } from '../index.ts';

/** What is known of how to speak to one peer, over which transport. */
export interface PeerFacts {
  /** What the person chose for this peer; null: as for all. */
  choice: TransportChoice | null;
  /** The person lets it answer in plain text. */
  legacyAllowed: boolean;
  /** It answered in plain text, and was not let. */
  legacyOffered: boolean;
  /** It has spoken Gatehouse, now or earlier: it is never spoken to in any lesser way. */
  speaksGatehouse: boolean;
  /** When a link over each was last open. */
  readonly lastLinkedAt: Record<TransportName, number | null>;
  /** Why each last failed, as a sentence. */
  readonly lastError: Record<TransportName, string | null>;
}

const unknownPeer = (): PeerFacts => ({
  choice: null,
  legacyAllowed: false,
  legacyOffered: false,
  speaksGatehouse: false,
  lastLinkedAt: { libp2p: null, websocket: null },
  lastError: { libp2p: null, websocket: null },
});

export function legacyOf({ speaksGatehouse, legacyAllowed, legacyOffered }: PeerFacts): Legacy {
  if (speaksGatehouse) return 'not-needed';
  if (legacyAllowed) return 'allowed';
  return legacyOffered ? 'offered' : 'unknown';
}

/** The facts of peers that somebody chose something for, or that the records know. They outlast the peer table. */
export class KnownFacts {
  readonly #facts = new Map<PeerId, PeerFacts>();

  constructor(remembered: readonly RememberedTransports[]) {
    for (const { peerId, choice, legacyAllowed, speaksGatehouse, lastLinkedAt } of remembered) {
      this.#facts.set(peerId, {
        ...unknownPeer(),
        choice,
        legacyAllowed,
        speaksGatehouse,
        lastLinkedAt: { ...lastLinkedAt },
      });
    }
  }

  /** For a new entry of the peer table; new ones are not kept here. */
  of(peerId: PeerId): PeerFacts {
    return this.#facts.get(peerId) ?? unknownPeer();
  }

  /** From now on these are kept, whether the peer is linked or not. */
  keep(peerId: PeerId, facts: PeerFacts): void {
    this.#facts.set(peerId, facts);
  }
}
