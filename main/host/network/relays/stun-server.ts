import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { bindingRefusal, bindingSuccess, parseBindingRequest } from './stun-message.ts';

/** Answers to one IP address per second. ICE asks a few times; whoever forges that address must gain nothing. */
const MAX_PER_SECOND = 20;
/** IP addresses counted in one second; beyond them nobody new is answered until the next. */
const MAX_SOURCES = 4096;
/** Answers to everybody per second: more would be a burden to the relay. */
const MAX_ALL_PER_SECOND = 2000;

export interface StunServerOptions {
  /** UDP ports; 0 takes a free one. */
  readonly ports: readonly number[];
  /** Where to listen instead of everywhere, for tests. */
  readonly host?: string;
  readonly maxPerSecond?: number;
  /** Nobody is answered while it says so. */
  readonly silent?: () => boolean;
}

/**
 * Tells whoever asks how it looks from here (RFC 8489, Binding only). No answer is longer than three times its request,
 * which makes it useless for amplification, and none goes to a source that asks too often.
 */
export class StunServer {
  readonly #options: StunServerOptions;
  readonly #sockets: Socket[] = [];
  readonly #asked = new Map<string, number>();
  #answered = 0;
  #second = 0;
  #ports: number[] = [];

  constructor(options: StunServerOptions) {
    this.#options = options;
  }

  /** The ports that it listens on, once started. */
  get ports(): readonly number[] {
    return this.#ports;
  }

  /** @returns the ports that could not be had */
  async start(): Promise<number[]> {
    const missed: number[] = [];
    for (const port of this.#options.ports) {
      const bound = await this.#listen(port);
      if (bound === null) missed.push(port);
      else this.#ports.push(bound);
    }
    return missed;
  }

  async stop(): Promise<void> {
    this.#ports = [];
    this.#asked.clear();
    await Promise.all(
      this.#sockets.splice(0).map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
    );
  }

  /** The port, or null where it is not to be had in either family. */
  async #listen(port: number): Promise<number | null> {
    const { host } = this.#options;
    const v6 = host === undefined || host.includes(':') ? await this.#bind('udp6', port, host ?? '::') : null;
    const same = v6 ?? port;
    const v4 =
      host === undefined || !host.includes(':') ? await this.#bind('udp4', same, host ?? '0.0.0.0') : null;
    return v4 ?? v6;
  }

  async #bind(type: 'udp4' | 'udp6', port: number, address: string): Promise<number | null> {
    const socket = createSocket({ type, ...(type === 'udp6' ? { ipv6Only: true } : {}) });
    const listening = new Promise<boolean>((resolve) => {
      socket.once('listening', () => resolve(true));
      // Stays: an ICMP answer to one of our datagrams must not end the program.
      socket.on('error', () => resolve(false));
    });
    socket.on('message', (datagram, from) => this.#answer(socket, datagram, from));
    socket.bind({ port, address, exclusive: true });
    if (!(await listening)) {
      socket.close();
      return null;
    }
    this.#sockets.push(socket);
    return socket.address().port;
  }

  #answer(socket: Socket, datagram: Uint8Array, from: RemoteInfo): void {
    const request = parseBindingRequest(datagram);
    if (this.#options.silent?.() === true) return;
    if (request === null || from.port === 0 || !this.#admits(from.address)) return;
    const answer =
      request.unknown.length > 0
        ? bindingRefusal(request)
        : bindingSuccess(request.transaction, { host: from.address, port: from.port });
    if (answer === null) return;
    // Lost datagrams are asked for again by the other side.
    socket.send(answer, from.port, from.address, () => undefined);
  }

  #admits(address: string): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#answered = 0;
      this.#asked.clear();
    }
    const asked = this.#asked.get(address) ?? 0;
    if (asked === 0 && this.#asked.size >= MAX_SOURCES) return false;
    if (asked >= (this.#options.maxPerSecond ?? MAX_PER_SECOND) || this.#answered >= MAX_ALL_PER_SECOND)
      return false;
    this.#asked.set(address, asked + 1);
    this.#answered += 1;
    return true;
  }
}
