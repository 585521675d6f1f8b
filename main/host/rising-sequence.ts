import { RecordsError, type FactStore } from './records/index.ts';

/** Numbers that rise over restarts, too: the clock is the floor where the last one could not be written down. */
export class RisingSequence {
  readonly #facts: FactStore;
  readonly #fact: 'cardSequence' | 'announcementSequence';
  #last = 0;

  constructor(facts: FactStore, fact: 'cardSequence' | 'announcementSequence') {
    this.#facts = facts;
    this.#fact = fact;
  }

  next(): number {
    const next = Math.max(this.#last, Number(this.#facts.get(this.#fact) ?? '0'), Date.now()) + 1;
    this.#last = next;
    try {
      this.#facts.set(this.#fact, String(next));
    } catch (error) {
      if (!(error instanceof RecordsError)) throw error;
    }
    return next;
  }
}
