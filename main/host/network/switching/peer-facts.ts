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

/** As many as the records keep. */
const MAX_GATEHOUSES = 5000;

/** The facts of peers that somebody chose something for, or that the records know. They outlast the peer table. */
export class KnownFacts {
  readonly #facts = new Map<PeerId, PeerFacts>();

  /** Who has ever spoken Gatehouse, those not met for longest first. */
  readonly #gatehouses: Set<PeerId>;

  /** @param gatehouses who has ever spoken Gatehouse */
  constructor(remembered: readonly RememberedTransports[], gatehouses: readonly PeerId[] = []) {
    this.#gatehouses = new Set(gatehouses);
    for (const { peerId, choice, legacyAllowed, speaksGatehouse, lastLinkedAt } of remembered) {
      this.#facts.set(peerId, {
        ...unknownPeer(),
        choice,
        legacyAllowed,
        speaksGatehouse: speaksGatehouse || this.#gatehouses.has(peerId),
        lastLinkedAt: { ...lastLinkedAt },
      });
    }
  }

  /** For a new entry of the peer table; new ones are not kept here. */
  of(peerId: PeerId): PeerFacts {
    return this.#facts.get(peerId) ?? { ...unknownPeer(), speaksGatehouse: this.#gatehouses.has(peerId) };
  }

  /** It has spoken Gatehouse, which outlasts all else that is known of it. */
  spokeGatehouse(peerId: PeerId): void {
    this.#gatehouses.delete(peerId);
    this.#gatehouses.add(peerId);
    const [oldest] = this.#gatehouses;
    if (this.#gatehouses.size > MAX_GATEHOUSES && oldest !== undefined) this.#gatehouses.delete(oldest);
  }

  /** From now on these are kept, whether the peer is linked or not. */
  keep(peerId: PeerId, facts: PeerFacts): void {
    this.#facts.set(peerId, facts);
  }
}
