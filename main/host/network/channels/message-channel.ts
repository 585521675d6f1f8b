import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import type { LinkTransport, Path } from '../../../../shared/peers.ts';
import { MAX_MESSAGE_BYTES } from '../../../../shared/wire.ts';
import type { ByteBudget } from './byte-budget.ts';
import { NetworkError } from '../errors.ts';
import type { MessageChannel } from '../index.ts';
import { untilClosed } from './until-closed.ts';
import { LineSplitter } from './line-splitter.ts';
import type { Reservation } from './line-splitter.ts';
import { MAX_READ_BUFFER_BYTES } from '../limits.ts';

/** Above this much unsent, `send` asks its caller to stop. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** Below this much, `onDrain` tells it to go on. */
const LOW_WATER_BYTES = 256 * 1024;
/** A caller that goes on all the same is cut off here. */
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
/** At most about this much is handed to the stream in one write; one longer line goes out alone. */
const WRITE_BYTES = 256 * 1024;
const CLOSE_TIMEOUT_MS = 5000;
const UDP_END_MS = 100;

/** Where a channel runs, for those who record it. */
export interface ChannelRoute {
  readonly peerId: PeerId;
  readonly path: Path;
  readonly transport: LinkTransport;
}

export interface ChannelOptions {
  readonly route: ChannelRoute;
  /** Keeps what the channels of a peer hold of unread messages within bounds together. */
  readonly budget: ByteBudget | null;
  /** Whether the link under the stream is still there. */
  readonly linkOpen: () => boolean;
  readonly maxMessageBytes?: number;
  readonly maxQueuedBytes?: number;
  readonly closeTimeoutMs?: number;
}

/**
 * Newline-delimited messages over one libp2p stream, after its hello. Reading begins once `onLine` is set. What is
 * sent in one turn of the event loop leaves in one write, because the cost of a write is in the write and not in
 * its bytes.
 */
export class StreamChannel implements MessageChannel {
  readonly peerId: PeerId;
  readonly path: Path;
  readonly transport: LinkTransport;
  busy: (() => boolean) | null = null;
  onIdle: (() => void) | null = null;
  retiring = false;
  onDrain: (() => void) | null = null;
  #onClose: ((error: Error | null) => void) | null = null;
  #onLine: ((line: string) => void) | null = null;

  readonly #stream: Stream;
  readonly #options: ChannelOptions;
  readonly #splitter: LineSplitter;
  /** Lines that came and could not be delivered yet, from `#next` on: at most those of one read. */
  #incoming: string[] = [];
  #next = 0;
  /** Bytes of `#incoming` that came while the channel was paused, and room for them in the budget. */
  #heldBytes = 0;
  readonly #held: Reservation | null;
  readonly #partial: Reservation | null;
  #delivering = false;
  #paused = false;
  #reading = false;

  #outgoing: string[] = [];
  /** Of `#outgoing`, without the newlines. */
  #outgoingBytes = 0;
  /** Lines that came too late to be queued, or were still queued at the end. */
  #dropped = 0;
  #flushScheduled = false;
  #flushing = false;
  #writable = true;
  #callerWaits = false;

  /** What the channel ended with, once it has; null is orderly. */
  #end: { readonly error: Error | null } | null = null;
  #endTold = false;
  #remoteEnded = false;
  /** All that was queued before our close has been given to the stream. */
  #saidAll = false;
  #closing: Promise<void> | null = null;
  /** The other side is done, and what it sent last has not been delivered yet. */
  #closeOnceRead = false;
  #whenFlushed: (() => void) | null = null;

