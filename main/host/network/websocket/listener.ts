import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { createServer as createSecureServer, Server as SecureServer } from 'node:https';
import { Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { WaitingRoom } from './waiting-room.ts';
import { MAX_FRAME_BYTES } from './wire-limits.ts';

/** Requests that ask for more than an upgrade are none of ours. */
const MAX_HEADER_BYTES = 8 * 1024;
const MIN_TLS = 'TLSv1.2';

export interface ListenerParts {
  /** In PEM; null: no TLS. */
  readonly tls: { readonly certificate: string; readonly key: string } | null;
  readonly handshakeTimeoutMs: number;
  /** Nobody is let in. */
  isClosed(): boolean;
  onSocket(socket: WebSocket, stream: Duplex): void;
}

/** One port that WebSockets come in on, of programs and not of browsers. */
export class Listener {
  readonly #parts: ListenerParts;
  readonly #server: Server;
  readonly #waiting: WaitingRoom;
  readonly #sockets = new Set<Socket>();
  readonly #upgrades = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    // Dawn's wire has no name for itself.
    handleProtocols: () => false,
  });

  constructor(parts: ListenerParts) {
    this.#parts = parts;
    this.#waiting = new WaitingRoom(parts.handshakeTimeoutMs);
    const options = { maxHeaderSize: MAX_HEADER_BYTES, keepAlive: false };
    this.#server =
      parts.tls === null
        ? createServer(options)
        : createSecureServer({
            ...options,
            cert: parts.tls.certificate,
            key: parts.tls.key,
            minVersion: MIN_TLS,
            handshakeTimeout: parts.handshakeTimeoutMs,
          });
    this.#server.on('connection', this.#onConnection);
    this.#server.on('upgrade', this.#onUpgrade);
    this.#server.on('request', (_, response) => {
      response.writeHead(426, { connection: 'close', upgrade: 'websocket' });
      response.end('Gatehouse speaks WebSocket here.\n');
    });
  }

  /** @returns the port @throws errors of sockets */
  async listen(host: string, port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ host, port, ipv6Only: true, exclusive: true }, resolve);
    await promise;
    this.#server.off('error', reject);
    // Such as too many open files: those that are there go on.
    this.#server.on('error', () => undefined);
    return (this.address ?? { port }).port;
  }

  get address(): AddressInfo | null {
    const address = this.#server.address();
    return typeof address === 'object' ? address : null;
  }

  /** A peer on this socket is proven. */
  proven(stream: Duplex): void {
    if (stream instanceof Socket) this.#waiting.release(stream);
  }

  /** For whoever comes from now on; links stay as they are. Only where it listens with TLS. */
  renew({ certificate, key }: NonNullable<ListenerParts['tls']>): void {
    if (this.#server instanceof SecureServer)
      this.#server.setSecureContext({ cert: certificate, key, minVersion: MIN_TLS });
  }

  /** Takes nobody in any more, and lets go of those that wait. Links stay. */
  close(): void {
    this.#waiting.clear();
    this.#upgrades.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Cuts whatever came in here, and waits for the port to be free. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.#server.listening) this.#server.once('close', resolve);
      else resolve();
    });
    this.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  readonly #onConnection = (socket: Socket): void => {
    if (this.#parts.isClosed()) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Whatever goes wrong closes it.
    socket.on('error', () => undefined);
    this.#waiting.enter(socket);
  };

  readonly #onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    stream.on('error', () => undefined);
    // A web page can make its visitor's browser open a WebSocket to anywhere, and cannot leave this header out.
    if (request.headers.origin !== undefined) turnAway(stream, '403 Forbidden');
    else if (request.url !== '/') turnAway(stream, '404 Not Found');
    else if (this.#parts.isClosed()) turnAway(stream, '503 Service Unavailable');
    // Whether there is a place for it depends on who it is.
    else
      this.#upgrades.handleUpgrade(request, stream, head, (socket) => this.#parts.onSocket(socket, stream));
  };
}

function turnAway(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => stream.destroy());
}
