/** Reads bytes from front to back. @throws {RangeError} where they end too early */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(count: number): Uint8Array {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new RangeError('It ends too early.');
    const taken = Uint8Array.from(this.#bytes.subarray(this.#at, end));
    this.#at = end;
    return taken;
  }

  /** A byte that counts, and as many bytes. */
  takeCounted(): Uint8Array {
    const [count = 0] = this.take(1);
    return this.take(count);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }
}
