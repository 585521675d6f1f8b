import { CHARS_PER_ENVELOPE_COST, ENVELOPE_RATES } from './wire-limits.ts';

interface Rate {
  readonly perSecond: number;
  /** As many may come at once. */
  readonly burst: number;
}

/** Allows so much in a time. What costs more than there is left is paid back before the next. */
export class Allowance {
  readonly #rate: Rate;
  #left: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#at = now;
  }

  /** @returns how long to wait before anything more is spent, in ms; 0: nothing */
  wait(now: number): number {
    const { perSecond, burst } = this.#rate;
    this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1000) * perSecond);
    this.#at = now;
    return this.#left >= 1 ? 0 : ((1 - this.#left) / perSecond) * 1000;
  }

  spend(cost: number): void {
    this.#left -= cost;
  }
}

export interface Paced {
  /** The peer has shown that it is there. */
  isProven(): boolean;
  /** A contact, or whom the person keeps linked. */
  isKept(): boolean;
}

/**
 * How fast the envelopes of one connection are opened, since each costs a verification of its signature: contacts as fast as
 * they like, strangers slower, and those that have proven nothing yet hardly at all.
 */
export class EnvelopePace {
  readonly #strangers: Allowance;
  readonly #who: Paced;
  #rate: Rate = ENVELOPE_RATES.unproven;
  #own: Allowance;

  /** @param strangers what all who are not kept share */
  constructor(strangers: Allowance, who: Paced, now = performance.now()) {
    this.#strangers = strangers;
    this.#who = who;
    this.#own = new Allowance(this.#rate, now);
  }

  /**
   * Counts an envelope, if it may be opened now.
   * @param length of the frame, in characters
   * @returns how long to wait otherwise, in ms
   */
  take(length: number, now = performance.now()): number {
    const isKept = this.#who.isKept();
    this.#follow(isKept, now);
    const wait = Math.max(this.#own.wait(now), isKept ? 0 : this.#strangers.wait(now));
    if (wait > 0) return wait;
    const cost = 1 + length / CHARS_PER_ENVELOPE_COST;
    this.#own.spend(cost);
    if (!isKept) this.#strangers.spend(cost);
    return 0;
  }

  #follow(isKept: boolean, now: number): void {
    const { unproven, kept, stranger } = ENVELOPE_RATES;
    const rate = this.#who.isProven() ? (isKept ? kept : stranger) : unproven;
    if (rate === this.#rate) return;
    this.#rate = rate;
    this.#own = new Allowance(rate, now);
  }
}
