import { NetworkError } from '../errors.ts';
import type { Reservation } from './line-splitter.ts';

/**
 * How much memory the unread messages of one peer may take together. Each of its streams may hold one unfinished
 * message of the largest size; without this, many streams that never finish theirs would add up without bound.
 */
export class ByteBudget {
  readonly #limit: number;
  readonly #parent: ByteBudget | null;
  #used = 0;

  constructor(limit: number, parent: ByteBudget | null = null) {
    this.#limit = limit;
    this.#parent = parent;
  }

  get used(): number {
    return this.#used;
  }

  /** A part of the budget that one stream reserves and gives back. */
  reserve(): Reservation {
    let held = 0;
    return {
      set: (bytes) => {
        this.#add(bytes - held);
        held = bytes;
      },
    };
  }

  #add(bytes: number): void {
    if (bytes > 0 && this.#used + bytes > this.#limit) {
      throw new NetworkError('TOO_LARGE', 'The peer has too many large messages under way.');
    }
    if (this.#parent !== null) this.#parent.#add(bytes);
    this.#used += bytes;
  }
}
