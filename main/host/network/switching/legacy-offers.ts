import type { PeerId } from '../../../../shared/ids.ts';
import type { PeerTable } from '../links/peer-table.ts';

/** What nobody repeats is forgotten: the node may speak Gatehouse by now. */
const KEPT_MS = 30 * 60_000;
const MAX_OFFERS = 256;
/** Of those, peers that nobody named: somebody answered at an address, with a handshake that may be replayed. */
const MAX_UNNAMED = 16;

interface Offer {
  readonly timer: NodeJS.Timeout;
  readonly isNamed: boolean;
}

/**
 * Peers of which something answered in plain text where they were dialled. Nothing proves that it was the peer, so this is
 * only a hint for the person, and has no effect on those of whom more is known.
 */
export class LegacyOffers {
  readonly #peers: PeerTable;
  readonly #keptMs: number;
  readonly #offers = new Map<PeerId, Offer>();

  constructor(peers: PeerTable, keptMs = KEPT_MS) {
    this.#peers = peers;
    this.#keptMs = keptMs;
  }

  /** @param isNamed the dial was for this peer, and not for whoever is at an address */
  add(peerId: PeerId, isNamed: boolean): void {
    const facts = this.#peers.factsOf(peerId);
    // Who has spoken Gatehouse is not spoken to in any lesser way, so somebody else answered.
    if (facts.speaksGatehouse) return;
    const before = this.#offers.get(peerId);
    if (!isNamed && before === undefined && !this.#isUnnamedWelcome(peerId)) return;
    const peer = this.#peers.get(peerId) ?? this.#peers.see(peerId, 'dialled');
    clearTimeout(before?.timer);
    this.#offers.delete(peerId);
    const timer = setTimeout(() => this.#forget(peerId), this.#keptMs).unref();
    this.#offers.set(peerId, { timer, isNamed: isNamed || before?.isNamed === true });
    const [oldest] = this.#offers.keys();
    if (this.#offers.size > MAX_OFFERS && oldest !== undefined) this.#forget(oldest);
    peer.facts.legacyOffered = true;
    this.#peers.changed(peerId);
  }

  stop(): void {
    for (const { timer } of this.#offers.values()) clearTimeout(timer);
    this.#offers.clear();
  }

  /** An address without an id makes nobody of any key, and says nothing of those who were linked before. */
  #isUnnamedWelcome(peerId: PeerId): boolean {
    const { libp2p, websocket } = this.#peers.factsOf(peerId).lastLinkedAt;
    const unnamed = [...this.#offers.values()].filter((offer) => !offer.isNamed).length;
    return libp2p === null && websocket === null && unnamed < MAX_UNNAMED;
  }

  #forget(peerId: PeerId): void {
    clearTimeout(this.#offers.get(peerId)?.timer);
    this.#offers.delete(peerId);
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return;
    peer.facts.legacyOffered = false;
    this.#peers.changed(peerId);
  }
}
