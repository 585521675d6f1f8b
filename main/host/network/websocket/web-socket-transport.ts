import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { PeerId } from '../../../../shared/ids.ts';
import { isWebSocketAddress } from '../../../../shared/transports.ts';
import { deadline } from '../../deadline.ts';
import { NetworkError } from '../errors.ts';
import type { WebSocketTls } from '../index.ts';
import { ADDRESS_DIAL_TIMEOUT_MS, DIAL_TIMEOUT_MS, MAX_DIAL_TARGETS } from '../limits.ts';
import type { DialTarget, Introduction, LinkConnection, Transport, TransportOwner } from '../transport.ts';
import { acceptOne } from './accept-one.ts';
import { readCertificate, RenewedCertificate } from './certificate.ts';
import { closeSocket } from './close-socket.ts';
import { dialAny } from './dial-any.ts';
import { dialOne } from './dial-one.ts';
import type { GatehouseFacts } from './gatehouse-methods.ts';
import { LinkService } from './link-service.ts';
import { Listener } from './listener.ts';
import { hostsOf, listenOn } from './listening.ts';
import { ownKeyOf } from './own-key.ts';
import { placeFor } from './places.ts';
import { provePeer } from './prove-peer.ts';
import { parseWebSocketAddress } from './web-socket-address.ts';
import type { ParsedWebSocketAddress } from './web-socket-address.ts';
import type { WebSocketConnection } from './web-socket-connection.ts';
import type { WebSocketTransportOptions } from './web-socket-transport-options.ts';
import { HANDSHAKE_TIMEOUT_MS, MAX_LINKS_FROM_PEER } from './wire-limits.ts';
import { CloseCode, WireViolation } from './wire-violation.ts';

interface Target extends ParsedWebSocketAddress {
  readonly expected: PeerId | null;
}

/** Certificates are renewed a few weeks before they end. */
const CERTIFICATE_CHECK_MS = 60 * 60 * 1000;
const NOWHERE =
  'It listens nowhere, so nobody can come in over it; others can still be dialled. Check where it listens in the settings.';

interface OpenListener {
  readonly listener: Listener;
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
}

/** Links over JSON-RPC in signed, encrypted WebSocket frames, as the predecessor Dawn has them. */
export class WebSocketTransport implements Transport {
  readonly name = 'websocket';
  readonly #options: WebSocketTransportOptions;
  readonly #owner: TransportOwner;
  readonly #service: LinkService;
  /** Told of to the owner. */
  readonly #links = new Set<WebSocketConnection>();
  readonly #sockets = new Set<WebSocket>();
  readonly #introductions = new WeakMap<WebSocketConnection, Introduction>();
  #listeners: OpenListener[] = [];
  #listening: Promise<void> = Promise.resolve();
  #certificate: RenewedCertificate | null = null;
  #certificateTimer: NodeJS.Timeout | undefined;
  /** Set where it was told to listen otherwise, and could not. */
  #refused: string | null = null;
  #isNowhere = false;
  #running = new AbortController();

