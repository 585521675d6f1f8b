import { EventEmitter } from 'node:events';
import type {
  Connection,
  IdentifyResult,
  Libp2p,
  PeerId as Libp2pPeerId,
  PeerInfo,
  Stream,
} from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import { RpcCode, rpcError } from '../../../shared/errors.ts';
import { PeerId } from '../../../shared/ids.ts';
import type { AgentName } from '../../../shared/ids.ts';
import type { CardsAnswer, CardsRequest } from '../../../shared/wire.ts';
import { CARDS_PROTOCOL, HELLO_TIMEOUT_MS, MCP_PROTOCOL } from '../../../shared/wire.ts';
import { orderAddresses } from './address-order.ts';
import { ByteBudget } from './byte-budget.ts';
import { answerCards, askForCards } from './cards-protocol.ts';
import { deadline } from './deadline.ts';
import { dialError } from './dial-errors.ts';
import { Dialler } from './dialler.ts';
import { NetworkError } from './errors.ts';
import { Gatekeeper } from './gatekeeper.ts';
import type {
  MessageChannel,
  Network,
  NetworkEvents,
  NetworkHandlers,
  NetworkOptions,
  NetworkPeer,
} from './index.ts';
import { LanDiscovery } from './lan-discovery.ts';
import {
  ALL_UNREAD_BYTES,
  DIAL_TIMEOUT_MS,
  MAX_CARDS_STREAMS,
  MAX_MCP_STREAMS_PER_PEER,
  MAX_STREAMS_PER_LINK,
  PEER_UNREAD_BYTES,
} from './limits.ts';
import { listenOn } from './listening.ts';
import { answerHello, refuse, sayHello } from './mcp-protocol.ts';
import type { ChannelOptions } from './message-channel.ts';
import { createNode } from './node.ts';
import type { NodeParts } from './node.ts';
import { pathOf, transportOf } from './path.ts';
import { PeerTable } from './peer-table.ts';
import type { Link, PeerRecord } from './peer-table.ts';
import { watchRoundTrip } from './round-trip.ts';

/** A peer that mDNS has not shown for so long is not on this network any more. */
const LAN_MEMORY_MS = 60_000;
/** Both sides find each other at the same moment; the one with the larger id gives the other a head start. */
const HEAD_START_MS = 2000;
/** How long two links to one peer stand side by side before the worse is closed. */
const SPARE_LINK_MS = 10_000;
/** Leaves room for contacts on a crowded network. */
const MAX_LAN_LINKS = 200;
const CUT_TIMEOUT_MS = 1000;
/** A link that lasted so long counts as a success of dialling. */
const LASTING_MS = 5000;
/** How long a dial waits for the other side to speak, before it takes silence for a welcome. */
const WELCOME_MS = 3000;

/** One libp2p node, and what Gatehouse makes of it. */
export class Libp2pNetwork extends EventEmitter<NetworkEvents> implements Network {
  readonly #options: NetworkOptions;
  readonly #handlers: NetworkHandlers;
  readonly #gatekeeper = new Gatekeeper();
  readonly #peers: PeerTable;
  readonly #dialler: Dialler;
  readonly #kept = new Set<PeerId>();
  /** When mDNS last showed a peer. */
  readonly #onLan = new Map<PeerId, number>();
  readonly #watches = new Map<Connection, () => void>();
  readonly #spares = new Map<PeerId, NodeJS.Timeout>();
  readonly #allUnread = new ByteBudget(ALL_UNREAD_BYTES);
  readonly #inbound = new Map<PeerId, { streams: number; refused: number; budget: ByteBudget }>();
  #node: Libp2p | null = null;
  #parts: NodeParts | null = null;
  #lan: LanDiscovery | null = null;
  #addresses: string[] = [];
  #stopped = false;

