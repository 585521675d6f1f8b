/** The network room: one libp2p node, its links, and the two protocols that run over them. */
import type { EventEmitter } from 'node:events';
import type { AgentName, PeerId } from '../../../shared/ids.ts';
import type { Way } from '../../../shared/compare.ts';
import type { FoundBy, LinkTransport, LinkView, Path, PeerAgent } from '../../../shared/peers.ts';
import type { ReachEvidence, RelayView } from '../../../shared/reachability.ts';
import type { Capability } from '../../../shared/registry.ts';
import type {
  Fallback,
  Legacy,
  PeerTransport,
  TransportChoice,
  TransportView,
} from '../../../shared/transports.ts';
import type { CardsAnswer, CardsRequest } from '../../../shared/wire.ts';
import type { RpcError } from '../../../shared/errors.ts';
import type { Identity } from '../identity/index.ts';
import type { LanDiscoveryOptions } from './discovery/lan-discovery.ts';
import { GatehouseNetwork } from './network.ts';

/** What the network knows of a peer, whoever it is. */
export interface NetworkPeer {
  readonly peerId: PeerId;
  readonly foundBy: FoundBy;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly state: 'connected' | 'connecting' | 'waiting' | 'offline';
  readonly nextDialAt: number | null;
  readonly dialError: string | null;
  /** The best first. */
  readonly links: readonly LinkView[];
  /** Why there is no better path, or what is being tried for one. */
  readonly pathNote: string | null;
  readonly isRelay: boolean | null;
  /** Bounded to 16. */
  readonly addresses: readonly string[];
  readonly software: string | null;
  readonly speaksGatehouse: boolean | null;
  readonly transportChoice: TransportChoice | null;
  readonly transports: readonly PeerTransport[];
  readonly fallback: Fallback | null;
  readonly legacy: Legacy;
  /** What a Dawn node says that it offers; nobody signed it. Null for all others. */
  readonly dawnAgents: readonly PeerAgent[] | null;
}

/**
 * A duplex of newline-delimited JSON messages over one authenticated link. Lines sent in one turn of the
 * event loop leave in one write. Everything is bounded: an overlong line, invalid UTF-8 or an overfull outgoing
 * buffer aborts the channel with an error.
 */
export interface MessageChannel {
  readonly peerId: PeerId;
  /** Where it runs now: it moves to a better link where the other side can follow. */
  readonly path: Path;
  readonly transport: LinkTransport;
  /**
   * Set by the owner: whether a request is under way on it. A transport that is switched off waits for those. Null counts
   * as false.
   */
  busy: (() => boolean) | null;
  /** Told by the owner whenever `busy` may have turned false. Set by the network. */
  onIdle: (() => void) | null;
  /**
   * Set by the network: the link under it is to end, and the channel could not be moved to another. Its owner begins
   * nothing new on it, and closes it once nothing is under way. False again where it moved after all.
   */
  retiring: boolean;
  /**
   * How many of the last lines given to `send` have certainly not left this machine. Once the channel has ended they
   * never will.
   */
  readonly unsent: number;
  /**
   * Queues one message, given without its newline. False: the outgoing buffer is above its high-water mark; stop
   * until `onDrain`.
   */
  send(line: string): boolean;
  /** Set once by the owner. Lines that come earlier wait. */
  onLine: ((line: string) => void) | null;
  onDrain: (() => void) | null;
  /** Called once, whatever ends the channel; null after an orderly close by either side. */
  onClose: ((error: Error | null) => void) | null;
  /** Stops reading, so that the other side is slowed down. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then closes; aborts after 5 s, or as many ms as are given. */
  close(timeoutMs?: number): Promise<void>;
  abort(error: Error): void;
}

/**
 * What is to become of an announcement:
 * - `accept`: it is news, and passed on
 * - `known`: it is here already, or is not wanted; nobody is to blame
 * - `ignore`: it came too late, or is too much
 * - `reject`: it is forged, which costs the peer that passed it on
 */
export type AnnouncementVerdict = 'accept' | 'known' | 'ignore' | 'reject';

/** How the network asks its owner what to answer. None may throw. */
export interface NetworkHandlers {
  cards(peerId: PeerId, request: CardsRequest): CardsAnswer;
  /** Accepts a stream to an agent by returning its taker, or refuses it. */
  mcp(peerId: PeerId, agent: AgentName): { take(channel: MessageChannel): void } | { error: RpcError };
  /** Takes in what was announced, and says whether it is worth passing on. */
  announcement(text: string, from: PeerId): AnnouncementVerdict;
  /** The announcements that are in force, ours first, for a peer that came too late to hear them. */
  announcements(): readonly string[];
  /** A contact may have us connect to any public address of its own; others only to where they come from. */
  isContact(peerId: PeerId): boolean;
}

