import type { PeerId } from '../../../../shared/ids.ts';
import { backoffMs } from './backoff.ts';

/** Automatic dials under way at one time. Those that a person asks for do not wait for them. */
const MAX_AUTOMATIC = 4;
/** Beside them, for those that go first: contacts that do not answer must not keep us from the way to all others. */
const MAX_AUTOMATIC_FIRST = 2;

interface Attempt {
  failures: number;
  timer: NodeJS.Timeout | null;
  /** Stands in line or is being dialled. */
  active: boolean;
  /** Ends the dial that is under way. */
  abort: (() => void) | null;
  /** It was ended to be dialled again, after so many milliseconds. */
  againAfterMs: number | null;
}

export interface DiallerOptions {
  /** Dials once. */
  dial(peerId: PeerId, signal: AbortSignal): Promise<void>;
  /** Whether there is still reason to. */
  wanted(peerId: PeerId): boolean;
  /** When the next dial is; null when none is planned. */
  planned(peerId: PeerId, at: number | null): void;
  /** Whether it goes before others, as those do that others are found or reached through. */
  goesFirst?(peerId: PeerId): boolean;
  /** No wait for this peer is longer, in ms. */
  longestWaitMs?(peerId: PeerId): number;
  readonly backoffMs?: (failures: number) => number;
}

/** Dials peers that are wanted until it succeeds: one dial at a time for a peer, a few for all of them. */
export class Dialler {
  readonly #options: DiallerOptions;
  readonly #attempts = new Map<PeerId, Attempt>();
  readonly #line: PeerId[] = [];
  #dialling = 0;
  #diallingFirst = 0;
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

  /** The network is another one: a dial that hangs on the old one is ended, and begun again after a while. */
  anew(peerId: PeerId, delayMs: number): void {
    const attempt = this.#attempts.get(peerId);
    if (attempt === undefined || attempt.abort === null) {
      this.hurry(peerId, delayMs);
      return;
    }
    attempt.againAfterMs = delayMs;
    attempt.abort();
  }

  /** Plans the next dial after one that failed or a link that was lost. */
  retry(peerId: PeerId, extraMs = 0): void {
    const attempt = this.#attempt(peerId);
    if (attempt.timer !== null || attempt.active) return;
    const delay = (this.#options.backoffMs ?? backoffMs)(attempt.failures);
    attempt.failures += 1;
    const longest = this.#options.longestWaitMs?.(peerId) ?? Infinity;
    this.plan(peerId, Math.min(delay + extraMs, longest));
  }

  /** The peer is linked: no dial is needed now. Whether the link lasts is yet to be seen, so failures still count. */
  hold(peerId: PeerId): void {
    const attempt = this.#attempts.get(peerId);
    if (attempt === undefined || attempt.timer === null) return;
    clearTimeout(attempt.timer);
    attempt.timer = null;
    this.#options.planned(peerId, null);
  }

  /** The peer is not wanted any more: ends the dial that is under way, and plans no other. */
  drop(peerId: PeerId): void {
    this.#attempts.get(peerId)?.abort?.();
    this.settle(peerId);
  }

  /** The peer was linked for good: forgets all about it. */
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
    for (const peerId of [...this.#attempts.keys()]) this.drop(peerId);
    this.#line.length = 0;
  }

  #attempt(peerId: PeerId): Attempt {
    let attempt = this.#attempts.get(peerId);
    if (attempt === undefined) {
      attempt = { failures: 0, timer: null, active: false, abort: null, againAfterMs: null };
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
    for (let peerId = this.#take(); peerId !== undefined; peerId = this.#take()) {
      const isFirst = this.#goesFirst(peerId);
      if (isFirst) this.#diallingFirst += 1;
      else this.#dialling += 1;
      void this.#dial(peerId).finally(() => {
        if (isFirst) this.#diallingFirst -= 1;
        else this.#dialling -= 1;
        this.#next();
      });
    }
  }

  /** Who is next in line, where there is room for it. */
  #take(): PeerId | undefined {
    if (this.#stopped) return undefined;
    const first = this.#line.findIndex((peerId) => this.#goesFirst(peerId));
    const all = this.#dialling + this.#diallingFirst;
    if (first !== -1) {
      return all < MAX_AUTOMATIC + MAX_AUTOMATIC_FIRST ? this.#line.splice(first, 1)[0] : undefined;
    }
    return this.#dialling < MAX_AUTOMATIC && all < MAX_AUTOMATIC + MAX_AUTOMATIC_FIRST
      ? this.#line.shift()
      : undefined;
  }

  #goesFirst(peerId: PeerId): boolean {
    return this.#options.goesFirst?.(peerId) ?? false;
  }

  async #dial(peerId: PeerId): Promise<void> {
    const attempt = this.#attempt(peerId);
    if (!this.#options.wanted(peerId)) {
      this.settle(peerId);
      return;
    }
    const controller = new AbortController();
    attempt.abort = (): void => controller.abort(new Error('The dial is begun anew.'));
    try {
      await this.#options.dial(peerId, controller.signal);
      attempt.active = false;
    } catch {
      // Why it failed is kept with the peer; here it only matters that it did.
      attempt.active = false;
      if (!this.#options.wanted(peerId) || this.#stopped) this.settle(peerId);
      else if (attempt.againAfterMs !== null) this.hurry(peerId, attempt.againAfterMs);
      else this.retry(peerId);
    } finally {
      attempt.abort = null;
      attempt.againAfterMs = null;
    }
  }
}
