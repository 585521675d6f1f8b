import type {
  Connection,
  MultiaddrConnection,
  PeerId as Libp2pPeerId,
  StreamHandler,
  StreamMuxerFactory,
  Upgrader,
} from '@libp2p/interface';
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal';
import type { webRTC, WebRTCTransportComponents } from '@libp2p/webrtc';
import { multiaddr } from '@multiformats/multiaddr';
import type { PeerId } from '../../../../shared/ids.ts';
import { deadline } from '../../deadline.ts';
import { idOf, withoutPeer } from '../addresses.ts';
import { provideDataChannelError } from './data-channel-error.ts';
import { NetworkError } from '../errors.ts';
import { MAX_STREAMS_PER_LINK } from '../limits.ts';
import { pathOf } from '../links/path.ts';
import { withOther } from '../node/with-other.ts';

/** ICE tries pairs of addresses for some seconds; what has not worked by then will not. */
const PUNCH_TIMEOUT_MS = 10_000;
/**
 * The library now and then waits in vain for the end of a channel that it has missed: a second try begins in time. An
 * honest one takes about a second.
 */
const FIRST_TRY_MS = 3000;
/** Peer connections that are being made at one time, in each direction. */
const MAX_PUNCHES = 8;
/** Each holds native memory and a socket of its own. */
const MAX_PUNCHED_LINKS = 100;
/** The transport of the other side is loaded once somebody reaches it over a relay, which may be now. */
const NOT_READY_RETRY_MS = 400;
const NOT_READY_RETRIES = 5;
/** A relay that was just linked is being asked for its STUN servers. */
const STUN_WAIT_MS = 800;
const CONNECTED_WAIT_MS = 2000;

type WebRtc = ReturnType<ReturnType<typeof webRTC>> & {
  start(): Promise<void>;
  stop(): Promise<void>;
};

export interface PunchingOptions {
  readonly components: () => WebRTCTransportComponents;
  /** As `host:port`; those that are most likely to answer first. */
  readonly stunServers: () => readonly string[];
  readonly admits: (peerId: PeerId) => boolean;
  /** Ends when everything is stopped. */
  readonly running: () => AbortSignal;
  /** Told once where this machine cannot do it at all. */
  readonly onUnavailable: () => void;
}

/**
 * Links through NATs, by WebRTC: the two sides tell each other over a relayed link how they look from outside (ICE,
 * RFC 8445, with STUN), and then each opens its NAT for the other. The native library is loaded once it is needed.
 */
export class Punching {
  readonly #options: PunchingOptions;
  #loading: Promise<WebRtc | null> | null = null;
  #stopped = false;
  #attempts = 0;
  readonly #inbound = new Set<PeerId>();
  /** The relayed links over which we signal now. */
  readonly #outbound = new Map<PeerId, Connection>();
  readonly #links = new Set<MultiaddrConnection>();
  /** Punches that wait for a STUN server to be known. */
  readonly #waiting = new Set<() => void>();

  constructor(options: PunchingOptions) {
    this.#options = options;
  }