export interface NetworkEvents {
  /** A peer is new or changed; already conflated to at most one per peer and 100 ms. */
  peer: [NetworkPeer];
  /** Listening addresses changed. */
  addresses: [string[]];
  /** `reachEvidence` has something new; conflated to at most one per second. */
  evidence: [];
  /** Something the person should know, such as a busy port; `id` is stable per matter. */
  notice: [{ id: string; level: 'info' | 'warning' | 'error'; text: string }];
  /** `transports` has something new. */
  transports: [];
}

/**
 * Whom to ask: whoever is linked; somebody that a look-up found, who is dialled where that can harm nobody; somebody
 * that a person wants, who is dialled as by `dial`; or somebody that a person wanted a while ago, likewise, but not
 * where the person has disconnected from it since.
 */
export type Asked = 'linked' | 'found' | 'wanted' | 'wanted-before';

export interface Network extends EventEmitter<NetworkEvents> {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Full multiaddrs, `/p2p/…` included; loopback ones too. */
  addresses(): string[];
  peers(): NetworkPeer[];
  /**
   * Connects to a multiaddr ending in `/p2p/…`, or to a peer id. Where no known address of it answers, and `dht` is
   * on, other peers are asked where it is, for at most 10 s.
   * @throws {NetworkError} INVALID_ADDRESS, UNREACHABLE, REFUSED, TIMEOUT
   */
  dial(address: string, options: { signal: AbortSignal }): Promise<PeerId>;
  /** Cuts all links to a peer; stops redialling it and turns it away until `keep`, `dial` or `release`. */
  disconnect(peerId: PeerId): Promise<void>;
  /** Keeps a link to a contact: redials with backoff (1 s doubling to 5 min, with jitter) whenever it is lost. */
  keep(peerId: PeerId, addresses: readonly string[]): void;
  release(peerId: PeerId): void;
  /** Refuses connections from and to a peer and cuts those there are. */
  setBlocked(peerId: PeerId, blocked: boolean): void;
  setMdns(enabled: boolean): Promise<void>;
  /** Cuts every link and refuses new ones, until `unfreeze`. */
  freeze(): Promise<void>;
  unfreeze(): void;
  /** `from` says who is asked: everybody is where nothing is said. @throws {NetworkError} */
  fetchCards(
    peerId: PeerId,
    request: CardsRequest,
    options: { signal: AbortSignal; from?: Asked },
  ): Promise<CardsAnswer>;
  /** Opens `/gatehouse/mcp/1.0.0` to one agent; `from` as for cards. @throws {NetworkError} and {RemoteRefusal} */
  openMcp(
    peerId: PeerId,
    agent: AgentName,
    options: { signal: AbortSignal; from?: Asked },
  ): Promise<MessageChannel>;

  /** Both transports, whether they run or not. */
  transports(): TransportView[];
  /**
   * Which transports carry calls, from now on: starts what is missing; what is no more wanted carries nothing new, hands its
   * channels over where the peer can be reached by the other, and ends once no call is under way over it, or after 10 min.
   * Resolves once all that runs is what was chosen. A later choice takes the place of one that is under way.
   */
  setTransport(choice: TransportChoice): Promise<void>;
  /** For one peer; null: as for all. Takes effect at once, with the same care. */
  setPeerTransport(peerId: PeerId, choice: TransportChoice | null): void;
  /** Whether a peer may answer in plain text. */
  setLegacy(peerId: PeerId, allowed: boolean): void;
  /** It has spoken Gatehouse before, and is spoken to in no lesser way. */
  setSpeaksGatehouse(peerId: PeerId): void;
  /** Where the WebSocket transport listens from now on, as `host:port`, and with what certificate. */
  setWebSocketListen(listen: readonly string[], tls: WebSocketTls | null): Promise<void>;
  /** `ws://` addresses to keep a link to. */
  setWebSocketPeers(addresses: readonly string[]): void;
  /**
   * A link of its own for a comparison, over one way, which carries nothing else and is closed by `close`.
   * @throws {NetworkError} UNREACHABLE with a sentence that says why this way cannot be had
   */
  openWay(peerId: PeerId, way: Way, options: { signal: AbortSignal }): Promise<OpenWay>;

  /** Peers to keep a link to, as contacts are; those that are not named any more are let go. */
  setBootstrap(addresses: readonly string[]): void;
  /** Whether the distributed tables are asked, and told of what we offer. */
  setDht(enabled: boolean): void;
  setGossip(enabled: boolean): void;
  setRelays(enabled: boolean): void;
  /** STUN servers as `host:port`, beside those of our relays. */
  setStun(servers: readonly string[]): void;

  /** Tells an announcement to the network by gossip. Without linked peers it is not told. */
  publish(announcement: string): void;
  /** The announcements of others that a peer holds. @throws {NetworkError} */
  fetchAnnouncements(peerId: PeerId, options: { signal: AbortSignal }): Promise<string[]>;
  /** What we are announced for in the distributed tables: takes the place of what was, and is renewed on time. */
  provide(capabilities: readonly Capability[]): void;
  /** Who is announced for a capability, at most 20, asked for at most 10 s. Empty where `dht` is off. */
  providersOf(capability: Capability, options: { signal: AbortSignal }): Promise<PeerId[]>;

