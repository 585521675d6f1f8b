import type { PeerId } from '../../../shared/ids.ts';

const WINDOW_MS = 10 * 60_000;
/** Thirty-two agents that are each said three times, and some changes. */
const MAX_PER_WINDOW = 120;
/** Whoever came first is forgotten beyond that; it then starts anew. */
const MAX_ORIGINS = 10_000;

/** How many announcements one key may bring into the network. */
export class OriginRate {
  readonly #windows = new Map<PeerId, { since: number; count: number }>();

  /** Counts one. False: it has had its share. */
  admit(origin: PeerId, now: number): boolean {
    let window = this.#windows.get(origin);
    if (window === undefined || now - window.since >= WINDOW_MS) {
      window = { since: now, count: 0 };
      this.#windows.delete(origin);
      this.#windows.set(origin, window);
      this.#bound();
    }
    window.count += 1;
    return window.count <= MAX_PER_WINDOW;
  }

  #bound(): void {
    if (this.#windows.size <= MAX_ORIGINS) return;
    const [first] = this.#windows.keys();
    if (first !== undefined) this.#windows.delete(first);
  }
}
