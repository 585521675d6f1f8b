/** What is allowed and has not ended, of one peer or rule. */
export interface Running {
  /** Calls that run, or are about to. */
  readonly calls: number;
  /** How long those that run have run so far, added up, in seconds. */
  readonly seconds: number;
  /** Of those that are about to run and are not counted as used yet. */
  readonly promised: { readonly calls: number; readonly bytes: number };
}

interface Sums {
  running: number;
  /** The times at which those that run began, added up, so that a look costs the same however many there are. */
  begun: number;
  promised: number;
  promisedBytes: number;
}

/**
 * What is under way of what limits and budgets count only when it ends, so that calls at once cannot go beyond them
 * together. Forgotten with the host, as the calls are.
 */
export class UnderWay {
  readonly #now: () => number;
  readonly #subjects = new Map<string, Sums>();

  /** @param now a clock that never jumps, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Null: nothing is. */
  of(subject: string): Running | null {
    const sums = this.#subjects.get(subject);
    if (sums === undefined) return null;
    const { running, begun, promised, promisedBytes } = sums;
    return {
      calls: running + promised,
      seconds: Math.max(0, running * this.#now() - begun) / 1000,
      promised: { calls: promised, bytes: promisedBytes },
    };
  }

  /** A call begins. @returns to be called when it has ended; only the first time counts */
  begin(subjects: readonly string[]): () => void {
    const at = this.#now();
    return this.#take(subjects, (sums, sign) => {
      sums.running += sign;
      sums.begun += sign * at;
    });
  }

  /** A call may begin, and nothing of it is counted yet. @returns to be called when it begins, or will not */
  promise(subjects: readonly string[], bytes: number): () => void {
    return this.#take(subjects, (sums, sign) => {
      sums.promised += sign;
      sums.promisedBytes += sign * bytes;
    });
  }

  #take(subjects: readonly string[], change: (sums: Sums, sign: 1 | -1) => void): () => void {
    for (const subject of subjects) {
      const sums = this.#subjects.get(subject) ?? { running: 0, begun: 0, promised: 0, promisedBytes: 0 };
      this.#subjects.set(subject, sums);
      change(sums, 1);
    }
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      for (const subject of subjects) {
        const sums = this.#subjects.get(subject);
        if (sums === undefined) continue;
        change(sums, -1);
        if (sums.running + sums.promised === 0) this.#subjects.delete(subject);
      }
    };
  }
}
