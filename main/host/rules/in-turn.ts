import { RulesError } from './rules-error.ts';

const MAX_WAITING = 8;

/** Long work, one after the other: what waits beyond eight is refused. */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @throws {RulesError} BUSY, CANCELLED; or what the work throws */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#waiting >= MAX_WAITING) {
      throw new RulesError('BUSY', 'The past is being looked at several times over already. Try again soon.');
    }
    this.#waiting += 1;
    const before = this.#last;
    const mine = (async (): Promise<T> => {
      try {
        await before;
      } finally {
        this.#waiting -= 1;
      }
      if (signal?.aborted === true) throw new RulesError('CANCELLED', 'Nobody waits for it any more.');
      return await work();
    })();
    // Its failure is that of its own caller; whoever comes next only waits for its end.
    this.#last = mine.catch(() => undefined);
    return await mine;
  }
}
