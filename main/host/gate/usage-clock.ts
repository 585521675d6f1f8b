/**
 * The time by which usage is counted. It never goes back, and runs on at least as fast as the clock that never jumps: a
 * wall clock that is set back frees nothing and holds nobody up for longer.
 */
export class UsageClock {
  readonly #wall: () => number;
  readonly #monotonic: () => number;
  #at: number;
  #seen: number;

  /** @param notBefore the newest that was counted before: over a restart it does not go back either */
  constructor(wall: () => number, monotonic: () => number, notBefore: number) {
    this.#wall = wall;
    this.#monotonic = monotonic;
    this.#seen = monotonic();
    this.#at = Math.max(wall(), notBefore);
  }

  now(): number {
    const seen = this.#monotonic();
    this.#at = Math.max(this.#at + Math.max(0, seen - this.#seen), this.#wall());
    this.#seen = Math.max(seen, this.#seen);
    return this.#at;
  }

  /** What a time on this clock is on the wall clock. */
  onWall(at: number): number {
    return Math.round(this.#wall() + at - this.now());
  }
}
