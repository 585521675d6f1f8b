import { randomBytes } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import { NetworkError } from '../errors.ts';
import { MAX_LINK_BACKLOG_BYTES } from '../limits.ts';
import type { ByteAllowance } from './byte-allowance.ts';
import { closeSocket } from './close-socket.ts';
import { looksSealed } from './envelope.ts';
import type { EnvelopePace } from './envelope-pace.ts';
import type { Opener, Sealer } from './envelope.ts';
import {
  ENVELOPE_BYTES,
  ENVELOPE_PAUSE_MS,
  HIGH_WATER_BYTES,
  LOW_WATER_BYTES,
  MAX_PINGS,
} from './wire-limits.ts';
import { CloseCode, WireViolation } from './wire-violation.ts';

export interface EnvelopeSocketParts {
  readonly socket: WebSocket;
  readonly allowance: ByteAllowance;
  readonly sealer: Sealer;
  readonly opener: Opener;
  readonly pace: Pick<EnvelopePace, 'take'>;
}

export interface EnvelopeSocketOwner {
  /** What an envelope held. @throws {WireViolation} which closes the socket */
  onText(text: string): void;
  /** There is room again. */
  onDrain(): void;
  /** Told once; null after an orderly close by either side. */
  onClosed(error: Error | null): void;
}

/**
 * A WebSocket after its handshake: what goes over it is in envelopes. What is sent in one turn of the event loop shares
 * them, since signing costs per envelope.
 */
export class EnvelopeSocket {
  /** Whether several messages may share an envelope, as a list. Only a Gatehouse reads those. */
  batches = false;
  /** Takes frames that are no envelopes. Null: there must be none. */
  onPlain: ((text: string) => void) | null = null;
  maxBacklogBytes = MAX_LINK_BACKLOG_BYTES;
  readonly #parts: EnvelopeSocketParts;
  readonly #owner: EnvelopeSocketOwner;
  #queue: string[] = [];
  #queuedBytes = 0;
  #flushScheduled = false;
  #ended = false;
  /** What had come when the socket was paused: at most what one read of it brought. */
  #held: string[] = [];
  #pause: NodeJS.Timeout | null = null;
  readonly #pings = new Map<string, () => void>();

