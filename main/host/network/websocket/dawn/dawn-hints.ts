import type { PeerId } from '../../../../../shared/ids.ts';
import { publicKeyOf } from '../../../identity/index.ts';
import { parseWebSocketAddress } from '../web-socket-address.ts';
import type { DawnPeer } from './dawn-service.ts';

/** Peers that are remembered, as hints and as met; the oldest goes first. */
const MAX_HINTS = 500;
/** Who told of a peer, as far as that is remembered. */
const MAX_TELLERS = 16;
/** A hint that nobody repeats is forgotten. */
const KEPT_MS = 30 * 60_000;

interface Hint {
  readonly address: string;
  readonly at: number;
  readonly tellers: ReadonlySet<PeerId>;
}

/**
 * Peers that others told of, or that the static list names, with one address each. What is repeated must not tell anybody whom
 * we know: see `told`.
 */
export class DawnHints {
  readonly #heard = new Map<PeerId, Hint>();
  /** Where we have dialled a peer, and it has proven that it is there. */
  readonly #met = new Map<PeerId, string>();
  readonly #isContact: (peerId: PeerId) => boolean;
  readonly #now: () => number;
  #listed: ReadonlyMap<PeerId, string> = new Map();

  constructor(isContact: (peerId: PeerId) => boolean, now: () => number = Date.now) {
    this.#isContact = isContact;
    this.#now = now;
  }

  /** Of the static list, by the ids that its addresses end in. */
  setListed(listed: ReadonlyMap<PeerId, string>): void {
    this.#listed = listed;
  }

  heard(peerId: PeerId, address: string, from: PeerId): void {
    const before = this.#heard.get(peerId);
    const tellers = before?.address === address ? before.tellers : [];
    const all = new Set([from, ...tellers].slice(0, MAX_TELLERS));
    remember(this.#heard, peerId, { address, at: this.#now(), tellers: all });
  }

  /** We dialled this peer there, and are linked. */
  met(peerId: PeerId, address: string): void {
    const url = parseWebSocketAddress(address)?.url;
    if (url !== undefined) remember(this.#met, peerId, url);
  }

  /**
   * Whom one peer is told of, the listed ones first: only at addresses where we have met them ourselves, so rumours end here,
   * and nobody learns of a connection by telling us a name and an address that we would repeat. Contacts are never told of,
   * the person's own list only to contacts, and nothing goes back to where it came from.
   */
  told(to: PeerId): DawnPeer[] {
    const since = this.#now() - KEPT_MS;
    const heard = [...this.#heard]
      .filter(([peerId, { at, tellers }]) => at >= since && !tellers.has(to) && !this.#listed.has(peerId))
      .map(([peerId, { address }]) => [peerId, address] as const)
      .toReversed();
    const listed = this.#isContact(to) ? [...this.#listed] : [];
    return [...listed, ...heard].flatMap(([peerId, address]) => {
      const url = parseWebSocketAddress(address)?.url;
      if (url === undefined || peerId === to || this.#met.get(peerId) !== url || this.#isContact(peerId))
        return [];
      return [{ node_id: nodeIdOf(peerId), address: url }];
    });
  }
}

export const nodeIdOf = (peerId: PeerId): string => Buffer.from(publicKeyOf(peerId)).toString('hex');

function remember<Value>(map: Map<PeerId, Value>, peerId: PeerId, value: Value): void {
  map.delete(peerId);
  map.set(peerId, value);
  const [oldest] = map.keys();
  if (map.size > MAX_HINTS && oldest !== undefined) map.delete(oldest);
}
