import { EventEmitter } from 'node:events';
import type { Connection, IdentifyResult, Libp2p, Stream, StreamHandler } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { PeerId } from '../../../shared/ids.ts';
import type { AgentName } from '../../../shared/ids.ts';
import type { NatMapping, ReachEvidence, RelayView } from '../../../shared/reachability.ts';
import type { Capability } from '../../../shared/registry.ts';
import type { CardsAnswer, CardsRequest } from '../../../shared/wire.ts';
import {
  ANNOUNCEMENTS_PROTOCOL,
  CARDS_PROTOCOL,
  DIAL_BACK_PROTOCOL,
  HELLO_TIMEOUT_MS,
  MCP_PROTOCOL,
} from '../../../shared/wire.ts';
import { idOf, parseAddress, withoutPeer } from './addresses.ts';
import { answerAdmitted } from './links/admitted-streams.ts';
import type { Answer } from './links/admitted-streams.ts';
import { askForAnnouncements } from './discovery/announcements-protocol.ts';
import { answerCards, askForCards } from './channels/cards-protocol.ts';
import { deadline } from '../deadline.ts';
import { Discovery } from './discovery/discovery.ts';
import { NetworkError } from './errors.ts';
import { mayDialFound, nearnessOf } from './dialling/found-addresses.ts';
import { Gatekeeper } from './gatekeeper.ts';
import type {
  Asked,
  MessageChannel,
  Network,
  NetworkEvents,
  NetworkHandlers,
  NetworkOptions,
  NetworkPeer,
} from './index.ts';
import { LanDiscovery } from './discovery/lan-discovery.ts';
import { DIAL_TIMEOUT_MS, MAX_CARDS_STREAMS, MAX_DIAL_BACK_STREAMS, MAX_STREAMS_PER_LINK } from './limits.ts';
import { listenOn } from './node/listening.ts';
import { McpChannels } from './channels/mcp-channels.ts';
import { openStream } from './channels/open-stream.ts';
import { NetworkChanges } from './links/network-changes.ts';
import type { NetworkChange, NetworkChangeListener } from './links/network-changes.ts';
import { LinkPulses } from './links/link-pulse.ts';
import { createNode } from './node/node.ts';
import type { NodeParts } from './node/node.ts';
import { Links, closeOrAbort } from './links/links.ts';
import { pathOf } from './links/path.ts';
import { PeerTable } from './links/peer-table.ts';
import type { Link } from './links/peer-table.ts';
import { OwnReach } from './reachability/own-reach.ts';
import { PortMapper } from './reachability/port-mapping.ts';
import { Reach } from './dialling/reach.ts';
import { Reconnection } from './links/reconnection.ts';
import { Relaying } from './relays/relaying.ts';
import { BetterPaths } from './dialling/better-paths.ts';
import { Punching } from './dialling/punching.ts';
import { serverText } from './relays/stun-servers.ts';

/** One libp2p node, and what Gatehouse makes of it. */
export class Libp2pNetwork extends EventEmitter<NetworkEvents> implements Network {
  readonly #options: NetworkOptions;
  readonly #handlers: NetworkHandlers;
  readonly #gatekeeper = new Gatekeeper();
  readonly #peers: PeerTable;
  readonly #reconnection: Reconnection;
  readonly #pulses = new LinkPulses();
  #discovery: Discovery | null = null;
  #dht: boolean;
  readonly #links: Links;
  readonly #reach: Reach;
  readonly #channels: McpChannels;
  readonly #changes = new NetworkChanges();
  readonly #relaying: Relaying;
  readonly #routers: PortMapper | null;
  readonly #ownReach: OwnReach;
  readonly #punching: Punching;
  readonly #betterPaths: BetterPaths;
  #knownMapping: NatMapping = 'unknown';
  /** Whether relays are used, and holes punched with their help. */
  #relays: boolean;
  #node: Libp2p | null = null;
  #parts: NodeParts | null = null;
  #lan: LanDiscovery | null = null;
  #addresses: string[] = [];
  #stopped = false;

