import type { Socket } from 'node:net';
import { sourceOf } from '../ip-address.ts';
import { MAX_INBOUND_PER_SECOND, MAX_PENDING_INBOUND } from '../limits.ts';

/** Half of all: one machine cannot keep everybody else out. */
const MAX_PENDING_PER_SOURCE = MAX_PENDING_INBOUND / 2;

/**
 * Connections from their first packet until their peer is proven: few at a time, not too fast from one place, and not for
 * long, whatever they do or leave undone meanwhile.
 */
export class WaitingRoom {
  readonly #timeoutMs: number;
  readonly #pending = new Map<
    string,
    { readonly socket: Socket; readonly source: string; readonly timer: NodeJS.Timeout }
  >();
  #second = 0;
  #arrivals = new Map<string, number>();

  /** @param timeoutMs how long one may stay */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Lets a connection in, or cuts it. */
  enter(socket: Socket): void {
    const source = sourceOf(socket.remoteAddress ?? '');
    const others = [...this.#pending.values()].filter((one) => one.source === source).length;
    const isFull = this.#pending.size >= MAX_PENDING_INBOUND || others >= MAX_PENDING_PER_SOURCE;
    if (isFull || this.#isTooFast(source)) {
      socket.destroy();
      return;
    }
    const key = keyOf(socket);
    const timer = setTimeout(() => socket.destroy(), this.#timeoutMs);
    this.#pending.set(key, { socket, source, timer });
    socket.once('close', () => this.#leave(key));
  }

  /** The peer is proven. Takes the socket, or what TLS has made of it. */
  release(socket: Pick<Socket, 'remoteAddress' | 'remotePort' | 'localPort'>): void {
    this.#leave(keyOf(socket));
  }

  /** Cuts all that wait. */
  clear(): void {
    for (const { socket } of this.#pending.values()) socket.destroy();
  }

  #leave(key: string): void {
    clearTimeout(this.#pending.get(key)?.timer);
    this.#pending.delete(key);
  }

  #isTooFast(source: string): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#arrivals = new Map();
    }
    const count = (this.#arrivals.get(source) ?? 0) + 1;
    this.#arrivals.set(source, count);
    return count > MAX_INBOUND_PER_SECOND;
  }
}

const keyOf = ({
  remoteAddress,
  remotePort,
  localPort,
}: Pick<Socket, 'remoteAddress' | 'remotePort' | 'localPort'>): string =>
  `${remoteAddress} ${remotePort} ${localPort}`;