  constructor(options: WebSocketTransportOptions, owner: TransportOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#service = new LinkService({
      own: ownKeyOf(options.identity),
      owner,
      softwareName: options.softwareName,
      dawnMethods: options.dawnMethods,
      addresses: () => this.addresses(),
    });
  }

  async start(): Promise<void> {
    this.#running = new AbortController();
    await this.#inTurn(() => this.#listenOn(this.#options.listen, this.#options.tls));
    const everyMs = this.#options.certificateCheckMs ?? CERTIFICATE_CHECK_MS;
    if (this.#running.signal.aborted) return;
    this.#certificateTimer = setInterval(() => void this.renewCertificate(), everyMs).unref();
  }

  /**
   * Listens elsewhere from now on. Links that came in stay. Where the certificate cannot be used it goes on as before, and
   * `problem` and a notice say so.
   * @param listen `host:port`; empty: everywhere, on port 8000 or a free one
   */
  async listenOn(listen: readonly string[], tls: WebSocketTls | null): Promise<void> {
    if (this.#running.signal.aborted) return;
    this.#refused = null;
    try {
      await this.#inTurn(() => this.#listenOn(listen, tls));
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      this.#refused = error.message;
      const text = `${error.message} WebSocket listens as before.`;
      this.#owner.notify({ id: 'websocket-certificate', level: 'error', text });
      this.#owner.addressesChanged();
    }
  }

  /** Takes up what has become of the files of the certificate. Links stay. */
  async renewCertificate(): Promise<void> {
    try {
      await this.#inTurn(async () => await this.#certificate?.look());
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const text = `${error.message} The one that was read before is used until then.`;
      this.#owner.notify({ id: 'websocket-certificate', level: 'warning', text });
    }
  }

  get problem(): string | null {
    return this.#refused ?? (this.#isNowhere ? NOWHERE : null);
  }

  async stop(): Promise<void> {
    this.#running.abort(new NetworkError('STOPPED', 'The WebSocket transport was switched off.'));
    clearInterval(this.#certificateTimer);
    await this.#listening.catch(() => undefined);
    const error = new NetworkError('LINK_LOST', 'The WebSocket transport was switched off.');
    for (const listener of this.#listeners) listener.listener.close();
    for (const link of this.#links) {
      // What was answered last still leaves.
      link.socket.flush();
      link.abort(error);
    }
    // One that was told to close is cut after a second.
    await Promise.all(
      [...this.#sockets].map(async (socket) => {
        closeSocket(socket, CloseCode.goingAway, 'This node is going away.');
        if (socket.readyState === WebSocket.CLOSED) return;
        await new Promise<void>((resolve) => socket.once('close', () => resolve()));
      }),
    );
    await Promise.all(this.#listeners.map(({ listener }) => listener.stop()));
    this.#listeners = [];
  }

  addresses(): string[] {
    const { peerId } = this.#options.identity;
    const addresses = this.#listeners.flatMap(({ host, port, isSecure }) =>
      hostsOf(host).map((name) => `${isSecure ? 'wss' : 'ws'}://${name}:${port}#${peerId}`),
    );
    return [...new Set(addresses)];
  }

  dials(address: string): boolean {
    return isWebSocketAddress(address);
  }

  async dial(
    { peerId, addresses, another = false }: DialTarget,
    { signal }: { signal: AbortSignal },
  ): Promise<LinkConnection> {
    // One over which the peer only asks carries nothing of ours.
    const existing =
      peerId === null || another
        ? undefined
        : this.connections(peerId).find(({ asksOnly }) => asksOnly !== true);
    if (existing !== undefined) return existing;
    this.#checkMayDial(peerId);
    const targets = targetsOf(peerId, addresses);
    if (targets.length === 0) {
      throw new NetworkError('UNREACHABLE', 'No WebSocket address of this peer is known.');
    }
    const limit = deadline(DIAL_TIMEOUT_MS, signal);
    try {
      const connection = await dialAny(targets, { connect: this.#connect, prove: this.#prove }, limit.signal);
      return this.#opened(connection, this.#introductions.get(connection));
    } finally {
      limit.release();
    }
  }

  connections(peerId?: PeerId): LinkConnection[] {
    return [...this.#links].filter((link) => peerId === undefined || link.peer.peerId === peerId);
  }

  readonly #connect = async (target: Target, signal: AbortSignal): Promise<WebSocketConnection> => {
    // What stops closes the sockets that there are, and this is where there would be another.
    this.#running.signal.throwIfAborted();
    this.#checkMayDial(target.expected);
    const limit = deadline(ADDRESS_DIAL_TIMEOUT_MS, signal);
    try {
      const parts = {
        service: this.#service,
        track: (socket: WebSocket) => this.#track(socket),
        onClosed: (connection: WebSocketConnection) => this.#closed(connection),
      };
      return await dialOne(parts, target, target.expected, limit.signal);
    } finally {
      limit.release();
    }
  };

  readonly #prove = async (connection: WebSocketConnection, signal: AbortSignal): Promise<void> => {
    const limit = deadline(this.#options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS, signal);
    try {
      const dawn = this.#options.dawnDialling;
      this.#introductions.set(connection, await provePeer(connection, this.#service, dawn, limit.signal));
    } finally {
      limit.release();
    }
  };

  /** @throws {NetworkError} where it ended meanwhile */
  #opened(connection: WebSocketConnection, introduction: Introduction | undefined): WebSocketConnection {
    if (!this.#service.admits(connection.peer.peerId)) {
      connection.abort(new NetworkError('REFUSED', 'This peer is blocked or disconnected here.'));
    }
    if (connection.status !== 'open' || this.#running.signal.aborted) {
      connection.abort(new NetworkError('STOPPED', 'The WebSocket transport was switched off.'));
      throw connection.error ?? new NetworkError('LINK_LOST', 'The link to the peer was lost.');
    }
    this.#links.add(connection);
    connection.isProven = true;
    this.#owner.opened(connection);
    if (introduction !== undefined) this.#owner.introduced(connection, introduction);
    return connection;
  }

  /** @throws {WireViolation} where there is no place for a peer that has come */
  #makeRoom({ peer, source }: WebSocketConnection): void {
    const place = placeFor({
      isKept: this.#owner.isKept(peer.peerId),
      source,
      links: [...this.#links],
      isLinkKept: (link) => this.#owner.isKept(link.peer.peerId),
    });
    if (place === null) {
      throw new WireViolation(CloseCode.tryAgainLater, 'There are too many connections here.');
    }
    place.evict?.abort(new NetworkError('LINK_LOST', 'The link was idle, and its place was needed.'));
  }

  #closed(connection: WebSocketConnection): void {
    if (this.#links.delete(connection)) this.#owner.closed(connection);
  }

  #checkMayDial(peerId: PeerId | null): void {
    if (this.#running.signal.aborted) {
      throw new NetworkError('STOPPED', 'The WebSocket transport is switched off.');
    }
    if (peerId === this.#options.identity.peerId) {
      throw new NetworkError('INVALID_ADDRESS', 'That is this machine itself.');
    }
    if (this.#owner.frozen || (peerId !== null && !this.#owner.admits(peerId))) {
      throw new NetworkError(
        'REFUSED',
        'This peer is blocked or disconnected here, or everything is stopped.',
      );
    }
  }

  #track(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  async #inTurn(step: () => Promise<void>): Promise<void> {
    const before = this.#listening;
    this.#listening = before.catch(() => undefined).then(step);
    await this.#listening;
  }

  /** @throws {NetworkError} where the certificate cannot be used; it listens as before then */
  async #listenOn(listen: readonly string[], tls: WebSocketTls | null): Promise<void> {
    const certificate = tls === null ? null : await readCertificate(tls);
    if (this.#running.signal.aborted) return;
    const old = this.#listeners;
    this.#listeners = [];
    for (const { listener } of old) listener.close();
    this.#certificate =
      tls === null || certificate === null
        ? null
        : new RenewedCertificate(tls, certificate, (renewed) => {
            for (const { listener } of this.#listeners) listener.renew(renewed);
          });
    const isSecure = certificate !== null;
    const open = async (host: string, port: number): Promise<number> => {
      const listener: Listener = new Listener({
        tls: certificate,
        handshakeTimeoutMs: this.#options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
        isClosed: () => this.#owner.frozen || this.#running.signal.aborted,
        onSocket: (socket, stream) => this.#accept(socket, stream, listener, isSecure),
      });
      const actual = await listener.listen(host, port);
      this.#listeners.push({ listener, host, port: actual, isSecure });
      return actual;
    };
    this.#isNowhere = !(await listenOn(listen, open, (notice) => this.#owner.notify(notice)));
    this.#owner.addressesChanged();
  }

  #accept(socket: WebSocket, stream: Duplex, listener: Listener, isSecure: boolean): void {
    this.#track(socket);
    acceptOne(socket, stream, {
      service: this.#service,
      isSecure,
      onProven: (connection, facts) => {
        const others = this.connections(connection.peer.peerId).filter((one) => one.direction === 'inbound');
        if (others.length >= MAX_LINKS_FROM_PEER) {
          throw new WireViolation(CloseCode.tryAgainLater, 'You have too many connections open here.');
        }
        this.#makeRoom(connection);
        listener.proven(stream);
        this.#opened(connection, introductionOf(facts));
      },
      onClosed: (connection) => this.#closed(connection),
    });
  }
}

const introductionOf = (facts: GatehouseFacts | null): Introduction => ({
  software: facts?.software ?? null,
  speaksGatehouse: facts !== null,
  addresses: facts?.addresses ?? [],
});

function targetsOf(peerId: PeerId | null, addresses: readonly string[]): Target[] {
  return addresses
    .map(parseWebSocketAddress)
    .filter((one) => one !== null)
    .map((one) => ({ ...one, expected: peerId ?? one.peerId }))
    .filter((one) => one.peerId === null || one.peerId === one.expected)
    .slice(0, MAX_DIAL_TARGETS);
}
