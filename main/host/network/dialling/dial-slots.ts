/** Bounds how many dials are under way at one time; the others wait for their turn. */
export class DialSlots {
  #free: number;
  readonly #line: (() => void)[] = [];

  constructor(slots: number) {
    this.#free = slots;
  }

  /** @throws what `act` throws, or the reason of the signal when its turn does not come before that */
  async run<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#take(signal);
    try {
      return await act();
    } finally {
      this.#give();
    }
  }

  #take(signal: AbortSignal): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onTurn = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        const at = this.#line.indexOf(onTurn);
        if (at !== -1) this.#line.splice(at, 1);
        reject(signal.reason instanceof Error ? signal.reason : new Error('The dial was aborted.'));
      };
      this.#line.push(onTurn);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #give(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
