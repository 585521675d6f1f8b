import type { Duplex } from 'node:stream';

/**
 * Counts what comes in on a socket, before anything is made of it. What is put together of many small parts is within
 * this bound, too.
 */
export class ByteAllowance {
  /** How much may come until `startAnew`, in bytes. */
  limit: number;
  /** When anything last came, as `performance.now()` tells time. */
  heardAt = performance.now();
  readonly #onExceeded: () => void;
  #used = 0;

  /** @param onExceeded is told once, in the moment that the bytes come, and has to see to it that no more do */
  constructor(socket: Duplex, limit: number, onExceeded: () => void) {
    this.limit = limit;
    this.#onExceeded = onExceeded;
    // First of all listeners.
    socket.prependListener('data', this.#onData);
    socket.once('close', () => socket.removeListener('data', this.#onData));
  }

  /** A whole frame has come. */
  startAnew(): void {
    this.#used = 0;
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.heardAt = performance.now();
    const before = this.#used;
    this.#used += chunk.byteLength;
    if (before <= this.limit && this.#used > this.limit) this.#onExceeded();
  };
}
