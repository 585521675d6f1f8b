import { setImmediate } from 'node:timers/promises';
import { RulesError } from './rules-error.ts';

/** Longest piece of work without letting calls go on, in milliseconds. */
const SLICE_MS = 4;

/** Makes long work give way every few milliseconds. */
export class Pace {
  readonly #signal: AbortSignal | undefined;
  #since = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** Whether it is time to give way; asked between small pieces of work. */
  isDue(): boolean {
    return performance.now() - this.#since > SLICE_MS;
  }

  /** @throws {RulesError} CANCELLED where nobody waits for the work any more */
  async giveWay(): Promise<void> {
    await setImmediate();
    if (this.#signal?.aborted === true) throw new RulesError('CANCELLED', 'Nobody waits for it any more.');
    this.#since = performance.now();
  }
}