  /** The machine woke up, or its network changed: finds out at once which links are dead, and makes them anew. */
  networkChanged(woke: boolean): void;
  /** What is known of how we can be reached. */
  reachEvidence(): ReachEvidence;
  /** Asks peers elsewhere to connect back and STUN servers how we look. @returns what came of it, in a sentence */
  testReach(options: { signal: AbortSignal }): Promise<string>;
  /** What we do as a relay; null where we are none. */
  relayView(): RelayView | null;
}

export interface WebSocketTls {
  /** Files, in PEM. */
  readonly certificate: string;
  readonly key: string;
}

/** A link that was made for a comparison. */
export interface OpenWay {
  readonly way: Way;
  readonly address: string;
  /** @throws {NetworkError} and {RemoteRefusal} */
  openMcp(agent: AgentName, options: { signal: AbortSignal }): Promise<MessageChannel>;
  /** A channel whose lines come back as they were; over `legacy`, each line is answered by one of `node/get_info`. */
  openEcho(options: { signal: AbortSignal }): Promise<MessageChannel>;
  close(): Promise<void>;
}

export interface NetworkOptions {
  readonly identity: Identity;
  /** `libp2p` where nothing is said. */
  readonly transport?: TransportChoice;
  /** `host:port`; empty: everywhere, on port 8000, or on any where that is taken. */
  readonly webSocketListen?: readonly string[];
  readonly webSocketTls?: WebSocketTls | null;
  readonly webSocketPeers?: readonly string[];
  /** What goes with single peers, from the records. */
  readonly peerTransports?: readonly RememberedTransports[];
  /** Who has ever spoken Gatehouse, those not met for longest first. */
  readonly gatehouses?: readonly PeerId[];
  /** Multiaddrs. Empty: TCP, QUIC and WebSocket on all interfaces, IPv4 and IPv6, on stable ports where free. */
  readonly listen: readonly string[];
  readonly mdns: boolean;
  /** What we run, as peers see it: `gatehouse/0.1.0`. */
  readonly userAgent: string;
  /** Other than libp2p's own, for tests. */
  readonly lan?: LanDiscoveryOptions;
  /** How long a peer may take for its first line on a stream, in ms. */
  readonly helloTimeoutMs?: number;
  /** How long a caller that speaks as Dawn does waits for an answer before it is told to come again, in ms. */
  readonly dawnPatienceMs?: number;
  /** How long to wait before a redial after so many failures, in ms. */
  readonly backoffMs?: (failures: number) => number;
  /** Takes part in the distributed tables: asks them for peers, and answers others. */
  readonly dht?: boolean;
  readonly upnp?: boolean;
  /** Peers to keep a link to from the start, as multiaddrs that end in `/p2p/…`. */
  readonly bootstrap?: readonly string[];
  readonly gossip?: boolean;
  /** Keeps reservations on two relays, and punches holes with their help. */
  readonly relays?: boolean;
  /** STUN servers as `host:port`, beside those of our relays. */
  readonly stun?: readonly string[];
  /** Addresses to tell others, beside those that were verified. */
  readonly announce?: readonly string[];
  /** False: links stay as they are, where a better path could be had. For tests. */
  readonly betterPaths?: boolean;
  /** Relays for others. */
  readonly relayServer?: RelayServerOptions;
  /** There is no other network in this process, and it ends after this one. */
  readonly ownsProcess?: boolean;
}

/** What the records know of how to speak to a peer. */
export interface RememberedTransports {
  readonly peerId: PeerId;
  readonly choice: TransportChoice | null;
  readonly legacyAllowed: boolean;
  readonly speaksGatehouse: boolean;
  /** When links over each were last open. */
  readonly lastLinkedAt: { readonly libp2p: number | null; readonly websocket: number | null };
}

export interface RelayServerOptions {
  readonly maxReservations: number;
  /** How long one circuit may last, in seconds. */
  readonly circuitSeconds: number;
  /** What one circuit may carry, both directions together. */
  readonly circuitBytes: number;
  /** UDP ports for STUN. Two, so that who asks both learns whether its router maps each destination anew. */
  readonly stunPorts: readonly number[];
  /** Reservations for contacts only. */
  readonly contactsOnly: boolean;
}

/** A network that is not started yet. */
export const createNetwork = (options: NetworkOptions, handlers: NetworkHandlers): Network =>
  new GatehouseNetwork(options, handlers);

export { NetworkError, RemoteRefusal } from './errors.ts';
export { scopeOf } from './ip-address.ts';
export { readCertificate } from './websocket/certificate.ts';