  constructor(parts: EnvelopeSocketParts, owner: EnvelopeSocketOwner) {
    this.#parts = parts;
    this.#owner = owner;
    const { socket } = parts;
    socket.on('message', this.#onMessage);
    socket.on('pong', this.#onPong);
    socket.on('close', this.#onClose);
  }

  get isOpen(): boolean {
    return !this.#ended;
  }

  /** Whether the peer numbers its envelopes, as a Gatehouse does. */
  get peerCounts(): boolean | null {
    return this.#parts.opener.counts;
  }

  /** How much may be handed over before it must wait, in bytes. */
  get room(): number {
    return this.#ended ? 0 : HIGH_WATER_BYTES - this.#backlog;
  }

  /** What one frame of the peer may have, in bytes. */
  set maxFrameBytes(bytes: number) {
    this.#parts.allowance.limit = bytes;
  }

  /** Queues one message, as JSON. */
  send(message: string): void {
    if (this.#ended) return;
    this.#queue.push(message);
    this.#queuedBytes += message.length;
    if (this.#backlog > this.maxBacklogBytes) {
      this.fail(new WireViolation(CloseCode.policy, 'You do not read what is sent to you.'));
      return;
    }
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => this.flush());
  }

  /** Sends what is queued. */
  flush(): void {
    this.#flushScheduled = false;
    while (!this.#ended && this.#queue.length > 0) {
      this.#parts.socket.send(this.#parts.sealer.seal(this.#takeBatch()), this.#onSent);
    }
  }

  /** The peer broke a rule, or we did: closes with the code that goes with it. */
  fail(error: unknown): void {
    if (this.#ended) return;
    const violation =
      error instanceof WireViolation
        ? error
        : new WireViolation(CloseCode.internal, 'Something went wrong here.', { cause: error });
    const { socket } = this.#parts;
    closeSocket(socket, violation.code, violation.message);
    // It would be read to its end first, and thrown away.
    if (violation.code === CloseCode.tooBig) socket.pause();
    this.#end(
      new NetworkError(
        'PROTOCOL',
        `The peer was cut off: it does not keep to the wire. ${violation.message}`,
        {
          cause: violation,
        },
      ),
    );
  }

  /** Ends in good order: what was sent before still leaves. */
  close(reason: string): void {
    if (this.#ended) return;
    this.flush();
    closeSocket(this.#parts.socket, CloseCode.normal, reason);
    this.#end(null);
  }

  /** Ends at once. The peer is told no more than that. */
  abort(error: Error): void {
    if (this.#ended) return;
    closeSocket(this.#parts.socket, CloseCode.goingAway, 'This connection has ended.');
    this.#end(error);
  }

  /** @returns how long a WebSocket ping took, in ms @throws where the socket ends first, or the signal does */
  roundTrip(signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#ended || this.#pings.size >= MAX_PINGS || signal.aborted) {
        reject(new Error('The ping could not be sent.', { cause: signal.reason }));
        return;
      }
      const name = randomBytes(8);
      const key = name.toString('hex');
      const sentAt = performance.now();
      const settle = (): void => {
        this.#pings.delete(key);
        signal.removeEventListener('abort', settle);
        if (this.#ended || signal.aborted) reject(new Error('The ping was not answered.'));
        else resolve(Math.round((performance.now() - sentAt) * 100) / 100);
      };
      this.#pings.set(key, settle);
      signal.addEventListener('abort', settle, { once: true });
      this.#parts.socket.ping(name);
    });
  }

  get #backlog(): number {
    return this.#queuedBytes + this.#parts.socket.bufferedAmount;
  }

  readonly #onMessage = (data: RawData, isBinary: boolean): void => {
    this.#parts.allowance.startAnew();
    if (this.#ended) return;
    try {
      if (isBinary || !Buffer.isBuffer(data)) {
        throw new WireViolation(CloseCode.unsupportedData, 'Text frames only.');
      }
      this.#held.push(data.toString('utf8'));
      if (this.#pause === null) this.#takeHeld();
    } catch (error) {
      this.fail(error);
    }
  };

  /** Opens what has come, as fast as this peer may have it. While it may not, nothing more is read of the socket. */
  #takeHeld(): void {
    for (let text = this.#held[0]; text !== undefined && !this.#ended; text = this.#held[0]) {
      const isSealed = this.onPlain === null || looksSealed(text);
      const wait = isSealed ? this.#parts.pace.take(text.length) : 0;
      if (wait > 0) {
        this.#parts.socket.pause();
        this.#pause = setTimeout(this.#goOn, Math.max(wait, ENVELOPE_PAUSE_MS));
        return;
      }
      this.#held.shift();
      if (isSealed) this.#owner.onText(this.#parts.opener.open(text));
      else this.onPlain?.(text);
    }
  }

  readonly #goOn = (): void => {
    this.#pause = null;
    try {
      this.#takeHeld();
    } catch (error) {
      this.fail(error);
    }
    if (this.#pause === null && !this.#ended) this.#parts.socket.resume();
  };

  readonly #onPong = (data: Buffer): void => {
    this.#pings.get(data.toString('hex'))?.();
  };

  readonly #onClose = (code: number): void => {
    const isOrderly = code === CloseCode.normal;
    const sentence =
      code === CloseCode.policy || code === CloseCode.protocol
        ? 'The other side closed the connection; it may have blocked this machine.'
        : 'The link to the peer was lost.';
    this.#end(isOrderly ? null : new NetworkError('LINK_LOST', sentence));
  };

  readonly #onSent = (): void => {
    if (!this.#ended && this.#backlog < LOW_WATER_BYTES) this.#owner.onDrain();
  };

  /** As many messages as fit one envelope, and at least one. */
  #takeBatch(): string {
    let count = 0;
    let bytes = 0;
    for (const message of this.#queue) {
      if (count > 0 && (!this.batches || bytes + message.length > ENVELOPE_BYTES)) break;
      bytes += message.length;
      count += 1;
    }
    const batch = count === this.#queue.length ? this.#queue : this.#queue.slice(0, count);
    this.#queue = count === this.#queue.length ? [] : this.#queue.slice(count);
    this.#queuedBytes -= bytes;
    return batch.length === 1 ? (batch[0] ?? '') : `[${batch.join(',')}]`;
  }

  #end(error: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    if (this.#pause !== null) clearTimeout(this.#pause);
    // Only who sent too fast loses the end of it.
    this.#held = [];
    for (const settle of this.#pings.values()) settle();
    this.#owner.onClosed(error);
  }
}
