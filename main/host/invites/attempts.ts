import type { PeerId } from '../../../shared/ids.ts';

const MOST = 5;
const WINDOW_MS = 60_000;
/** Beyond this the peer that tried longest ago is forgotten. */
const MAX_PEERS = 1000;

/** How many secrets each peer may try: five a minute. */
export class Attempts {
  readonly #now: () => number;
  readonly #byPeer = new Map<PeerId, number[]>();

  /** @param now monotonic, in ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts one more; false: it is one too many, and is not counted. */
  allow(peerId: PeerId): boolean {
    const now = this.#now();
    const recent = (this.#byPeer.get(peerId) ?? []).filter((at) => at > now - WINDOW_MS);
    const isAllowed = recent.length < MOST;
    this.#byPeer.delete(peerId);
    this.#byPeer.set(peerId, isAllowed ? [...recent, now] : recent);
    const [oldest] = this.#byPeer.keys();
    if (this.#byPeer.size > MAX_PEERS && oldest !== undefined) this.#byPeer.delete(oldest);
    return isAllowed;
  }
}
