import type { MessageChannel } from '../network/index.ts';

/** Answers held for a caller that reads slowly, in bytes. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;
/** Held in any case; errors are this small, and there are no more than requests in flight. */
const SMALL_BYTES = 16 * 1024;

/** What goes to one caller. While it does not read, answers are held, and nothing more is read from it. */
export class Outbox {
  readonly #channel: MessageChannel;
  #backlog: { readonly line: string; readonly bytes: number }[] = [];
  #backlogBytes = 0;
  #full = false;

  constructor(channel: MessageChannel) {
    this.#channel = channel;
    channel.onDrain = (): void => this.#drained();
  }

  /** False: too much is held already, and this answer was not taken. */
  answer(line: string, bytes: number): boolean {
    if (!this.#full) this.#write(line);
    else if (bytes > SMALL_BYTES && this.#backlogBytes + bytes > MAX_BACKLOG_BYTES) return false;
    else {
      this.#backlog.push({ line, bytes });
      this.#backlogBytes += bytes;
    }
    return true;
  }

  /** Notifications are news: a caller that does not read misses them. */
  tell(line: string): void {
    if (!this.#full) this.#write(line);
  }

  clear(): void {
    this.#backlog = [];
    this.#backlogBytes = 0;
  }

  #write(line: string): void {
    if (this.#channel.send(line)) return;
    this.#full = true;
    this.#channel.pause();
  }

  #drained(): void {
    this.#full = false;
    for (let next = this.#backlog.shift(); next !== undefined; next = this.#backlog.shift()) {
      this.#backlogBytes -= next.bytes;
      this.#write(next.line);
      if (this.#full) return;
    }
    this.#channel.resume();
  }
}
