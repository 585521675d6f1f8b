import type { PeerId } from '../../../../shared/ids.ts';
import type { LinkTransport, Path } from '../../../../shared/peers.ts';
import { MAX_MESSAGE_BYTES } from '../../../../shared/wire.ts';
import { NetworkError } from '../errors.ts';
import type { MessageChannel } from '../index.ts';
import type { ChannelRoute } from './message-channel.ts';

/** As for channels over a stream: above this much unread, `send` asks its caller to stop. */
const HIGH_WATER_BYTES = 1024 * 1024;
const LOW_WATER_BYTES = 256 * 1024;
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 5000;

/**
 * Two ends of one channel within this process: what is sent at one comes out at the other, in a later microtask. For a peer
 * that speaks a protocol which knows no channels.
 */
export function inMemoryChannels(route: ChannelRoute): readonly [InMemoryChannel, InMemoryChannel] {
  const one = new InMemoryChannel(route);
  const other = new InMemoryChannel(route);
  one.join(other);
  other.join(one);
  return [one, other];
}

/** One end. Made by `inMemoryChannels` only. */
export class InMemoryChannel implements MessageChannel {
  readonly peerId: PeerId;
  readonly path: Path;
  readonly transport: LinkTransport;
  busy: (() => boolean) | null = null;
  onIdle: (() => void) | null = null;
  retiring = false;
  /** All that is sent here is handed on at once. */
  readonly unsent = 0;
  onDrain: (() => void) | null = null;
  #onClose: ((error: Error | null) => void) | null = null;
  #onLine: ((line: string) => void) | null = null;
  #other: InMemoryChannel | null = null;
  /** What came and was not read yet, from `#next` on. */
  #unread: string[] = [];
  #next = 0;
  #unreadBytes = 0;
  #paused = false;
  #delivering = false;
  #senderWaits = false;
  /** The other side sends no more, and what it sent before may still be unread. */
  #otherDone = false;
  #end: { readonly error: Error | null } | null = null;
  #endTold = false;
  #whenOver: (() => void) | null = null;

  constructor(route: ChannelRoute) {
    ({ peerId: this.peerId, path: this.path, transport: this.transport } = route);
  }

  join(other: InMemoryChannel): void {
    this.#other ??= other;
  }

  get onLine(): ((line: string) => void) | null {
    return this.#onLine;
  }

  set onLine(listener: ((line: string) => void) | null) {
    this.#onLine = listener;
    this.#deliverSoon();
  }

  get onClose(): ((error: Error | null) => void) | null {
    return this.#onClose;
  }

  set onClose(listener: ((error: Error | null) => void) | null) {
    this.#onClose = listener;
    if (this.#end !== null) queueMicrotask(() => this.#tellEnd());
  }

  send(line: string): boolean {
    if (this.#end !== null || this.#other === null) return false;
    const bytes = Buffer.byteLength(line);
    if (bytes > MAX_MESSAGE_BYTES) {
      this.abort(new NetworkError('TOO_LARGE', 'A message to the peer is longer than it would accept.'));
      return false;
    }
    return this.#other.#take(line, bytes, this);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#deliverSoon();
  }

  async close(timeoutMs = CLOSE_TIMEOUT_MS): Promise<void> {
    if (this.#end !== null || this.#other === null) return;
    const other = this.#other;
    this.#finish(null);
    const read = new Promise<void>((resolve) => (other.#whenOver = resolve));
    other.#otherDone = true;
    other.#deliverSoon();
    if (other.#end !== null) return;
    const tooLate = new NetworkError('TIMEOUT', 'The last messages were not read in time.');
    const timer = setTimeout(() => other.#finish(tooLate), timeoutMs);
    await read;
    clearTimeout(timer);
  }

  abort(error: Error): void {
    if (this.#end !== null) return;
    const other = this.#other;
    this.#finish(error);
    if (other !== null) other.#finish(error);
  }

  #take(line: string, bytes: number, from: InMemoryChannel): boolean {
    if (this.#end !== null) return false;
    this.#unread.push(line);
    this.#unreadBytes += bytes;
    if (this.#unreadBytes > MAX_UNREAD_BYTES) {
      from.abort(new NetworkError('TOO_LARGE', 'The other side reads too slowly; too many messages wait.'));
      return false;
    }
    this.#deliverSoon();
    this.#senderWaits ||= this.#unreadBytes > HIGH_WATER_BYTES;
    return !this.#senderWaits;
  }

  #deliverSoon(): void {
    if (this.#delivering || this.#end !== null) return;
    this.#delivering = true;
    queueMicrotask(() => {
      this.#delivering = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    this.#delivering = true;
    try {
      while (this.#end === null && !this.#paused && this.#onLine !== null) {
        const line = this.#unread[this.#next];
        if (line === undefined) break;
        this.#next += 1;
        this.#unreadBytes -= Buffer.byteLength(line);
        this.#onLine(line);
      }
    } catch (error) {
      // A fault of ours in handling a message costs this channel, not the host.
      this.abort(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#delivering = false;
    }
    if (this.#next < this.#unread.length) return;
    this.#unread = [];
    this.#next = 0;
    this.#drained();
    if (this.#otherDone) this.#finish(null);
  }

  #drained(): void {
    if (!this.#senderWaits || this.#unreadBytes > LOW_WATER_BYTES) return;
    this.#senderWaits = false;
    this.#other?.onDrain?.();
  }

  #finish(error: Error | null): void {
    if (this.#end !== null) return;
    this.#end = { error };
    this.#unread = [];
    this.#next = 0;
    this.#unreadBytes = 0;
    this.#whenOver?.();
    queueMicrotask(() => this.#tellEnd());
  }

  #tellEnd(): void {
    if (this.#endTold || this.#end === null || this.#onClose === null) return;
    this.#endTold = true;
    this.#onClose(this.#end.error);
  }
}
