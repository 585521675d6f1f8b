const NEWLINE = 0x0a;
/** Kept of the end of an overlong line: some programs write the id of an answer last. */
const TAIL_BYTES = 256;

export interface LineSink {
  /** One line without its newline. Bytes that are no UTF-8 arrive as U+FFFD. */
  line(text: string): void;
  /** A line was longer than allowed and is dropped; its beginning and its last bytes, and its length in bytes. */
  overlong(head: string, tail: string, bytes: number): void;
}

/** Cuts a byte stream into lines. Holds at most `maxBytes` and a little. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #headBytes: number;
  readonly #sink: LineSink;
  #parts: Buffer[] = [];
  #bytes = 0;
  #dropped: { head: string; tail: Buffer } | null = null;

  constructor(maxBytes: number, headBytes: number, sink: LineSink) {
    this.#maxBytes = maxBytes;
    this.#headBytes = headBytes;
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      this.#finish(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** The stream is over: a last line may lack its newline. */
  end(): void {
    if (this.#bytes > 0) this.#finish(Buffer.alloc(0));
  }

  #finish(last: Buffer): void {
    if (this.#dropped === null && this.#bytes + last.length <= this.#maxBytes) {
      const whole = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
      this.#reset();
      const length = whole.at(-1) === 0x0d ? whole.length - 1 : whole.length;
      this.#sink.line(whole.toString('utf8', 0, length));
      return;
    }
    this.#keep(last);
    const dropped = this.#dropped;
    const bytes = this.#bytes;
    this.#reset();
    if (dropped !== null) this.#sink.overlong(dropped.head, dropped.tail.toString('utf8'), bytes);
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#dropped !== null) {
      this.#dropped.tail = tailOf([this.#dropped.tail, part]);
      return;
    }
    this.#parts.push(part);
    if (this.#bytes <= this.#maxBytes) return;
    const whole = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#dropped = { head: whole.toString('utf8', 0, this.#headBytes), tail: tailOf([whole]) };
  }

  #reset(): void {
    this.#parts = [];
    this.#bytes = 0;
    this.#dropped = null;
  }
}

/** A copy, so that the chunk it was cut from can go. */
const tailOf = (parts: Buffer[]): Buffer => Buffer.from(Buffer.concat(parts).subarray(-TAIL_BYTES));