  constructor(stream: Stream, options: ChannelOptions) {
    ({ peerId: this.peerId, path: this.path, transport: this.transport } = options.route);
    this.#stream = stream;
    this.#options = options;
    this.#held = options.budget?.reserve() ?? null;
    this.#partial = options.budget?.reserve() ?? null;
    this.#splitter = new LineSplitter(options.maxMessageBytes ?? MAX_MESSAGE_BYTES, this.#partial);
    stream.maxReadBufferLength = MAX_READ_BUFFER_BYTES;
    // A long-lived stream may be silent for hours; whether the link lives is watched elsewhere.
    stream.inactivityTimeout = Number.MAX_SAFE_INTEGER;
    this.#remoteEnded = stream.status === 'open' && stream.remoteWriteStatus === 'closed';
    stream.addEventListener('drain', this.#onStreamDrain);
    stream.addEventListener('idle', this.#onStreamIdle);
    stream.addEventListener('close', this.#onStreamClose);
    stream.addEventListener('remoteCloseWrite', this.#onRemoteCloseWrite);
    if (stream.status !== 'open') this.#finish(linkLost());
  }

  get onLine(): ((line: string) => void) | null {
    return this.#onLine;
  }

  set onLine(listener: ((line: string) => void) | null) {
    this.#onLine = listener;
    if (listener === null) return;
    if (!this.#reading) {
      this.#reading = true;
      this.#stream.addEventListener('message', this.#onStreamMessage);
      this.#stream.addEventListener('end', this.#onStreamEnd);
      if (this.#stream.readableEnded) queueMicrotask(this.#onStreamEnd);
    }
    this.#deliver();
  }

  get onClose(): ((error: Error | null) => void) | null {
    return this.#onClose;
  }

  set onClose(listener: ((error: Error | null) => void) | null) {
    this.#onClose = listener;
    // It may have ended before its owner had a chance to listen.
    if (this.#end !== null) queueMicrotask(() => this.#tellEnd());
  }

  /** What was handed to the stream counts as sent: nobody knows how far it got. */
  get unsent(): number {
    return this.#outgoing.length + this.#dropped;
  }

  send(line: string): boolean {
    if (this.#end !== null || this.#closing !== null) {
      this.#dropped += 1;
      return false;
    }
    const bytes = Buffer.byteLength(line);
    if (bytes > (this.#options.maxMessageBytes ?? MAX_MESSAGE_BYTES)) {
      this.#dropped += 1;
      this.abort(new NetworkError('TOO_LARGE', 'A message to the peer is longer than it would accept.'));
      return false;
    }
    this.#outgoing.push(line);
    this.#outgoingBytes += bytes;
    const queued = this.#queuedBytes();
    if (queued > (this.#options.maxQueuedBytes ?? MAX_QUEUED_BYTES)) {
      this.abort(new NetworkError('TOO_LARGE', 'The peer reads too slowly; too many messages wait for it.'));
      return false;
    }
    this.#scheduleFlush();
    if (queued <= HIGH_WATER_BYTES) return true;
    this.#callerWaits = true;
    return false;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    if (this.#canPause()) this.#stream.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#deliver();
    // A listener may have paused again on the way.
    if (!this.#paused && this.#mayRead() && this.#canPause()) this.#stream.resume();
  }

  close(timeoutMs = this.#options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS): Promise<void> {
    this.#closing ??= this.#end === null ? this.#close(timeoutMs) : Promise.resolve();
    return this.#closing;
  }

  abort(error: Error): void {
    if (this.#end !== null) return;
    // First, so that the events which the stream sends while it is torn down find the channel ended.
    this.#finish(error);
    this.#stream.abort(error);
  }

  readonly #onStreamMessage = (event: StreamMessageEvent): void => {
    // Whatever comes after our own close is of no interest to anybody.
    if (this.#end !== null || this.#closing !== null) return;
    try {
      if (event.data instanceof Uint8Array) this.#splitter.push(event.data, this.#incoming);
      else for (const chunk of event.data) this.#splitter.push(chunk, this.#incoming);
      if (this.#paused) this.#hold(event.data.byteLength);
    } catch (error) {
      this.#deliver();
      this.abort(asError(error));
      return;
    }
    this.#deliver();
  };

  #deliver(): void {
    // A listener that pauses and resumes in one go must not make lines overtake each other.
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      while (
        this.#next < this.#incoming.length &&
        !this.#paused &&
        this.#onLine !== null &&
        this.#mayRead()
      ) {
        const line = this.#incoming[this.#next];
        this.#next += 1;
        if (line !== undefined) this.#onLine(line);
      }
    } catch (error) {
      // A fault of ours in handling what a peer sent costs this channel, not the host.
      this.abort(asError(error));
    } finally {
      this.#delivering = false;
    }
    if (this.#next < this.#incoming.length && this.#mayRead()) return;
    this.#incoming = [];
    this.#next = 0;
    if (this.#heldBytes > 0) this.#releaseHeld();
    if (this.#end !== null) this.#tellEnd();
    else if (this.#closeOnceRead) this.#closeInReturn();
  }

  /** False once nothing more is to be delivered. An orderly end still delivers what came before it. */
  #mayRead(): boolean {
    return this.#closing === null && (this.#end === null || this.#end.error === null);
  }

  /** QUIC and WebRTC read on, whatever we say; what they bring is held here, within the budget. */
  #canPause(): boolean {
    const { readStatus } = this.#stream;
    return !isOverUdp(this.transport) && (readStatus === 'readable' || readStatus === 'paused');
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes;
    if (this.#heldBytes > MAX_READ_BUFFER_BYTES) {
      throw new NetworkError('TOO_LARGE', 'The peer sends faster than its messages can be handled.');
    }
    this.#held?.set(this.#heldBytes);
  }

  #releaseHeld(): void {
    this.#heldBytes = 0;
    this.#held?.set(0);
  }

  #queuedBytes(): number {
    return this.#outgoingBytes + this.#stream.writeBufferLength;
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled || !this.#writable) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      while (this.#writable && this.#outgoing.length > 0 && this.#end === null) {
        this.#writable = this.#stream.send(this.#takeBatch());
      }
    } catch (cause) {
      this.abort(linkLost(cause));
    } finally {
      this.#flushing = false;
    }
    this.#tellDrained();
  }

  #tellDrained(): void {
    if (this.#outgoing.length === 0) this.#whenFlushed?.();
    if (!this.#callerWaits || this.#end !== null || this.#queuedBytes() > LOW_WATER_BYTES) return;
    this.#callerWaits = false;
    this.onDrain?.();
  }

  #takeBatch(): Buffer {
    if (this.#outgoingBytes <= WRITE_BYTES) {
      const text = this.#outgoing.join('\n');
      this.#outgoing = [];
      this.#outgoingBytes = 0;
      return Buffer.from(`${text}\n`);
    }
    let count = 0;
    let bytes = 0;
    for (const line of this.#outgoing) {
      const next = bytes + Buffer.byteLength(line);
      if (count > 0 && next > WRITE_BYTES) break;
      bytes = next;
      count += 1;
    }
    const text = this.#outgoing.slice(0, count).join('\n');
    this.#outgoing = this.#outgoing.slice(count);
    this.#outgoingBytes -= bytes;
    return Buffer.from(`${text}\n`);
  }

  readonly #onStreamDrain = (): void => {
    this.#writable = true;
    this.#flush();
  };

  /** What the stream held back has left; it tells of that with no `drain` of its own. */
  readonly #onStreamIdle = (): void => {
    // Not at once: it says so while it still sends, and would let lie what is given to it in that moment.
    if (this.#callerWaits && !this.#flushing) queueMicrotask(() => this.#flush());
  };

  readonly #onRemoteCloseWrite = (): void => {
    this.#remoteEnded = true;
  };

  /** All that the other side sent has been read, and it will send no more. */
  readonly #onStreamEnd = (): void => {
    if (this.#end !== null || !this.#remoteEnded) return;
    if (this.#splitter.unfinished) {
      this.abort(new NetworkError('PROTOCOL', 'The peer closed in the middle of a message.'));
      return;
    }
    // MCP has no use for half a session: who has stopped asking is gone.
    if (this.#incoming.length > 0) this.#closeOnceRead = true;
    else this.#closeInReturn();
  };

  #closeInReturn(): void {
    if (!isOverUdp(this.transport)) {
      void this.close();
      return;
    }
    // Over these, a connection that breaks looks like an orderly end of each stream first, and then tells the truth.
    setTimeout(() => {
      if (this.#options.linkOpen()) void this.close();
      else this.abort(linkLost());
    }, UDP_END_MS).unref();
  }

  readonly #onStreamClose = (event: StreamCloseEvent): void => {
    // A broken WebRTC connection looks like a stream that was closed by both sides, though we did not.
    if (this.transport === 'webrtc' && this.#closing === null) this.#finish(linkLost(event.error));
    if (event.error === undefined)
      this.#finish(this.#remoteEnded || this.#closing !== null ? null : linkLost());
    // Where both sides were done already, it does not matter what went wrong with the rest.
    else this.#finish(this.#remoteEnded && this.#saidAll ? null : linkLost(event.error));
  };

  async #close(timeoutMs: number): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      await this.#flushed(signal);
      this.#saidAll = true;
      await this.#stream.close({ signal });
      this.#finish(null);
      // The stream itself lives on until the other side has closed it, too.
      await untilClosed(this.#stream, signal);
    } catch (cause) {
      const error = new NetworkError('TIMEOUT', 'The peer did not take the last messages in time.', {
        cause,
      });
      if (this.#end === null) this.abort(error);
      else this.#stream.abort(error);
    }
  }

  /** Resolves once the stream has taken all that was queued. */
  #flushed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#whenFlushed = resolve;
      signal.addEventListener('abort', () => reject(asError(signal.reason)), { once: true });
      this.#flush();
    });
  }

  #finish(error: Error | null): void {
    if (this.#end !== null) return;
    this.#end = { error };
    this.#dropped += this.#outgoing.length;
    this.#outgoing = [];
    this.#outgoingBytes = 0;
    this.#whenFlushed?.();
    this.#splitter.release();
    this.#stream.removeEventListener('message', this.#onStreamMessage);
    this.#stream.removeEventListener('end', this.#onStreamEnd);
    this.#deliver();
  }

  #tellEnd(): void {
    if (this.#endTold || this.#end === null || this.#onClose === null) return;
    this.#endTold = true;
    this.#onClose(this.#end.error);
  }
}

const isOverUdp = (transport: LinkTransport): boolean => transport === 'quic' || transport === 'webrtc';

const linkLost = (cause?: unknown): NetworkError =>
  new NetworkError('LINK_LOST', 'The link to the peer was lost.', { cause });

const asError = (value: unknown): Error => (value instanceof Error ? value : new Error(String(value)));
