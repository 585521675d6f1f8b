const SMALLEST_BYTES = 1024;

/** Bytes that come piece by piece, copied into a buffer that doubles: linear in the bytes, however small the pieces. */
export class GrowingBuffer {
  readonly #beforeGrowth: (capacity: number) => void;
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  /** `beforeGrowth` is told how many bytes are about to be held; it may throw. */
  constructor(beforeGrowth: (capacity: number) => void = () => undefined) {
    this.#beforeGrowth = beforeGrowth;
  }

  get length(): number {
    return this.#length;
  }

  get capacity(): number {
    return this.#bytes.length;
  }

  /** What has been appended, good until the next change. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  append(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#bytes.length) this.#grow(needed);
    this.#bytes.set(piece, this.#length);
    this.#length = needed;
  }

  /** Forgets the bytes, and gives a buffer back that is larger than `keep`. */
  clear(keep: number): void {
    this.#length = 0;
    if (this.#bytes.length <= keep) return;
    this.#bytes = Buffer.alloc(0);
    this.#beforeGrowth(0);
  }

  #grow(needed: number): void {
    const capacity = Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(needed)));
    this.#beforeGrowth(capacity);
    // Slow: not a slice of a pool that it would keep alive.
    const larger = Buffer.allocUnsafeSlow(capacity);
    larger.set(this.view());
    this.#bytes = larger;
  }
}
