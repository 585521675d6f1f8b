import { NetworkError } from '../errors.ts';
import { GrowingBuffer } from './growing-buffer.ts';

const NEWLINE = 0x0a;

/** A buffer that grew beyond this is given back once its line is complete. */
const KEPT_CAPACITY = 16 * 1024;

/** Told how much memory the unfinished line takes, so that many of them together stay bounded. */
export interface Reservation {
  /** Reserves this many bytes in all. @throws {NetworkError} TOO_LARGE */
  set(bytes: number): void;
}

/**
 * Cuts a stream of bytes into lines of UTF-8 text. The work is linear in the bytes, however a line is spread over
 * chunks: all complete lines of a chunk are decoded at once. Empty lines are skipped.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #partial: GrowingBuffer;

  constructor(maxBytes: number, reservation: Reservation | null = null) {
    this.#maxBytes = maxBytes;
    this.#partial = new GrowingBuffer((capacity) => reservation?.set(capacity));
  }

  /** Whether a line has begun and not ended. */
  get unfinished(): boolean {
    return this.#partial.length > 0;
  }

  /** Takes a chunk and appends the lines that it completes. @throws {NetworkError} TOO_LARGE, PROTOCOL */
  push(chunk: Uint8Array, lines: string[]): void {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#partial.length > 0) {
      const end = rest.indexOf(NEWLINE);
      this.#keep(end === -1 ? rest : rest.subarray(0, end));
      if (end === -1) return;
      this.#decode(this.#partial.view(), lines);
      this.#partial.clear(KEPT_CAPACITY);
      rest = rest.subarray(end + 1);
    }
    const last = this.#lastNewline(rest);
    if (last > 0) this.#decode(rest.subarray(0, last), lines);
    if (last + 1 < rest.length) this.#keep(rest.subarray(last + 1));
  }

  /** Lets go of the unfinished line. */
  release(): void {
    this.#partial.clear(0);
  }

  /** Where the last newline is, or -1; on the way, that no line is too long. */
  #lastNewline(bytes: Buffer): number {
    // A chunk is seldom longer than the longest line; then no line in it can be.
    if (bytes.length <= this.#maxBytes) return bytes.lastIndexOf(NEWLINE);
    let last = -1;
    for (;;) {
      const next = bytes.indexOf(NEWLINE, last + 1);
      if ((next === -1 ? bytes.length : next) - last - 1 > this.#maxBytes) throw this.#tooLong();
      if (next === -1) return last;
      last = next;
    }
  }

  #keep(bytes: Buffer): void {
    if (this.#partial.length + bytes.length > this.#maxBytes) throw this.#tooLong();
    this.#partial.append(bytes);
  }

  #decode(bytes: Buffer, lines: string[]): void {
    let text: string;
    try {
      text = this.#decoder.decode(bytes);
    } catch (cause) {
      throw new NetworkError('PROTOCOL', 'The peer sent text that is not UTF-8.', { cause });
    }
    for (const line of text.split('\n')) if (line.length > 0) lines.push(line);
  }

  #tooLong(): NetworkError {
    return new NetworkError('TOO_LARGE', `The peer sent a message longer than ${this.#maxBytes} bytes.`);
  }
}