  constructor(options: NetworkOptions, handlers: NetworkHandlers) {
    super();
    this.#options = options;
    this.#handlers = handlers;
    this.#peers = new PeerTable(
      (peer) => this.emit('peer', peer),
      (peerId) => !this.#kept.has(peerId) && this.#gatekeeper.admits(peerId),
    );
    this.#dialler = new Dialler({
      dial: (peerId) => this.#dialKnown(peerId),
      wanted: (peerId) => this.#isWanted(peerId),
      planned: (peerId, at) => this.#onPlanned(peerId, at),
      ...(options.backoffMs === undefined ? {} : { backoffMs: options.backoffMs }),
    });
  }

  async start(): Promise<void> {
    const { identity, userAgent, dht = false, upnp = false } = this.#options;
    const gater = this.#gatekeeper.asGater();
    const { node, parts, quic } = await createNode({ identity, userAgent, gater, dht, upnp });
    this.#node = node;
    this.#parts = parts();
    node.addEventListener('connection:open', ({ detail }) => this.#onLinkOpen(detail));
    node.addEventListener('connection:close', ({ detail }) => this.#onLinkClosed(detail));
    node.addEventListener('peer:identify', ({ detail }) => this.#onIdentified(detail));
    node.addEventListener('self:peer:update', () => this.#tellAddresses());
    const onLimited = { runOnLimitedConnection: true, maxOutboundStreams: MAX_STREAMS_PER_LINK };
    await node.handle(MCP_PROTOCOL, (stream, connection) => this.#onMcpStream(stream, connection), {
      ...onLimited,
      // Ours is lower, for all links of a peer together, and answers.
      maxInboundStreams: MAX_STREAMS_PER_LINK,
    });
    await node.handle(CARDS_PROTOCOL, (stream, connection) => this.#onCardsStream(stream, connection), {
      ...onLimited,
      maxInboundStreams: MAX_CARDS_STREAMS,
    });
    await node.start();
    if (!quic) {
      const text = 'QUIC is not available on this machine; TCP and WebSocket are.';
      this.emit('notice', { id: 'quic', level: 'info', text });
    }
    await listenOn(this.#parts.transportManager, this.#options.listen, (notice) =>
      this.emit('notice', notice),
    );
    this.#tellAddresses();
    this.#lan = new LanDiscovery(this.#parts, this.#options.lan ?? {}, (peer) => this.#onFoundOnLan(peer));
    if (this.#options.mdns) await this.setMdns(true);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#dialler.stop();
    await this.#lan?.set(false);
    for (const timer of this.#spares.values()) clearTimeout(timer);
    this.#spares.clear();
    for (const stopWatch of this.#watches.values()) stopWatch();
    this.#watches.clear();
    await this.#node?.stop();
    this.#peers.flush();
  }

  addresses(): string[] {
    return [...this.#addresses];
  }

  peers(): NetworkPeer[] {
    return this.#peers.all();
  }

  async dial(address: string, options: { signal: AbortSignal }): Promise<PeerId> {
    const known = PeerId.safeParse(address);
    const { peerId, route } = known.success ? { peerId: known.data, route: null } : parseAddress(address);
    if (peerId === this.#options.identity.peerId) {
      throw new NetworkError('INVALID_ADDRESS', 'That is the address of this machine itself.');
    }
    if (this.#gatekeeper.blocked.has(peerId)) {
      throw new NetworkError('REFUSED', 'You have blocked this peer. Unblock it first.');
    }
    if (this.#gatekeeper.frozen) throw stoppedError();
    this.#gatekeeper.suspended.delete(peerId);
    const peer = this.#peers.see(peerId, 'dialled');
    const routes = route === null ? peer.addresses.map((text) => multiaddr(text)) : [route];
    await this.#dial(peer, routes, options.signal);
    if (route !== null) this.#peers.addAddresses(peer, [withoutPeer(route)]);
    return peerId;
  }

  async disconnect(peerId: PeerId): Promise<void> {
    this.#gatekeeper.suspended.add(peerId);
    this.#dialler.settle(peerId);
    await this.#cut(peerId, new NetworkError('LINK_LOST', 'The peer was disconnected here.'));
  }

  keep(peerId: PeerId, addresses: readonly string[]): void {
    this.#gatekeeper.suspended.delete(peerId);
    this.#kept.add(peerId);
    const known = this.#peers.get(peerId);
    const peer = known ?? this.#peers.see(peerId, 'contact');
    this.#peers.addAddresses(peer, addresses.filter(isAddress));
    if (peer.links.length === 0) this.#dialler.plan(peerId, this.#headStart(peerId));
  }

  release(peerId: PeerId): void {
    this.#kept.delete(peerId);
    this.#gatekeeper.suspended.delete(peerId);
    if (!this.#isWanted(peerId)) this.#dialler.settle(peerId);
  }

  setBlocked(peerId: PeerId, blocked: boolean): void {
    if (!blocked) {
      this.#gatekeeper.blocked.delete(peerId);
      return;
    }
    this.#gatekeeper.blocked.add(peerId);
    this.#dialler.settle(peerId);
    const reason = new NetworkError('LINK_LOST', 'The peer was blocked here.');
    for (const { connection } of this.#peers.get(peerId)?.links ?? []) connection.abort(reason);
  }

  async setMdns(enabled: boolean): Promise<void> {
    try {
      await this.#lan?.set(enabled);
    } catch {
      const text =
        'Peers on this network cannot be found by themselves: another program keeps the mDNS port.';
      this.emit('notice', { id: 'mdns', level: 'warning', text });
    }
  }

  async freeze(): Promise<void> {
    this.#gatekeeper.frozen = true;
    const linked = this.#peers.linked();
    for (const { peerId } of linked) this.#dialler.settle(peerId);
    await Promise.all(linked.map(({ peerId }) => this.#cut(peerId, stoppedError())));
  }

  unfreeze(): void {
    this.#gatekeeper.frozen = false;
    for (const peerId of this.#kept)
      if (this.#isWanted(peerId)) this.#dialler.hurry(peerId, this.#headStart(peerId));
  }

  async fetchCards(
    peerId: PeerId,
    request: CardsRequest,
    options: { signal: AbortSignal },
  ): Promise<CardsAnswer> {
    const limit = deadline(HELLO_TIMEOUT_MS, options.signal);
    try {
      const { connection } = await this.#linkTo(peerId, limit.signal);
      const stream = await openStream(connection, CARDS_PROTOCOL, limit.signal);
      return await askForCards(stream, request, limit.signal);
    } finally {
      limit.release();
    }
  }

  async openMcp(peerId: PeerId, agent: AgentName, options: { signal: AbortSignal }): Promise<MessageChannel> {
    const limit = deadline(DIAL_TIMEOUT_MS, options.signal);
    try {
      const { connection } = await this.#linkTo(peerId, limit.signal);
      const stream = await openStream(connection, MCP_PROTOCOL, limit.signal);
      return await sayHello(stream, agent, this.#channelOptions(peerId, connection), limit.signal);
    } finally {
      limit.release();
    }
  }

  async #linkTo(peerId: PeerId, signal: AbortSignal): Promise<Pick<Link, 'connection'>> {
    const best = this.#bestLink(peerId);
    if (best !== undefined) return best;
    if (this.#gatekeeper.frozen) throw stoppedError();
    await this.dial(peerId, { signal });
    const dialled = this.#bestLink(peerId);
    if (dialled === undefined) throw new NetworkError('UNREACHABLE', 'The link to the peer was lost again.');
    return dialled;
  }

  #bestLink(peerId: PeerId): Link | undefined {
    return this.#peers.get(peerId)?.links.find(({ connection }) => connection.status === 'open');
  }

  async #onMcpStream(stream: Stream, connection: Connection): Promise<void> {
    const peerId = idOf(connection.remotePeer);
    if (peerId === null) throw new NetworkError('REFUSED', 'Only Ed25519 peers are served.');
    const inbound = this.#inboundOf(peerId);
    if (inbound.streams >= MAX_MCP_STREAMS_PER_PEER) {
      inbound.refused += 1;
      if (inbound.refused === 1) {
        const text = 'A peer opens more streams than any honest one needs; those beyond 256 are refused.';
        this.emit('notice', { id: `streams:${peerId}`, level: 'warning', text });
      }
      await refuse(stream, rpcError(RpcCode.busy, 'too-many-calls', 'You have too many streams open here.'));
      return;
    }
    inbound.streams += 1;
    stream.addEventListener('close', () => this.#onInboundClosed(peerId), { once: true });
    const timeoutMs = this.#options.helloTimeoutMs ?? HELLO_TIMEOUT_MS;
    await answerHello(stream, this.#channelOptions(peerId, connection), this.#handlers, timeoutMs);
  }

  #onInboundClosed(peerId: PeerId): void {
    const inbound = this.#inbound.get(peerId);
    if (inbound === undefined) return;
    inbound.streams -= 1;
    if (inbound.streams === 0 && inbound.budget.used === 0) this.#inbound.delete(peerId);
  }

  async #onCardsStream(stream: Stream, connection: Connection): Promise<void> {
    const peerId = idOf(connection.remotePeer);
    if (peerId === null) throw new NetworkError('REFUSED', 'Only Ed25519 peers are served.');
    await answerCards(stream, peerId, this.#handlers, this.#options.helloTimeoutMs ?? HELLO_TIMEOUT_MS);
  }

  #channelOptions(peerId: PeerId, connection: Connection): ChannelOptions {
    const { remoteAddr } = connection;
    return {
      route: { peerId, path: pathOf(remoteAddr), transport: transportOf(remoteAddr) },
      budget: this.#inboundOf(peerId).budget,
      linkOpen: () => connection.status === 'open',
    };
  }

  #inboundOf(peerId: PeerId): { streams: number; refused: number; budget: ByteBudget } {
    let inbound = this.#inbound.get(peerId);
    if (inbound === undefined) {
      inbound = { streams: 0, refused: 0, budget: new ByteBudget(PEER_UNREAD_BYTES, this.#allUnread) };
      this.#inbound.set(peerId, inbound);
    }
    return inbound;
  }

  #onLinkOpen(connection: Connection): void {
    const peerId = idOf(connection.remotePeer);
    if (peerId === null) return;
    const { remoteAddr, direction } = connection;
    const peer = this.#peers.see(peerId, 'inbound');
    const link: Link = {
      connection,
      path: pathOf(remoteAddr),
      transport: transportOf(remoteAddr),
      since: Date.now(),
      dialledBySmaller: this.#isSmaller(peerId) === (direction === 'outbound'),
      rttMs: null,
      welcome: Promise.withResolvers(),
    };
    this.#peers.addLink(peer, link);
    this.#dialler.hold(peerId);
    this.#watches.set(
      connection,
      watchRoundTrip(connection, (rttMs) => {
        link.rttMs = rttMs;
        link.welcome.resolve(true);
        this.#peers.changed(peerId);
      }),
    );
    if (peer.links.length > 1) this.#planSpares(peerId);
  }

  #onLinkClosed(connection: Connection): void {
    this.#watches.get(connection)?.();
    this.#watches.delete(connection);
    const peerId = idOf(connection.remotePeer);
    const peer = peerId === null ? undefined : this.#peers.get(peerId);
    const link = peer?.links.find((one) => one.connection === connection);
    if (peer === undefined || link === undefined) return;
    link.welcome.resolve(false);
    this.#peers.removeLink(peer, connection);
    // A peer that lets us in and cuts us off again and again is dialled less and less often.
    if (Date.now() - link.since > LASTING_MS) this.#dialler.settle(peer.peerId);
    if (this.#isWanted(peer.peerId)) this.#dialler.retry(peer.peerId, this.#headStart(peer.peerId));
  }

  /** Only one side closes the worse of two links, so that they do not each close the other's. */
  #planSpares(peerId: PeerId): void {
    if (!this.#isSmaller(peerId) || this.#spares.has(peerId)) return;
    const timer = setTimeout(() => {
      this.#spares.delete(peerId);
      const [, ...spares] = this.#peers.get(peerId)?.links ?? [];
      for (const { connection } of spares) {
        // A stream stays where it is; its link is looked at again later.
        if (connection.streams.some(({ protocol }) => protocol === MCP_PROTOCOL)) this.#planSpares(peerId);
        else void closeOrAbort(connection, new Error('There is a better link.'));
      }
    }, SPARE_LINK_MS);
    timer.unref();
    this.#spares.set(peerId, timer);
  }

  #onIdentified(result: IdentifyResult): void {
    const peerId = idOf(result.peerId);
    if (peerId === null) return;
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return;
    peer.links.find(({ connection }) => connection === result.connection)?.welcome.resolve(true);
    peer.software = result.agentVersion?.slice(0, 200) ?? null;
    peer.speaksGatehouse = result.protocols.includes(MCP_PROTOCOL);
    this.#peers.addAddresses(peer, result.listenAddrs.map(withoutPeer));
    this.#peers.changed(peerId);
  }

  #onFoundOnLan(info: PeerInfo): void {
    const peerId = idOf(info.id);
    if (peerId === null || peerId === this.#options.identity.peerId || this.#stopped) return;
    const lastFound = this.#onLan.get(peerId) ?? 0;
    const peer = this.#peers.see(peerId, 'mdns');
    this.#onLan.delete(peerId);
    this.#onLan.set(peerId, Date.now());
    this.#forgetOldLan();
    const news = this.#peers.addAddresses(peer, info.multiaddrs.map(withoutPeer));
    if (!this.#isWanted(peerId)) return;
    // Whoever shows up again, or elsewhere, is worth a dial now; who is merely still there waits for its turn.
    if (news || Date.now() - lastFound > LAN_MEMORY_MS) this.#dialler.hurry(peerId, this.#headStart(peerId));
    else this.#dialler.plan(peerId, this.#headStart(peerId));
  }

  #forgetOldLan(): void {
    for (const [peerId, at] of this.#onLan) {
      if (Date.now() - at < LAN_MEMORY_MS) return;
      this.#onLan.delete(peerId);
    }
  }

  #isWanted(peerId: PeerId): boolean {
    if (this.#stopped || !this.#gatekeeper.admits(peerId)) return false;
    if ((this.#peers.get(peerId)?.links.length ?? 0) > 0) return false;
    if (this.#kept.has(peerId)) return true;
    const foundAt = this.#onLan.get(peerId);
    if (foundAt === undefined || Date.now() - foundAt > LAN_MEMORY_MS) return false;
    return this.#peers.linked().length < MAX_LAN_LINKS;
  }

  #onPlanned(peerId: PeerId, at: number | null): void {
    const peer = this.#peers.get(peerId);
    if (peer === undefined || peer.nextDialAt === at) return;
    peer.nextDialAt = at;
    this.#peers.changed(peerId);
  }

  async #dialKnown(peerId: PeerId): Promise<void> {
    const peer = this.#peers.get(peerId);
    if (peer === undefined || peer.links.length > 0) return;
    const limit = deadline(DIAL_TIMEOUT_MS);
    try {
      await this.#dial(
        peer,
        peer.addresses.map((text) => multiaddr(text)),
        limit.signal,
      );
    } finally {
      limit.release();
    }
  }

  async #dial(peer: PeerRecord, routes: readonly Multiaddr[], signal: AbortSignal): Promise<void> {
    const node = this.#node;
    if (node === null || this.#stopped) throw new NetworkError('STOPPED', 'The network is not running.');
    const targets = orderAddresses(routes).map((route) =>
      multiaddr(`${withoutPeer(route)}/p2p/${peer.peerId}`),
    );
    peer.dialling = true;
    this.#peers.changed(peer.peerId);
    try {
      if (targets.length === 0 && peer.links.length === 0) {
        throw new NetworkError('UNREACHABLE', 'No address of this peer is known.');
      }
      if (targets.length > 0) await this.#welcomed(peer, await node.dial(targets, { signal }));
      peer.dialError = null;
    } catch (cause) {
      const error = dialError(cause);
      peer.dialError = error.message;
      throw error;
    } finally {
      peer.dialling = false;
      this.#peers.changed(peer.peerId);
    }
  }

  /** A side that turns us away does so after the handshake, when the link looks open to us. */
  async #welcomed(peer: PeerRecord, connection: Connection): Promise<void> {
    const link = peer.links.find((one) => one.connection === connection);
    const limit = deadline(WELCOME_MS);
    const late = new Promise<true>((resolve) => {
      limit.signal.addEventListener('abort', () => resolve(true));
    });
    try {
      if (link !== undefined && (await Promise.race([link.welcome.promise, late]))) return;
    } finally {
      limit.release();
    }
    throw new NetworkError(
      'REFUSED',
      'The other side closed the connection; it may have blocked this machine.',
    );
  }

  async #cut(peerId: PeerId, reason: NetworkError): Promise<void> {
    const links = this.#peers.get(peerId)?.links ?? [];
    await Promise.all(links.map(({ connection }) => closeOrAbort(connection, reason)));
  }

  #tellAddresses(): void {
    if (this.#node === null || this.#parts === null) return;
    const suffix = `/p2p/${this.#options.identity.peerId}`;
    const all = [...this.#parts.transportManager.getAddrs(), ...this.#node.getMultiaddrs()].map(withoutPeer);
    // Link-local IPv6 needs the name of an interface, which differs from machine to machine.
    const addresses = [...new Set(all)]
      .filter((address) => !address.startsWith('/ip6/fe80'))
      .map((address) => address + suffix);
    if (addresses.join(' ') === this.#addresses.join(' ')) return;
    this.#addresses = addresses;
    this.emit('addresses', [...addresses]);
  }

  #isSmaller(other: PeerId): boolean {
    return this.#options.identity.peerId < other;
  }

  #headStart(peerId: PeerId): number {
    return this.#isSmaller(peerId) ? 0 : HEAD_START_MS;
  }
}

async function openStream(connection: Connection, protocol: string, signal: AbortSignal): Promise<Stream> {
  try {
    return await connection.newStream([protocol], {
      signal,
      runOnLimitedConnection: true,
      maxOutboundStreams: MAX_STREAMS_PER_LINK,
    });
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'UnsupportedProtocolError') {
      throw new NetworkError('REFUSED', 'This peer does not run Gatehouse.', { cause });
    }
    if (signal.aborted) throw new NetworkError('TIMEOUT', 'The peer did not answer in time.', { cause });
    throw new NetworkError('LINK_LOST', 'The link to the peer was lost.', { cause });
  }
}

/** Closes a connection in good order where the other side goes along. */
async function closeOrAbort(connection: Connection, reason: Error): Promise<void> {
  const limit = deadline(CUT_TIMEOUT_MS);
  try {
    await connection.close({ signal: limit.signal });
  } catch {
    connection.abort(reason);
  } finally {
    limit.release();
  }
}

function parseAddress(address: string): { peerId: PeerId; route: Multiaddr } {
  let route: Multiaddr;
  try {
    route = multiaddr(address);
  } catch (cause) {
    throw notAnAddress(cause);
  }
  const peerId = PeerId.safeParse(route.getComponents().findLast(({ name }) => name === 'p2p')?.value);
  if (!peerId.success || withoutPeer(route) === '') throw notAnAddress();
  return { peerId: peerId.data, route };
}

const notAnAddress = (cause?: unknown): NetworkError =>
  new NetworkError(
    'INVALID_ADDRESS',
    'That is not an address of a peer. It looks like /ip4/192.0.2.7/tcp/4001/p2p/12D3Koo… and ends with the peer id.',
    { cause },
  );

const stoppedError = (): NetworkError =>
  new NetworkError('STOPPED', 'Everything is stopped. Resume it first.');

function isAddress(text: string): boolean {
  try {
    return multiaddr(text).getComponents().length > 0;
  } catch {
    return false;
  }
}

/** An address without the id of the peer at its end. */
const withoutPeer = (address: Multiaddr): string => address.toString().replace(/\/p2p\/[^/]+$/, '');

function idOf(peer: Libp2pPeerId): PeerId | null {
  const parsed = PeerId.safeParse(peer.toString());
  return parsed.success ? parsed.data : null;
}
