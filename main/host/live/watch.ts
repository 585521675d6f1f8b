import { randomUUID } from 'node:crypto';

/** One watcher's credit: how many messages it has not acknowledged, and what it waits for. */
export class Watch {
  readonly id = randomUUID();
  readonly #window: number;
  #unacknowledged: number[] = [];
  #wake: (() => void) | null = null;
  #stirred = false;
  #ended = false;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.end();

  constructor(window: number, signal: AbortSignal | undefined) {
    this.#window = window;
    this.#signal = signal;
    if (signal?.aborted === true) this.#ended = true;
    signal?.addEventListener('abort', this.#onAbort);
  }

  get ended(): boolean {
    return this.#ended;
  }

  sent(seq: number): void {
    this.#unacknowledged.push(seq);
  }

  acknowledge(seq: number): void {
    this.#unacknowledged = this.#unacknowledged.filter((sent) => sent > seq);
    this.wake();
  }

  wake(): void {
    this.#stirred = true;
    this.#wake?.();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#wake?.();
  }

  /** Waits until one more message may be sent. False when the watch ended or the deadline (ms) passed. */
  async credit(deadlineMs: number): Promise<boolean> {
    const until = performance.now() + deadlineMs;
    while (!this.#ended && this.#unacknowledged.length >= this.#window) {
      const left = until - performance.now();
      if (left <= 0) return false;
      await this.#wait(left);
    }
    return !this.#ended;
  }

  /** Waits for the next change, unless one has come since the last wait. */
  async change(): Promise<void> {
    if (this.#stirred) {
      this.#stirred = false;
      return;
    }
    await this.#wait(undefined);
    this.#stirred = false;
  }

  /** Lets changes gather. Ends early with the watch. */
  async pause(ms: number): Promise<void> {
    const until = performance.now() + ms;
    for (let left = ms; left > 0 && !this.#ended; left = until - performance.now())
      await this.#wait(left, true);
  }

  #wait(ms: number | undefined, onlyEnd = false): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const finish = (): void => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
      if (ms !== undefined) timer = setTimeout(finish, ms);
      this.#wake = onlyEnd
        ? (): void => {
            if (this.#ended) finish();
          }
        : finish;
    });
  }
}
