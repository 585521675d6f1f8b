import type { AgentLimits, AgentTimings } from './limits.ts';

export type NextStep = { readonly kind: 'wait'; readonly delayMs: number } | { readonly kind: 'crashed' };

/**
 * Decides what follows when an agent has ended by itself: a start after 1 s, doubling to 60 s with jitter, or, after
 * five ends within a minute, nothing until the person starts it. Pure but for its memory of earlier ends.
 */
export class RestartPolicy {
  readonly #limits: AgentLimits;
  readonly #timings: AgentTimings;
  readonly #random: () => number;
  #ends: number[] = [];
  #attempt = 0;

  constructor(limits: AgentLimits, timings: AgentTimings, random: () => number = Math.random) {
    this.#limits = limits;
    this.#timings = timings;
    this.#random = random;
  }

  /** @param ranMs how long it had been running; 0 where it never came up */
  ended(now: number, ranMs: number): NextStep {
    if (ranMs >= this.#timings.stable) this.reset();
    this.#ends = [...this.#ends.filter((at) => now - at < this.#timings.crashWindow), now];
    if (this.#ends.length >= this.#limits.crashes) return { kind: 'crashed' };
    return { kind: 'wait', delayMs: this.#nextDelay() };
  }

  /** The other side was not there. That is no crash, however often: only the delay grows. */
  unreachable(ranMs: number): NextStep & { kind: 'wait' } {
    if (ranMs >= this.#timings.stable) this.reset();
    return { kind: 'wait', delayMs: this.#nextDelay() };
  }

  reset(): void {
    this.#ends = [];
    this.#attempt = 0;
  }

  #nextDelay(): number {
    const doubled = this.#timings.firstRestart * 2 ** Math.min(this.#attempt, 30);
    this.#attempt += 1;
    return Math.round(Math.min(doubled, this.#timings.maxRestart) * (0.8 + 0.4 * this.#random()));
  }
}
