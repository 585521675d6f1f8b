import type { MessageChannel } from '../network/index.ts';

/** Answers held for one peer that reads slowly, over all its streams, in bytes. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Held in any case; errors are this small, and there are no more than requests in flight. */
const SMALL_BYTES = 16 * 1024;

/** How much is held for one peer. Shared by its streams. */
export interface HeldBytes {
  bytes: number;
}

/** What goes to one caller. While it does not read, answers are held, and nothing more is read from it. */
export class Outbox {
  readonly #channel: MessageChannel;
  readonly #held: HeldBytes;
  #backlog: { readonly line: string; readonly bytes: number }[] = [];
  #full = false;
  /** How often the caller has made room for more, which it does by reading. */
  readings = 0;
  /** Called whenever all that was held has been handed over. */
  onEmpty: (() => void) | null = null;

  constructor(channel: MessageChannel, held: HeldBytes) {
    this.#channel = channel;
    this.#held = held;
    channel.onDrain = (): void => this.#drained();
  }

  /** False: too much is held already, and this answer was not taken. */
  answer(line: string, bytes: number): boolean {
    if (!this.#full) this.#write(line);
    else if (bytes > SMALL_BYTES && this.#held.bytes + bytes > MAX_HELD_BYTES) return false;
    else {
      this.#backlog.push({ line, bytes });
      this.#held.bytes += bytes;
    }
    return true;
  }

  /** Notifications are news: a caller that does not read misses them. */
  tell(line: string): void {
    if (!this.#full) this.#write(line);
  }

  get isEmpty(): boolean {
    return this.#backlog.length === 0;
  }

  clear(): void {
    for (const { bytes } of this.#backlog) this.#held.bytes -= bytes;
    this.#backlog = [];
  }

  #write(line: string): void {
    if (this.#channel.send(line)) return;
    this.#full = true;
    this.#channel.pause();
  }

  #drained(): void {
    this.#full = false;
    this.readings += 1;
    for (let next = this.#backlog.shift(); next !== undefined; next = this.#backlog.shift()) {
      this.#held.bytes -= next.bytes;
      this.#write(next.line);
      if (this.#full) return;
    }
    this.#channel.resume();
    this.onEmpty?.();
  }
}
