import type { PeerId } from '../../../../../shared/ids.ts';
import { publicKeyOf } from '../../../identity/index.ts';
import type { DawnPeer } from './dawn-service.ts';

/** Peers that are remembered as hints; the oldest goes first. */
const MAX_HINTS = 500;
/** A hint that nobody repeats is forgotten. */
const KEPT_MS = 30 * 60_000;

interface Hint {
  readonly address: string;
  readonly at: number;
}

/**
 * Peers that others told of, or that the static list names, with one address each. Others are told only of those that we have
 * been linked with ourselves: rumours end here.
 */
export class DawnHints {
  readonly #heard = new Map<PeerId, Hint>();
  #listed: ReadonlyMap<PeerId, string> = new Map();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Of the static list, by the ids that its addresses end in. */
  setListed(listed: ReadonlyMap<PeerId, string>): void {
    this.#listed = listed;
  }

  heard(peerId: PeerId, address: string): void {
    this.#heard.delete(peerId);
    this.#heard.set(peerId, { address, at: this.#now() });
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > MAX_HINTS && oldest !== undefined) this.#heard.delete(oldest);
  }

  /** The listed ones first. @param proven whether a link to this peer was ever open */
  told(proven: (peerId: PeerId) => boolean): DawnPeer[] {
    const since = this.#now() - KEPT_MS;
    const heard = [...this.#heard]
      .filter(([peerId, { at }]) => at >= since && !this.#listed.has(peerId))
      .map(([peerId, { address }]) => [peerId, address] as const)
      .toReversed();
    return [...this.#listed, ...heard]
      .filter(([peerId]) => proven(peerId))
      .map(([peerId, address]) => ({ node_id: nodeIdOf(peerId), address: address.replace(/#.*$/, '') }));
  }
}

export const nodeIdOf = (peerId: PeerId): string => Buffer.from(publicKeyOf(peerId)).toString('hex');
