import type { StreamLife } from './asker.ts';

/** How long the other side may take to answer. */
const ANSWER_MS = 3000;

export interface StreamPulseParts {
  /** Asks the other side for a sign of life, under this id. */
  ask(id: string): void;
  /** The other side does not hear us. */
  dead(): void;
}

/** Finds out whether a stream still reaches the other side, which may have given it up already. */
export class StreamPulse implements StreamLife {
  endedAt: number | null = null;
  answers: (() => Promise<boolean>) | null;
  readonly #parts: StreamPulseParts;
  #asked = 0;
  #asking: {
    readonly id: string;
    readonly settle: (alive: boolean) => void;
    answer: Promise<boolean>;
  } | null = null;

  constructor(parts: StreamPulseParts) {
    this.#parts = parts;
    this.answers = (): Promise<boolean> => this.#ask();
  }

  /** An answer of the other side, to this id. */
  heard(id: string | number): void {
    if (id === this.#asking?.id) this.#asking.settle(true);
  }

  ended(): void {
    if (this.endedAt !== null) return;
    this.endedAt = performance.now();
    this.answers = null;
    this.#asking?.settle(false);
  }

  #ask(): Promise<boolean> {
    if (this.#asking !== null) return this.#asking.answer;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#asked += 1;
    const id = `gatehouse-ping-${this.#asked}`;
    const timer = setTimeout(() => this.#parts.dead(), ANSWER_MS);
    const settle = (alive: boolean): void => {
      clearTimeout(timer);
      this.#asking = null;
      resolve(alive);
    };
    this.#asking = { id, settle, answer: promise };
    this.#parts.ask(id);
    return promise;
  }
}
