import type { PeerId } from '../../shared/ids.ts';

interface PeerRateOptions {
  readonly most: number;
  readonly windowMs: number;
  /** Whoever began first is forgotten beyond that, and starts anew. */
  readonly maxPeers: number;
}

/** How often something may be done by or for each peer in a time. */
export class PeerRate {
  readonly #options: PeerRateOptions;
  readonly #windows = new Map<PeerId, { since: number; count: number }>();

  constructor(options: PeerRateOptions) {
    this.#options = options;
  }

  /** Whether there is something left of its share. `now`: ms by whatever clock, always the same one. */
  hasLeft(peerId: PeerId, now: number): boolean {
    const window = this.#windows.get(peerId);
    return window === undefined || this.#isOver(window, now) || window.count < this.#options.most;
  }

  /** Counts one. False: it has had its share. */
  admit(peerId: PeerId, now: number): boolean {
    let window = this.#windows.get(peerId);
    if (window === undefined || this.#isOver(window, now)) {
      window = { since: now, count: 0 };
      this.#windows.delete(peerId);
      this.#windows.set(peerId, window);
      this.#bound();
    }
    window.count += 1;
    return window.count <= this.#options.most;
  }

  #isOver({ since }: { since: number }, now: number): boolean {
    return now - since >= this.#options.windowMs;
  }

  #bound(): void {
    if (this.#windows.size <= this.#options.maxPeers) return;
    const [first] = this.#windows.keys();
    if (first !== undefined) this.#windows.delete(first);
  }
}
