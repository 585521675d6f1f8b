import type { Duplex } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import type { Router } from '@orpc/server';
import { RPCHandler } from '@orpc/server/websocket';
import { WebSocket, WebSocketServer } from 'ws';
import type { RawData } from 'ws';
import type { Contract } from '../../shared/contract.ts';
import { SUBPROTOCOL } from './access.ts';

/** An implementation of the interface contract that needs no context. */
export type ContractRouter = Router<Contract, Record<never, never>>;

export interface SocketLimits {
  /** Open connections at most; more are refused at upgrade with 503. */
  readonly connections: number;
  /** Longest message of a client, in bytes; a longer one closes the connection with 1009. */
  readonly messageBytes: number;
  /** Requests of one connection that run at once; more close it with 1013. */
  readonly requests: number;
  /** Above this many bytes that the client has not taken, event streams wait. */
  readonly highWaterBytes: number;
  /** At this many, the connection is cut. */
  readonly bufferBytes: number;
  /** A client that stays above `highWaterBytes` for this long is cut off, in milliseconds. */
  readonly stallMs: number;
  /** Between two pings, in milliseconds; a client that has not answered the last one is cut off. */
  readonly heartbeatMs: number;
}

export const defaultLimits: SocketLimits = {
  connections: 32,
  messageBytes: 16 * 1024 * 1024,
  requests: 256,
  highWaterBytes: 1024 * 1024,
  bufferBytes: 64 * 1024 * 1024,
  stallMs: 20_000,
  heartbeatMs: 15_000,
};

/** How long an open connection has to say goodbye when the server stops, in milliseconds. */
const GOODBYE_MS = 1000;

/** The connections of the interface and of the command line, each with its own bounds. */
export class RpcSockets {
  readonly #handler: RPCHandler<Record<never, never>>;
  readonly #server: WebSocketServer;
  readonly #limits: SocketLimits;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #answered = new WeakSet<WebSocket>();

  constructor(router: ContractRouter, limits: SocketLimits) {
    this.#handler = new RPCHandler(router);
    this.#limits = limits;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: limits.messageBytes,
      perMessageDeflate: false,
      // One fixed name: what else a page offers is its secret, which is not to be repeated.
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    this.#heartbeat = setInterval(() => this.#beat(), limits.heartbeatMs);
    this.#heartbeat.unref();
  }

  get size(): number {
    return this.#server.clients.size;
  }

  get full(): boolean {
    return this.size >= this.#limits.connections;
  }

  /** Takes over a connection that has proved itself. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (client) => this.#serve(client));
  }

  /** Says goodbye to every client, and cuts those that do not answer. */
  async stop(): Promise<void> {
    clearInterval(this.#heartbeat);
    const clients = [...this.#server.clients];
    const gone = clients.map(
      (client) => new Promise<void>((resolve) => client.once('close', () => resolve())),
    );
    for (const client of clients) client.close(1001, 'The host stops.');
    const cut = setTimeout(() => {
      for (const client of clients) client.terminate();
    }, GOODBYE_MS);
    await Promise.all(gone);
    clearTimeout(cut);
    this.#server.close();
  }

  #serve(client: WebSocket): void {
    this.#answered.add(client);
    const peer = new BoundedSender(client, this.#limits);
    let running = 0;
    client.on('pong', () => this.#answered.add(client));
    // Only says why the connection ends (an oversized or malformed frame); `close` follows.
    client.on('error', () => undefined);
    client.on('close', () => {
      peer.stop();
      this.#handler.close(peer);
    });
    client.on('message', (data, isBinary) => {
      if (running >= this.#limits.requests) {
        client.close(1013, 'Too many requests at once.');
        return;
      }
      running += 1;
      const message = isBinary ? toArrayBuffer(data) : toText(data);
      this.#handler
        .message(peer, message, { context: {} })
        .catch(() => client.close(1007, 'Not a message of this protocol.'))
        .finally(() => {
          running -= 1;
        });
    });
  }

  #beat(): void {
    for (const client of this.#server.clients) {
      if (!this.#answered.delete(client)) client.terminate();
      else client.ping();
    }
  }
}

/**
 * The sending side of a connection. Whoever streams into it waits while the client is slow; a client that stays
 * slow, or lets too much pile up, is cut off. It can come back and take a new snapshot.
 */
class BoundedSender {
  readonly #client: WebSocket;
  readonly #limits: SocketLimits;
  #stalled: NodeJS.Timeout | null = null;

  constructor(client: WebSocket, limits: SocketLimits) {
    this.#client = client;
    this.#limits = limits;
  }

  /**
   * Resolves at once, or, above the high-water mark, when this message has left the process. Rejects once the
   * connection is closed: a stream that went on would spin.
   */
  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): Promise<void> {
    if (data instanceof Blob) return Promise.reject(new TypeError('No call of the contract carries files.'));
    if (this.#client.readyState !== WebSocket.OPEN)
      return Promise.reject(new Error('The connection is closed.'));
    const left = Promise.withResolvers<void>();
    this.#client.send(data instanceof SharedArrayBuffer ? Buffer.from(data) : data, (error) => {
      if (error == null) left.resolve();
      else left.reject(error);
    });
    // Where nobody waits for it, the `close` event tells the same.
    left.promise.catch(() => undefined);
    if (this.#client.bufferedAmount <= this.#limits.highWaterBytes) return Promise.resolve();
    if (this.#client.bufferedAmount > this.#limits.bufferBytes) this.#client.terminate();
    else this.#watch();
    return left.promise;
  }

  /** The handler of the RPC library listens by itself; messages reach it through `message()` here. */
  addEventListener(): void {
    // Nothing to listen to.
  }

  stop(): void {
    if (this.#stalled !== null) clearTimeout(this.#stalled);
    this.#stalled = null;
  }

  #watch(): void {
    if (this.#stalled !== null) return;
    const before = this.#client.bufferedAmount;
    this.#stalled = setTimeout(() => {
      this.#stalled = null;
      const now = this.#client.bufferedAmount;
      if (now <= this.#limits.highWaterBytes) return;
      // A slow client that takes something is fed on; one that falls further behind is not.
      if (now >= before) this.#client.terminate();
      else this.#watch();
    }, this.#limits.stallMs);
    this.#stalled.unref();
  }
}

function toText(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(toArrayBuffer(data)).toString('utf8');
}

function toArrayBuffer(data: RawData): ArrayBuffer {
  if (data instanceof ArrayBuffer) return data;
  const whole = Array.isArray(data) ? Buffer.concat(data) : data;
  return new Uint8Array(whole).buffer;
}