  /** From now on others may punch to us. False: this machine cannot. */
  async prepare(): Promise<boolean> {
    return (await this.#transport()) !== null;
  }

  /**
   * Makes a punched link to the peer at the other end of a relayed one.
   * @throws {NetworkError} TIMEOUT, UNREACHABLE, REFUSED; STOPPED where this machine cannot do it
   */
  async punch(
    { id, remotePeer }: Pick<Connection, 'id' | 'remotePeer'>,
    outer: AbortSignal,
  ): Promise<Connection> {
    const peerId = idOf(remotePeer);
    const transport = await this.#transport();
    const relayed = this.#options
      .components()
      .connectionManager.getConnections(remotePeer)
      .find((one) => one.id === id);
    if (relayed === undefined) throw new NetworkError('LINK_LOST', 'The relayed link is gone.');
    if (transport === null) throw new NetworkError('STOPPED', 'WebRTC is not available on this machine.');
    if (peerId === null || !this.#options.admits(peerId)) {
      throw new NetworkError('REFUSED', 'This peer is blocked or disconnected here.');
    }
    if (this.#outbound.has(peerId) || this.#isFull(this.#outbound.size)) {
      throw new NetworkError('UNREACHABLE', 'Too many links are being made at this moment.');
    }
    const limit = deadline(PUNCH_TIMEOUT_MS, AbortSignal.any([outer, this.#options.running()]));
    this.#outbound.set(peerId, relayed);
    try {
      return await this.#dial(transport, relayed, limit.signal);
    } catch (cause) {
      throw punchError(cause, limit.signal);
    } finally {
      this.#outbound.delete(peerId);
      limit.release();
    }
  }

  /** Makes no more links; those that there are end with the node. */
  /** Relays have told, or lost, STUN servers. */
  serversChanged(): void {
    if (this.#options.stunServers().length === 0) return;
    for (const tell of this.#waiting) tell();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const tell of this.#waiting) tell();
    const transport = await this.#loading;
    await transport?.stop();
  }

  /**
   * Takes back what the native library still holds, all over the process: it does not tell of the end of a channel
   * that comes before we listen, and what it holds for that channel would keep the process alive for good.
   */
  async release(): Promise<void> {
    if ((await this.#loading) === null) return;
    const { cleanup } = await import('node-datachannel');
    cleanup();
  }

  async #dial(transport: WebRtc, relayed: Connection, signal: AbortSignal): Promise<Connection> {
    const address = multiaddr(
      `${withoutPeer(relayed.remoteAddr)}/webrtc/p2p/${relayed.remotePeer.toString()}`,
    );
    const upgrader = this.#guarded(this.#options.components().upgrader);
    for (let retries = 0; ; retries += 1) {
      const first = deadline(retries === 0 ? FIRST_TRY_MS : PUNCH_TIMEOUT_MS, signal);
      try {
        return await transport.dial(address, { signal: first.signal, upgrader });
      } catch (error) {
        const isReady = !(error instanceof Error && error.name === 'UnsupportedProtocolError');
        const isLate = first.signal.aborted && !signal.aborted;
        if ((isReady && !isLate) || retries >= NOT_READY_RETRIES) throw error;
        if (!isLate) await pause(NOT_READY_RETRY_MS, signal);
      } finally {
        first.release();
      }
    }
  }

  #isFull(underWay: number): boolean {
    return underWay >= MAX_PUNCHES || this.#links.size >= MAX_PUNCHED_LINKS || this.#stopped;
  }

  #transport(): Promise<WebRtc | null> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<WebRtc | null> {
    try {
      await provideDataChannelError();
      const library = await import('@libp2p/webrtc');
      const components = this.#options.components();
      const transport = library.webRTC({
        rtcConfiguration: async () => ({ iceServers: await this.#iceServers() }),
        maxEarlyStreams: MAX_STREAMS_PER_LINK,
      })({
        ...namedParts(components),
        registrar: this.#guardedRegistrar(components.registrar),
        upgrader: this.#guarded(components.upgrader),
        connectionManager: this.#signallingOver(components.connectionManager),
      });
      if (!isStartable(transport)) throw new Error('The transport cannot be started.');
      if (!this.#stopped) await transport.start();
      return transport;
    } catch {
      this.#options.onUnavailable();
      return null;
    }
  }

  /** The native library asks one server only, and picks it at random; another one each time finds a living one. */
  async #iceServers(): Promise<{ urls: string[] }[]> {
    if (this.#options.stunServers().length === 0) await this.#serverKnown();
    const servers = this.#options.stunServers();
    const server = servers[this.#attempts % Math.max(1, servers.length)];
    this.#attempts += 1;
    return server === undefined ? [] : [{ urls: [`stun:${server}`] }];
  }

  /** Resolves once a server may be known, or is not worth waiting for any more. */
  #serverKnown(): Promise<void> {
    return new Promise((resolve) => {
      const tell = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(tell);
        resolve();
      };
      const timer = setTimeout(tell, STUN_WAIT_MS);
      this.#waiting.add(tell);
    });
  }

  /** Signalling goes over the link that we say, and not over whichever libp2p lists first. */
  #signallingOver(connections: ConnectionManager): ConnectionManager {
    return withOther(connections, {
      getConnections: (peer?: Libp2pPeerId): Connection[] => {
        const peerId = peer === undefined ? null : idOf(peer);
        const relayed = peerId === null ? undefined : this.#outbound.get(peerId);
        return relayed === undefined ? [] : [relayed];
      },
    });
  }

  /** Each signalling stream would make a peer connection, however many there are already. */
  #guardedRegistrar(registrar: Registrar): Registrar {
    const guarded =
      (handler: StreamHandler): StreamHandler =>
      (stream, connection) => {
        const peerId = idOf(connection.remotePeer);
        const isWelcome =
          peerId !== null &&
          pathOf(connection.remoteAddr) === 'relayed' &&
          this.#options.admits(peerId) &&
          !this.#inbound.has(peerId) &&
          !this.#isFull(this.#inbound.size);
        if (!isWelcome) {
          stream.abort(new Error('No link is made this way now.'));
          return;
        }
        this.#inbound.add(peerId);
        stream.addEventListener('close', () => this.#inbound.delete(peerId), { once: true });
        return handler(stream, connection);
      };
    return withOther(registrar, {
      handle: (protocol, handler, options) =>
        registrar.handle(protocol, guarded(handler), {
          ...options,
          maxInboundStreams: 1,
          maxOutboundStreams: 1,
        }),
    });
  }

  #guarded(upgrader: Upgrader): Upgrader {
    return withOther(upgrader, {
      upgradeInbound: async (link: MultiaddrConnection, options: object): Promise<void> => {
        await upgrader.upgradeInbound(await this.#taken(link), this.#withGuard(link, options));
      },
      upgradeOutbound: async (link: MultiaddrConnection, options: object): Promise<Connection> =>
        await upgrader.upgradeOutbound(await this.#taken(link), this.#withGuard(link, options)),
    });
  }

  /** @throws {NetworkError} where the two sides have not come together, which the transport would overlook */
  async #taken(link: MultiaddrConnection): Promise<MultiaddrConnection> {
    if (!isWebRtc(link) || !(await isConnected(link.peerConnection))) {
      throw new NetworkError('UNREACHABLE', 'No hole could be punched.');
    }
    this.#links.add(link);
    link.addEventListener('close', () => this.#links.delete(link), { once: true });
    return link;
  }

  /** WebRTC itself lets the other side open as many streams as it likes. */
  #withGuard(link: MultiaddrConnection, options: object): UpgradeOptions {
    if (!isUpgrade(options)) throw new NetworkError('PROTOCOL', 'The transport gave no muxer.');
    const { muxerFactory } = options;
    return {
      ...options,
      muxerFactory: {
        protocol: muxerFactory.protocol,
        createStreamMuxer: (connection) => {
          const muxer = muxerFactory.createStreamMuxer(connection);
          if (isWebRtc(link)) {
            link.peerConnection.addEventListener('datachannel', () => {
              if (muxer.streams.length <= 2 * MAX_STREAMS_PER_LINK) return;
              link.abort(new NetworkError('PROTOCOL', 'The peer opens too many streams.'));
            });
          }
          return muxer;
        },
      },
    };
  }
}

type UpgradeOptions = Parameters<Upgrader['upgradeOutbound']>[1] & {
  readonly muxerFactory: StreamMuxerFactory;
};

const isUpgrade = (options: object): options is UpgradeOptions =>
  'muxerFactory' in options && 'skipEncryption' in options && options.skipEncryption === true;

interface PeerConnection extends EventTarget {
  readonly connectionState: string;
}

const isWebRtc = (
  link: MultiaddrConnection,
): link is MultiaddrConnection & { readonly peerConnection: PeerConnection } =>
  'peerConnection' in link &&
  link.peerConnection instanceof EventTarget &&
  'connectionState' in link.peerConnection;

/** The other side may know, and say so, a little before this one does. */
function isConnected(peerConnection: PeerConnection): Promise<boolean> {
  return new Promise((resolve) => {
    const tell = (): void => {
      clearTimeout(timer);
      peerConnection.removeEventListener('connectionstatechange', look);
      resolve(peerConnection.connectionState === 'connected');
    };
    const look = (): void => {
      if (['connected', 'failed', 'closed'].includes(peerConnection.connectionState)) tell();
    };
    const timer = setTimeout(tell, CONNECTED_WAIT_MS);
    peerConnection.addEventListener('connectionstatechange', look);
    look();
  });
}

const isStartable = (transport: object): transport is WebRtc => 'start' in transport && 'stop' in transport;

/** libp2p's components are a proxy, which cannot be spread. */
const namedParts = (parts: WebRTCTransportComponents): Omit<WebRTCTransportComponents, 'metrics'> => ({
  peerId: parts.peerId,
  registrar: parts.registrar,
  upgrader: parts.upgrader,
  transportManager: parts.transportManager,
  connectionManager: parts.connectionManager,
  logger: parts.logger,
  events: parts.events,
});

function punchError(cause: unknown, signal: AbortSignal): NetworkError {
  if (cause instanceof NetworkError) return cause;
  if (cause instanceof Error && cause.name === 'UnsupportedProtocolError') {
    return new NetworkError('REFUSED', 'The other side cannot punch holes.', { cause });
  }
  if (signal.aborted) return new NetworkError('TIMEOUT', 'No hole could be punched in time.', { cause });
  return new NetworkError('UNREACHABLE', 'No hole could be punched.', { cause });
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(new NetworkError('TIMEOUT', 'No hole could be punched in time.'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
