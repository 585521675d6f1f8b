import type { PeerId } from '../../../shared/ids.ts';
import { backoffMs } from './backoff.ts';

/** Automatic dials under way at one time. Those that a person asks for do not wait for them. */
const MAX_AUTOMATIC = 4;

interface Attempt {
  failures: number;
  timer: NodeJS.Timeout | null;
  /** Stands in line or is being dialled. */
  active: boolean;
}

export interface DiallerOptions {
  /** Dials once. */
  dial(peerId: PeerId): Promise<void>;
  /** Whether there is still reason to. */
  wanted(peerId: PeerId): boolean;
  /** When the next dial is; null when none is planned. */
  planned(peerId: PeerId, at: number | null): void;
  readonly backoffMs?: (failures: number) => number;
}

/** Dials peers that are wanted until it succeeds: one dial at a time for a peer, a few for all of them. */
export class Dialler {
  readonly #options: DiallerOptions;
  readonly #attempts = new Map<PeerId, Attempt>();
  readonly #line: PeerId[] = [];
  #dialling = 0;
  #stopped = false;

  constructor(options: DiallerOptions) {
    this.#options = options;
  }

  /** Dials after a while, unless a dial is planned or under way already. */
  plan(peerId: PeerId, delayMs: number): void {
    const attempt = this.#attempt(peerId);
    if (this.#stopped || attempt.active || attempt.timer !== null) return;
    attempt.timer = setTimeout(() => {
      attempt.timer = null;
      this.#options.planned(peerId, null);
      this.#enqueue(peerId, attempt);
    }, delayMs);
    this.#options.planned(peerId, Date.now() + delayMs);
  }

  /** There is news of the peer (a new address, say): forgets the failures and dials after a while. */
  hurry(peerId: PeerId, delayMs: number): void {
    const attempt = this.#attempt(peerId);
    attempt.failures = 0;
    if (attempt.timer !== null) clearTimeout(attempt.timer);
    attempt.timer = null;
    this.plan(peerId, delayMs);
  }

  /** Plans the next dial after one that failed or a link that was lost. */
  retry(peerId: PeerId, extraMs = 0): void {
    const attempt = this.#attempt(peerId);
    if (attempt.timer !== null || attempt.active) return;
    const delay = (this.#options.backoffMs ?? backoffMs)(attempt.failures);
    attempt.failures += 1;
    this.plan(peerId, delay + extraMs);
  }

  /** The peer is linked: no dial is needed now. Whether the link lasts is yet to be seen, so failures still count. */
  hold(peerId: PeerId): void {
    const attempt = this.#attempts.get(peerId);
    if (attempt === undefined || attempt.timer === null) return;
    clearTimeout(attempt.timer);
    attempt.timer = null;
    this.#options.planned(peerId, null);
  }

  /** The peer was linked for good, or is not wanted any more: forgets all about it. */
  settle(peerId: PeerId): void {
    const attempt = this.#attempts.get(peerId);
    if (attempt === undefined) return;
    if (attempt.timer !== null) {
      clearTimeout(attempt.timer);
      this.#options.planned(peerId, null);
    }
    this.#attempts.delete(peerId);
  }

  stop(): void {
    this.#stopped = true;
    for (const peerId of [...this.#attempts.keys()]) this.settle(peerId);
    this.#line.length = 0;
  }

  #attempt(peerId: PeerId): Attempt {
    let attempt = this.#attempts.get(peerId);
    if (attempt === undefined) {
      attempt = { failures: 0, timer: null, active: false };
      this.#attempts.set(peerId, attempt);
    }
    return attempt;
  }

  #enqueue(peerId: PeerId, attempt: Attempt): void {
    attempt.active = true;
    this.#line.push(peerId);
    this.#next();
  }

  #next(): void {
    while (this.#dialling < MAX_AUTOMATIC && !this.#stopped) {
      const peerId = this.#line.shift();
      if (peerId === undefined) return;
      this.#dialling += 1;
      void this.#dial(peerId).finally(() => {
        this.#dialling -= 1;
        this.#next();
      });
    }
  }

  async #dial(peerId: PeerId): Promise<void> {
    const attempt = this.#attempts.get(peerId);
    if (!this.#options.wanted(peerId)) {
      this.settle(peerId);
      return;
    }
    try {
      await this.#options.dial(peerId);
      if (attempt !== undefined) attempt.active = false;
    } catch {
      // Why it failed is kept with the peer; here it only matters that it did.
      if (attempt !== undefined) attempt.active = false;
      if (this.#options.wanted(peerId) && !this.#stopped) this.retry(peerId);
      else this.settle(peerId);
    }
  }
}