  constructor(options: NetworkOptions, handlers: NetworkHandlers) {
    super();
    this.#options = options;
    this.#handlers = handlers;
    this.#dht = options.dht ?? false;
    this.#peers = new PeerTable(
      (peer) => this.emit('peer', peer),
      (peerId) => !this.#reconnection.isKept(peerId) && this.#gatekeeper.admits(peerId),
    );
    this.#relays = options.relays ?? false;
    const onBetterLink = (peerId: PeerId): void => {
      this.#channels.moveToBest(peerId);
      this.#betterPaths.look(peerId);
    };
    this.#links = new Links(options.identity.peerId, this.#peers, onBetterLink, {
      pulses: this.#pulses,
      isKept: (peerId) => {
        const peer = this.#peers.get(peerId);
        return this.#isKept(peerId) || (peer?.isRelay === true && peer.chosen);
      },
    });
    this.#channels = new McpChannels({
      links: this.#links,
      handlers,
      helloTimeoutMs: options.helloTimeoutMs,
      dialAgain: (peerId, connection, signal) => this.#dialAgain(peerId, connection, signal),
      onGreed: (peerId) => this.#onGreed(peerId),
    });
    this.#reach = new Reach({
      gatekeeper: this.#gatekeeper,
      peers: this.#peers,
      links: this.#links,
      node: () => (this.#stopped ? null : this.#node),
      transports: () => this.#parts?.transportManager ?? null,
      lookUp: async (peerId, signal) =>
        this.#dht ? ((await this.#discovery?.whereIs(peerId, signal)) ?? []) : [],
      isOurs: (peerId) => this.#isOurs(peerId),
      isOwnRelay: (peerId) => this.#isKept(peerId) || this.#relaying.isReserved(peerId),
      onRelay: (relay, wanted) => {
        if (this.#isKept(wanted) || this.#peers.get(wanted)?.chosen === true) this.#choose(relay);
      },
    });
    this.#punching = new Punching({
      components: () => {
        if (this.#parts === null) throw new NetworkError('STOPPED', 'The network is not running.');
        return this.#parts;
      },
      stunServers: () => this.#relaying.stunServers().map(serverText),
      admits: (peerId) => this.#relays && this.#gatekeeper.admits(peerId),
      running: () => this.#gatekeeper.running,
      onUnavailable: () => {
        const text = 'Holes cannot be punched from this machine: WebRTC is not available on it.';
        this.emit('notice', { id: 'webrtc', level: 'info', text });
      },
    });
    this.#betterPaths = new BetterPaths({
      peers: this.#peers,
      links: this.#links,
      reach: this.#reach,
      punching: this.#punching,
      wanted: (peerId) => this.#wantsBetterPath(peerId),
      isOurs: (peerId) => this.#isOurs(peerId),
      mapping: () => this.#natMapping(),
    });
    this.#relaying = new Relaying(options, {
      peers: this.#peers,
      isContact: (peerId) => handlers.isContact(peerId),
      isKept: (peerId) => this.#isKept(peerId),
      notify: (notice) => this.emit('notice', notice),
      frozen: () => this.#gatekeeper.frozen,
      changed: () => {
        this.#ownReach.changed();
        this.#punching.serversChanged();
        if (this.#relaying.relays().some(({ state }) => state === 'reserved')) this.#expectPunches();
        // libp2p takes in what a relay gave before the next turn, and tells of it a second later.
        queueMicrotask(() => this.#tellAddresses());
      },
    });
    this.#routers =
      options.upnp === true
        ? new PortMapper({
            description: 'Gatehouse',
            frozen: () => this.#gatekeeper.frozen,
            listening: () => this.#parts?.transportManager.getAddrs().map(String) ?? [],
            changed: () => this.#ownReach.changed(),
          })
        : null;
    this.#ownReach = new OwnReach({
      node: () => (this.#stopped ? null : this.#parts),
      peers: this.#peers,
      routers: this.#routers,
      announced: options.announce ?? [],
      autoNat: options.upnp === true && options.relayServer === undefined,
      stunServers: () => this.#relaying.stunServers().map(serverText),
      relays: () => this.#relaying.relays(),
      addresses: () => this.#addresses,
      online: () => this.#changes.online,
      isContact: (peerId) => handlers.isContact(peerId),
      isKept: (peerId) => this.#isKept(peerId),
      admits: (peerId) => !this.#stopped && this.#gatekeeper.admits(peerId),
      running: () => this.#gatekeeper.running,
      adopt: (connection) => this.#onLink(connection),
      onEvidence: () => this.#onEvidence(),
    });
    this.#reconnection = new Reconnection({
      own: options.identity.peerId,
      peers: this.#peers,
      links: this.#links,
      gatekeeper: this.#gatekeeper,
      dial: (peerId, signal) => this.#reach.known(peerId, signal),
      notify: (notice) => this.emit('notice', notice),
      ...(options.backoffMs === undefined ? {} : { backoffMs: options.backoffMs }),
    });
  }

  async start(): Promise<void> {
    const { identity, userAgent } = this.#options;
    const dht = this.#options.dht !== undefined;
    const gossip = this.#options.gossip !== undefined;
    const gater = {
      ...this.#gatekeeper.asGater(
        (peerId) => (this.#peers.get(peerId)?.links.length ?? 0) > 0,
        (address) => mayDialFound(address, nearnessOf(this.#node?.getConnections() ?? [])),
      ),
      ...this.#relaying.gater(),
    };
    const announce = this.#options.announce ?? [];
    const created = await createNode({
      identity,
      userAgent,
      gater,
      dht,
      gossip,
      upnp: this.#routers,
      announce,
      pulses: this.#pulses,
      ...this.#relaying.parts(),
    });
    const { node, parts, quic } = created;
    this.#node = node;
    this.#parts = parts();
    node.addEventListener('connection:open', ({ detail }) => this.#onLinkOpen(detail));
    node.addEventListener('connection:close', ({ detail }) => this.#onLinkClosed(detail));
    node.addEventListener('peer:identify', ({ detail }) => this.#onIdentified(detail));
    node.addEventListener('self:peer:update', () => {
      this.#tellAddresses();
      this.#ownReach.changed();
    });
    const onLimited = { runOnLimitedConnection: true, maxOutboundStreams: MAX_STREAMS_PER_LINK };
    const admitted = (answer: Answer): StreamHandler =>
      answerAdmitted(answer, (...from) => this.#answers(...from));
    await node.handle(MCP_PROTOCOL, admitted(this.#channels.answer.bind(this.#channels)), {
      ...onLimited,
      // Ours is lower, for all links of a peer together, and answers.
      maxInboundStreams: MAX_STREAMS_PER_LINK,
    });
    await node.handle(CARDS_PROTOCOL, admitted(this.#onCardsStream.bind(this)), {
      ...onLimited,
      maxInboundStreams: MAX_CARDS_STREAMS,
    });
    await node.handle(DIAL_BACK_PROTOCOL, admitted(this.#ownReach.answer.bind(this.#ownReach)), {
      ...onLimited,
      maxInboundStreams: MAX_DIAL_BACK_STREAMS,
    });
    this.#discovery = new Discovery({
      created,
      dht: this.#dht,
      gatekeeper: this.#gatekeeper,
      peers: this.#peers,
      handlers: this.#handlers,
      openStream,
      admitted,
    });
    await this.#discovery.register();
    await node.start();
    this.#discovery.start(this.#options.gossip ?? false);
    if (!quic) {
      const text = 'QUIC is not available on this machine; TCP and WebSocket are.';
      this.emit('notice', { id: 'quic', level: 'info', text });
    }
    await listenOn(this.#parts.transportManager, this.#options.listen, (notice) =>
      this.emit('notice', notice),
    );
    this.#tellAddresses();
    await this.#relaying.start(node, this.#parts, admitted);
    this.onNetworkChanged((change) => this.#onNetworkChanged(change));
    this.#changes.start();
    this.#ownReach.start();
    this.#reconnection.setBootstrap(this.#options.bootstrap ?? []);
    this.#lan = new LanDiscovery(this.#options.lan ?? {}, {
      addresses: () => this.#addresses,
      interfaces: () => this.#changes.interfaces(),
      onPeer: (peerId, addresses) => this.#reconnection.foundOnLan(peerId, addresses),
      frozen: () => this.#gatekeeper.frozen,
      onTrouble: () => this.#onLanTrouble(),
    });
    if (this.#options.mdns) await this.setMdns(true);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#ownReach.stop();
    this.#betterPaths.stop();
    await this.#punching.stop();
    await this.#relaying.stop();
    this.#changes.stop();
    this.#reconnection.stop();
    await this.#discovery?.stop();
    await this.#lan?.set(false);
    this.#links.stop();
    this.#channels.stop();
    await this.#node?.stop();
    if (this.#options.ownsProcess === true) await this.#punching.release();
    this.#peers.flush();
  }

  /** Addresses came or went, or the machine slept. @returns what ends the listening */
  onNetworkChanged(listener: NetworkChangeListener): () => void {
    this.#changes.on('changed', listener);
    return () => this.#changes.off('changed', listener);
  }

  /** The shell knows that the machine woke up, or that its network changed. */
  networkChanged(woke: boolean): void {
    this.#changes.look(woke);
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
    this.#choose(peerId);
    if (route === null) await this.#reach.knownOrLookedUp(peer, options.signal);
    else {
      await this.#reach.by(peer, [route], options.signal);
      this.#peers.addAddresses(peer, [withoutPeer(route)]);
    }
    return peerId;
  }

  /** What a person did not ask for: neither lifts a suspension nor goes wherever strangers say. */
  async #dialFound(peerId: PeerId, signal: AbortSignal): Promise<void> {
    if (!this.#gatekeeper.admits(peerId)) {
      throw new NetworkError('REFUSED', 'This peer is blocked or disconnected here.');
    }
    const peer = this.#peers.get(peerId) ?? this.#peers.see(peerId, 'dht');
    await this.#reach.found(peer, signal);
    this.#choose(peerId);
  }

  /** From now on it may be our relay, and is believed as one. */
  #choose(peerId: PeerId): void {
    const peer = this.#peers.get(peerId);
    if (peer === undefined || peer.chosen) return;
    peer.chosen = true;
    this.#relaying.look();
  }

  /** A contact, or of the bootstrap list. */
  #isKept(peerId: PeerId): boolean {
    return this.#reconnection.isKept(peerId) || this.#handlers.isContact(peerId);
  }

  async disconnect(peerId: PeerId): Promise<void> {
    this.#gatekeeper.suspended.add(peerId);
    this.#reconnection.settle(peerId);
    await this.#cut(peerId, new NetworkError('LINK_LOST', 'The peer was disconnected here.'));
  }

  /** Closes what there is, links or not. */
  async #cut(peerId: PeerId | null, reason: NetworkError): Promise<void> {
    await Promise.all(this.#connections(peerId).map((connection) => closeOrAbort(connection, reason)));
  }

  /** To one peer, or to all: links, and what is there for a test only. */
  #connections(peerId: PeerId | null): Connection[] {
    return this.#node?.getConnections(peerId === null ? undefined : peerIdFromString(peerId)) ?? [];
  }

  keep(peerId: PeerId, addresses: readonly string[]): void {
    this.#reconnection.keep(peerId, 'contact', addresses);
    this.#relaying.look();
  }

  release(peerId: PeerId): void {
    this.#reconnection.release(peerId, 'contact');
  }

  setBlocked(peerId: PeerId, blocked: boolean): void {
    if (!blocked) {
      this.#gatekeeper.blocked.delete(peerId);
      return;
    }
    this.#gatekeeper.blocked.add(peerId);
    this.#reconnection.settle(peerId);
    const reason = new NetworkError('LINK_LOST', 'The peer was blocked here.');
    for (const connection of this.#connections(peerId)) connection.abort(reason);
  }

  async setMdns(enabled: boolean): Promise<void> {
    await this.#lan?.set(enabled);
  }

  setBootstrap(addresses: readonly string[]): void {
    this.#reconnection.setBootstrap(addresses);
    this.#relaying.look();
  }

  async freeze(): Promise<void> {
    this.#gatekeeper.frozen = true;
    this.#ownReach.changed();
    for (const { peerId } of this.#peers.linked()) this.#reconnection.settle(peerId);
    await this.#cut(null, stoppedError());
  }

  unfreeze(): void {
    this.#gatekeeper.frozen = false;
    void this.#ownReach.askStun();
    void this.#routers?.check();
    this.#lan?.networkChanged();
    this.#ownReach.changed();
    this.#reconnection.hurry();
  }

  async fetchCards(
    peerId: PeerId,
    request: CardsRequest,
    options: { signal: AbortSignal; from?: Asked },
  ): Promise<CardsAnswer> {
    const limit = deadline(HELLO_TIMEOUT_MS, options.signal);
    try {
      const { connection } = await this.#linkTo(peerId, limit.signal, options.from);
      const stream = await openStream(connection, CARDS_PROTOCOL, limit.signal);
      const asked = { ...request, ...this.#natTold() };
      const { nat, ...answer } = await askForCards(stream, asked, limit.signal);
      this.#onNatTold(peerId, nat);
      return answer;
    } finally {
      limit.release();
    }
  }

  async openMcp(peerId: PeerId, agent: AgentName, options: { signal: AbortSignal }): Promise<MessageChannel> {
    const limit = deadline(DIAL_TIMEOUT_MS, options.signal);
    try {
      const { connection } = await this.#linkTo(peerId, limit.signal);
      return await this.#channels.open(peerId, connection, agent, limit.signal);
    } finally {
      limit.release();
    }
  }

  /** Along the same way as a link that there is. */
  async #dialAgain(peerId: PeerId, connection: Connection, signal: AbortSignal): Promise<void> {
    const node = this.#stopped ? null : this.#node;
    if (node === null) return;
    const options = { force: true, signal };
    await this.#gatekeeper.intending(peerId, () => node.dial(connection.remoteAddr, options));
  }

  setRelays(enabled: boolean): void {
    this.#relays = enabled;
    // It fails only where the node does not run, which has no relays either.
    this.#relaying.set(enabled).catch(() => undefined);
  }

  setStun(servers: readonly string[]): void {
    this.#relaying.setStun(servers);
    this.#ownReach.changed();
  }

  reachEvidence(): ReachEvidence {
    return this.#ownReach.evidence();
  }

  async testReach(options: { signal: AbortSignal }): Promise<string> {
    return await this.#ownReach.test(options.signal);
  }

  relayView(): RelayView | null {
    return this.#relaying.view();
  }

  setDht(enabled: boolean): void {
    this.#dht = enabled;
    this.#discovery?.setDht(enabled);
  }

  setGossip(enabled: boolean): void {
    this.#discovery?.setGossip(enabled);
  }

  publish(announcement: string): void {
    this.#discovery?.publish(announcement);
  }

  async fetchAnnouncements(peerId: PeerId, options: { signal: AbortSignal }): Promise<string[]> {
    const limit = deadline(HELLO_TIMEOUT_MS, options.signal);
    try {
      const { connection } = await this.#linkTo(peerId, limit.signal);
      const stream = await openStream(connection, ANNOUNCEMENTS_PROTOCOL, limit.signal);
      return await askForAnnouncements(stream, limit.signal);
    } finally {
      limit.release();
    }
  }

  provide(capabilities: readonly Capability[]): void {
    this.#discovery?.provide(capabilities);
  }

  async providersOf(capability: Capability, options: { signal: AbortSignal }): Promise<PeerId[]> {
    return (await this.#discovery?.providersOf(capability, options.signal)) ?? [];
  }

  async #linkTo(
    peerId: PeerId,
    signal: AbortSignal,
    from: Asked = 'wanted',
  ): Promise<Pick<Link, 'connection'>> {
    const best = this.#links.best(peerId);
    if (best !== undefined) return best;
    if (this.#gatekeeper.frozen) throw stoppedError();
    if (from === 'linked') throw new NetworkError('UNREACHABLE', 'The peer is not linked any more.');
    if (from === 'found') await this.#dialFound(peerId, signal);
    else await this.dial(peerId, { signal });
    const dialled = this.#links.best(peerId);
    if (dialled === undefined) throw new NetworkError('UNREACHABLE', 'The link to the peer was lost again.');
    return dialled;
  }

  /** A dial-back tells by itself what it answers on a connection that is there for a test. */
  #answers(peerId: PeerId, { protocol }: Stream, connection: Connection): boolean {
    if (!this.#gatekeeper.admits(peerId)) return false;
    return protocol === DIAL_BACK_PROTOCOL || this.#ownReach.isLink(connection);
  }

  async #onCardsStream(stream: Stream, _connection: Connection, peerId: PeerId): Promise<void> {
    const cards: NetworkHandlers['cards'] = (asker, { nat, ...request }) => {
      this.#onNatTold(asker, nat);
      return { ...this.#handlers.cards(asker, request), ...this.#natTold() };
    };
    await answerCards(stream, peerId, { cards }, this.#options.helloTimeoutMs ?? HELLO_TIMEOUT_MS);
  }

  #onNatTold(peerId: PeerId, mapping: NatMapping | undefined): void {
    const peer = this.#peers.get(peerId);
    if (peer === undefined || mapping === undefined) return;
    peer.natMapping = mapping;
    this.#betterPaths.tell(peerId);
  }

  #onEvidence(): void {
    this.emit('evidence');
    const mapping = this.#natMapping();
    if (mapping === this.#knownMapping) return;
    this.#knownMapping = mapping;
    // Holes may be punched now that could not be, and there are other words for those that cannot.
    this.#betterPaths.hurryAll();
  }

  #natTold(): { nat?: NatMapping } {
    const nat = this.#natMapping();
    return nat === 'unknown' ? {} : { nat };
  }

  #natMapping(): NatMapping {
    return this.#ownReach.mapping;
  }

  /** Chosen by the person here, or seen on our own network. */
  #isOurs(peerId: PeerId): boolean {
    if (this.#isKept(peerId)) return true;
    const foundBy = this.#peers.get(peerId)?.foundBy;
    return foundBy === 'dialled' || foundBy === 'mdns' || foundBy === 'contact';
  }

  /** Those that a look-up asked on its way are left as they are. */
  #wantsBetterPath(peerId: PeerId): boolean {
    const peer = this.#peers.get(peerId);
    if (this.#options.betterPaths === false) return false;
    if (peer === undefined || peer.speaksGatehouse === false || !this.#gatekeeper.admits(peerId))
      return false;
    return this.#isOurs(peerId) || peer.links.some(({ connection }) => connection.direction === 'inbound');
  }

  /** Loads what WebRTC needs, where a relay is in use. */
  #expectPunches(): void {
    // Where it cannot be had, a notice says so.
    if (this.#relays && !this.#stopped) void this.#punching.prepare();
  }

  #onLinkOpen(connection: Connection): void {
    // No call may run over one that is there for a test only.
    if (this.#ownReach.claims(connection)) return;
    const peerId = idOf(connection.remotePeer);
    // It was let in a moment before the person disconnected the peer.
    if (peerId !== null && !this.#gatekeeper.admits(peerId))
      connection.abort(new NetworkError('REFUSED', 'No link is wanted.'));
    else this.#onLink(connection);
  }

  #onLink(connection: Connection): void {
    const peer = this.#links.opened(connection);
    if (peer !== null) {
      this.#reconnection.linked(peer.peerId);
      this.#ownReach.linked(connection, peer.peerId);
    }
    this.#channels.linked(connection);
    if (peer === null) return;
    if (pathOf(connection.remoteAddr) === 'relayed') this.#expectPunches();
    this.#betterPaths.look(peer.peerId);
  }

  #onLinkClosed(connection: Connection): void {
    this.#channels.lost(connection);
    this.#relaying.closed(connection);
    const closed = this.#links.closed(connection);
    if (closed === null) return;
    this.#betterPaths.look(closed.peer.peerId);
    this.#reconnection.lost(closed.peer.peerId, closed.lastedMs);
  }

  #onGreed(peerId: PeerId): void {
    const text = 'A peer opens more streams than any honest one needs; those beyond 256 are refused.';
    this.emit('notice', { id: `streams:${peerId}`, level: 'warning', text });
  }

  #onIdentified(result: IdentifyResult): void {
    const peerId = idOf(result.peerId);
    if (peerId === null || this.#ownReach.isTest(result.connection)) return;
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return;
    peer.links.find(({ connection }) => connection === result.connection)?.welcome.resolve(true);
    peer.software = result.agentVersion?.slice(0, 200) ?? null;
    peer.speaksGatehouse = result.protocols.includes(MCP_PROTOCOL);
    this.#relaying.identified(peerId, result);
    this.#ownReach.identified(peerId, result);
    const isNews = this.#peers.addAddresses(peer, result.listenAddrs.map(withoutPeer));
    this.#peers.changed(peerId);
    this.#betterPaths.learned(peerId, isNews);
  }

  #onNetworkChanged(change: NetworkChange): void {
    if (this.#stopped) return;
    const { added, removed } = change;
    // Those who listen on every interface follow by themselves; libp2p looks at their addresses when told to.
    const [listener] = this.#parts?.transportManager.getListeners() ?? [];
    if (added.length + removed.length > 0 && listener !== undefined) {
      this.#parts?.events.safeDispatchEvent('transport:listening', { detail: listener });
    }
    this.#tellAddresses();
    this.#links.check();
    this.#reconnection.networkChanged(change);
    this.#betterPaths.hurryAll();
    this.#lan?.networkChanged();
    this.#ownReach.networkChanged();
  }

  #onLanTrouble(): void {
    const text = 'Peers on this network cannot be found by themselves: another program keeps the mDNS port.';
    this.emit('notice', { id: 'mdns', level: 'warning', text });
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
}

const stoppedError = (): NetworkError =>
  new NetworkError('STOPPED', 'Everything is stopped. Resume it first.');
