import { EventEmitter } from 'node:events';
import type { Way } from '../../../shared/compare.ts';
import type { AgentName, PeerId } from '../../../shared/ids.ts';
import type { ReachEvidence, RelayView } from '../../../shared/reachability.ts';
import type { Capability } from '../../../shared/registry.ts';
import {
  chosenTransports,
  type TransportChoice,
  type TransportName,
  type TransportView,
} from '../../../shared/transports.ts';
import type { CardsAnswer, CardsRequest } from '../../../shared/wire.ts';
import {
  ANNOUNCE_PROTOCOL,
  ANNOUNCEMENTS_PROTOCOL,
  CARDS_PROTOCOL,
  ECHO_PROTOCOL,
  HELLO_TIMEOUT_MS,
  MCP_PROTOCOL,
} from '../../../shared/wire.ts';
import { deadline } from '../deadline.ts';
import { idOf } from './addresses.ts';
import { CardsExchange } from './channels/cards-exchange.ts';
import { LEAVING_PROTOCOL } from './channels/leaving-protocol.ts';
import { EchoProtocol } from './channels/echo-protocol.ts';
import { McpChannels } from './channels/mcp-channels.ts';
import { openStream } from './channels/open-stream.ts';
import { askForAnnouncements } from './discovery/announcements-protocol.ts';
import { NetworkError, stoppedError } from './errors.ts';
import { Linking } from './dialling/linking.ts';
import { Leaving } from './switching/leaving.ts';
import { usableHints } from './switching/web-socket-hints.ts';
import { Gatekeeper } from './gatekeeper.ts';
import type {
  AnnouncementVerdict,
  Asked,
  MessageChannel,
  Network,
  NetworkEvents,
  NetworkHandlers,
  NetworkOptions,
  NetworkPeer,
  OpenWay,
  WebSocketTls,
} from './index.ts';
import { Libp2pTransport, type Libp2pSettings } from './libp2p-transport.ts';
import { DIAL_TIMEOUT_MS, MAX_CARDS_STREAMS, MAX_ECHO_STREAMS, MAX_STREAMS_PER_LINK } from './limits.ts';
import { ApartConnections } from './links/apart-connections.ts';
import { LinkPulses } from './links/link-pulse.ts';
import { closeOrAbort, Links } from './links/links.ts';
import { NetworkChanges } from './links/network-changes.ts';
import type { NetworkChange, NetworkChangeListener } from './links/network-changes.ts';
import { transportNameOf } from './links/path.ts';
import { PeerTable } from './links/peer-table.ts';
import type { PeerRecord } from './links/peer-table.ts';
import { Reconnection } from './links/reconnection.ts';
import { Ways } from './links/ways.ts';
import { FallbackDialling } from './switching/fallback.ts';
import { KnownFacts } from './switching/peer-facts.ts';
import { TransportSwitch } from './switching/transport-switch.ts';
import type { Introduction, LinkConnection, StreamAnswer, Transport, TransportOwner } from './transport.ts';
import { WebSocketSide } from './websocket/web-socket-side.ts';

/** Streams of these are answered over both transports. */
const PROTOCOLS = new Map([
  // Ours is lower, for all links of a peer together, and answers.
  [MCP_PROTOCOL, { maxInboundStreams: MAX_STREAMS_PER_LINK }],
  [CARDS_PROTOCOL, { maxInboundStreams: MAX_CARDS_STREAMS }],
  [LEAVING_PROTOCOL, { maxInboundStreams: 2 }],
  [ECHO_PROTOCOL, { maxInboundStreams: MAX_ECHO_STREAMS }],
]);

/** The peers, their links over whichever transport, and what Gatehouse makes of them. */
export class GatehouseNetwork extends EventEmitter<NetworkEvents> implements Network {
  readonly #options: NetworkOptions;
  readonly #handlers: NetworkHandlers;
  readonly #gatekeeper = new Gatekeeper();
  readonly #facts: KnownFacts;
  readonly #peers: PeerTable;
  readonly #pulses = new LinkPulses();
  readonly #links: Links;
  readonly #channels: McpChannels;
  readonly #cards: CardsExchange;
  readonly #apart: ApartConnections;
  readonly #echo: EchoProtocol;
  readonly #ways: Ways;
  readonly #changes = new NetworkChanges();
  readonly #reconnection: Reconnection;
  readonly #fallback: FallbackDialling;
  readonly #transports: TransportSwitch;
  readonly #linking: Linking;
  readonly #leaving: Leaving;
  readonly #webSocket: WebSocketSide;
  /** What libp2p is started with, as it was last set. */
  readonly #libp2pSettings: Libp2pSettings;
  #provided: readonly Capability[] = [];
  #libp2p: Libp2pTransport | null = null;
  readonly #ending = new AbortController();

  constructor(options: NetworkOptions, handlers: NetworkHandlers) {
    super();
    this.#options = options;
    this.#handlers = handlers;
    this.#facts = new KnownFacts(options.peerTransports ?? [], options.gatehouses);
    this.#libp2pSettings = {
      mdns: options.mdns,
      dht: options.dht ?? false,
      gossip: options.gossip ?? false,
      relays: options.relays ?? false,
      stun: options.stun ?? [],
    };
    this.#peers = new PeerTable(
      (peer) => this.emit('peer', peer),
      (peerId) => !this.#reconnection.isKept(peerId) && this.#gatekeeper.admits(peerId),
      (peerId) => this.#facts.of(peerId),
    );
    this.#links = new Links(options.identity.peerId, this.#peers, (peerId) => this.#onBetterLink(peerId), {
      pulses: this.#pulses,
      isKept: (peerId) => {
        const peer = this.#peers.get(peerId);
        return this.#isKept(peerId) || (peer?.isRelay === true && peer.chosen);
      },
      isUsable: (peerId, name) => this.#transports.usable(peerId).includes(name),
    });
    this.#channels = new McpChannels({
      links: this.#links,
      handlers,
      helloTimeoutMs: options.helloTimeoutMs,
      dialAgain: async (peerId, connection, signal) => this.#libp2p?.dialAgain(peerId, connection, signal),
      onGreed: (peerId) => this.#onGreed(peerId),
    });
    this.#linking = new Linking({
      own: options.identity.peerId,
      gatekeeper: this.#gatekeeper,
      peers: this.#peers,
      links: this.#links,
      fallback: () => this.#fallback,
      libp2p: () => this.#libp2p,
      running: (name) => (this.#transports.isRunning(name) ? this.#transports.get(name) : null),
    });
    this.#leaving = new Leaving({
      peers: this.#peers,
      links: this.#links,
      channels: this.#channels,
      fallback: () => this.#fallback,
      webSocket: () => this.#webSocket,
      usable: (peerId) => this.#transports.usable(peerId),
      isOurs: (peerId) => this.#isKept(peerId) || this.#peers.get(peerId)?.chosen === true,
      ending: this.#ending.signal,
    });
    this.#apart = new ApartConnections((connection) => this.#onLink(connection), this.#pulses);
    this.#echo = new EchoProtocol({ apart: this.#apart, isContact: (peerId) => handlers.isContact(peerId) });
    this.#ways = new Ways({
      apart: this.#apart,
      peers: this.#peers,
      channels: this.#channels,
      libp2p: () => this.#libp2p?.ways ?? null,
      webSocket: () => this.#transports.get('websocket'),
      admits: (peerId, name) => this.#gatekeeper.admits(peerId) && this.#transports.mayLink(peerId, name),
      linkTo: async (peerId, signal) => (await this.#linking.to(peerId, signal)).connection,
      isLegacy: (peerId) =>
        (this.#peers.get(peerId)?.facts ?? this.#facts.of(peerId)).legacyAllowed ||
        this.#links.best(peerId)?.connection.dawn !== undefined,
    });
    this.#cards = new CardsExchange({
      peers: this.#peers,
      handlers,
      timeoutMs: options.helloTimeoutMs ?? HELLO_TIMEOUT_MS,
      mapping: () => this.#libp2p?.mapping ?? 'unknown',
      libp2pAddresses: () => (this.#libp2p?.addresses() ?? []).map((one) => one.replace(/\/p2p\/[^/]+$/, '')),
      webSocketAddresses: () => this.#webSocket.advertised(),
      natTold: (peerId) => this.#libp2p?.natTold(peerId),
      learned: (peerId) => this.#fallback.hurry(peerId),
    });
    this.#transports = new TransportSwitch(options.transport ?? 'libp2p', {
      create: (name) => this.#create(name),
      choiceOf: (peerId) => (this.#peers.get(peerId)?.facts ?? this.#facts.of(peerId)).choice,
      drain: (name, signal) =>
        this.#leaving.drain(
          (connection) => transportNameOf(connection) === name,
          signal,
          () => this.emit('transports'),
        ),
      busy: (name) => this.#leaving.busy((connection) => transportNameOf(connection) === name),
      changed: () => this.#onTransports(),
    });
    this.#fallback = new FallbackDialling({
      peers: this.#peers,
      links: this.#links,
      usable: (peerId) => this.#transports.usable(peerId),
      dialLibp2p: (peerId, how, signal) => this.#linking.overLibp2p(peerId, how, signal),
      dialWebSocket: (peerId, addresses, signal) => this.#linking.overWebSocket(peerId, addresses, signal),
      isOurs: (peerId) => this.#isKept(peerId) || this.#peers.get(peerId)?.chosen === true,
    });
    this.#reconnection = new Reconnection({
      own: options.identity.peerId,
      peers: this.#peers,
      links: this.#links,
      gatekeeper: this.#gatekeeper,
      dial: (peerId, signal) => this.#linking.kept(peerId, signal),
      notify: (notice) => this.emit('notice', notice),
      ...(options.backoffMs === undefined ? {} : { backoffMs: options.backoffMs }),
    });
    this.#webSocket = new WebSocketSide(options, {
      peers: this.#peers,
      gatekeeper: this.#gatekeeper,
      changes: this.#changes,
      reconnection: this.#reconnection,
      handlers,
      owner: this.#ownerOf('websocket'),
      mdns: () => this.#libp2pSettings.mdns,
      gossip: () => this.#libp2pSettings.gossip,
      libp2pRuns: () => this.#transports.isRunning('libp2p'),
      onNews: (announcement) => this.#libp2p?.publish(announcement),
    });
  }

  async start(): Promise<void> {
    this.onNetworkChanged((change) => this.#onNetworkChanged(change));
    this.#changes.start();
    try {
      await this.#transports.start();
    } catch (error) {
      // The host runs all the same: its person must be able to choose otherwise.
      const why = error instanceof Error ? error.message : String(error);
      this.emit('notice', { id: 'transport', level: 'error', text: `No peer can be linked: ${why}` });
    }
    this.#reconnection.setBootstrap(this.#options.bootstrap ?? []);
    this.#webSocket.setPeers(this.#options.webSocketPeers ?? []);
  }

  async stop(): Promise<void> {
    this.#ending.abort(new Error('The network stops.'));
    this.#changes.stop();
    this.#reconnection.stop();
    this.#fallback.stop();
    await this.#webSocket.stop();
    this.#links.stop();
    this.#apart.stop();
    this.#channels.stop();
    const last = this.#libp2p;
    await this.#transports.stop();
    if (this.#options.ownsProcess === true) await last?.release();
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
    return this.#transports.all().flatMap((transport) => transport.addresses());
  }

  peers(): NetworkPeer[] {
    return this.#peers.all();
  }

  transports(): TransportView[] {
    return this.#transports.views();
  }

  async setTransport(choice: TransportChoice): Promise<void> {
    await this.#transports.set(choice);
  }

  setPeerTransport(peerId: PeerId, choice: TransportChoice | null): void {
    this.#change(peerId, (peer) => (peer.facts.choice = choice));
    // Links that are no more wanted are emptied, and closed; where there is nothing else, the peer is dialled anew.
    void this.#leaving.unwanted(peerId).then(() => {
      this.#fallback.linksChanged(peerId);
      this.#fallback.hurry(peerId);
      this.#reconnection.hurryOne(peerId);
    });
  }

  setLegacy(peerId: PeerId, allowed: boolean): void {
    this.#change(peerId, (peer) => {
      peer.facts.legacyAllowed = allowed;
      if (allowed) peer.facts.legacyOffered = false;
    });
    if (allowed) this.#reconnection.hurryOne(peerId);
    else {
      const reason = new NetworkError('LINK_LOST', 'The peer may not answer in plain text any more.');
      for (const { connection } of this.#peers.get(peerId)?.links ?? [])
        if (connection.kind?.path === 'legacy') connection.abort(reason);
    }
  }

  setSpeaksGatehouse(peerId: PeerId): void {
    this.#facts.spokeGatehouse(peerId);
    this.#change(peerId, (peer) => (peer.facts.speaksGatehouse = true));
  }

  async setWebSocketListen(listen: readonly string[], tls: WebSocketTls | null): Promise<void> {
    await this.#webSocket.setListen(listen, tls);
    // It may be what kept it from starting. How that ends is its state.
    const isFailed = this.transports().some(({ name, state }) => name === 'websocket' && state === 'failed');
    const { choice } = this.#transports;
    if (isFailed && chosenTransports(choice).includes('websocket'))
      this.#transports.set(choice).catch(() => undefined);
  }

  setWebSocketPeers(addresses: readonly string[]): void {
    this.#webSocket.setPeers(addresses);
  }

  async openWay(peerId: PeerId, way: Way, { signal }: { signal: AbortSignal }): Promise<OpenWay> {
    return await this.#ways.open(peerId, way, signal);
  }

  async dial(address: string, options: { signal: AbortSignal }): Promise<PeerId> {
    return await this.#linking.dial(address, options.signal);
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
  async #cut(peerId: PeerId | undefined, reason: NetworkError): Promise<void> {
    await Promise.all(this.#connections(peerId).map((connection) => closeOrAbort(connection, reason)));
  }

  /** To one peer, or to all: links, and what is there for a test only. */
  #connections(peerId?: PeerId): LinkConnection[] {
    return this.#transports.all().flatMap((transport) => transport.connections(peerId));
  }

  keep(peerId: PeerId, addresses: readonly string[]): void {
    this.#reconnection.keep(peerId, 'contact', addresses);
    this.#libp2p?.keptChanged();
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
    this.#libp2pSettings.mdns = enabled;
    await Promise.all([
      this.#libp2p?.setMdns(enabled),
      this.#webSocket.discoveryChanged(this.#transports.isRunning('websocket')),
    ]);
  }

  setBootstrap(addresses: readonly string[]): void {
    this.#reconnection.setBootstrap(addresses);
    this.#libp2p?.keptChanged();
  }

  async freeze(): Promise<void> {
    this.#gatekeeper.frozen = true;
    this.#libp2p?.frozen();
    for (const { peerId } of this.#peers.linked()) this.#reconnection.settle(peerId);
    await this.#cut(undefined, stoppedError());
  }

  unfreeze(): void {
    this.#gatekeeper.frozen = false;
    this.#libp2p?.unfrozen();
    this.#webSocket.hurry();
    this.#reconnection.hurry();
  }

  async fetchCards(
    peerId: PeerId,
    request: CardsRequest,
    options: { signal: AbortSignal; from?: Asked },
  ): Promise<CardsAnswer> {
    const limit = deadline(HELLO_TIMEOUT_MS, options.signal);
    try {
      const { connection } = await this.#linking.to(peerId, limit.signal, options.from);
      if (connection.dawn === undefined)
        return await this.#cards.ask(peerId, connection, request, limit.signal);
      // A Dawn node has no cards; what it says of its agents instead is shown as what it is.
      await connection.dawn.refresh(limit.signal);
      this.#peers.changed(peerId);
      return { name: '', contact: false, cards: [] };
    } finally {
      limit.release();
    }
  }

  async openMcp(
    peerId: PeerId,
    agent: AgentName,
    options: { signal: AbortSignal; from?: Asked },
  ): Promise<MessageChannel> {
    const limit = deadline(DIAL_TIMEOUT_MS, options.signal);
    try {
      const { connection } = await this.#linking.to(peerId, limit.signal, options.from);
      return connection.dawn === undefined
        ? await this.#channels.open(peerId, connection, agent, limit.signal)
        : connection.dawn.open(agent);
    } finally {
      limit.release();
    }
  }

  setRelays(enabled: boolean): void {
    this.#libp2pSettings.relays = enabled;
    this.#libp2p?.setRelays(enabled);
  }

  setStun(servers: readonly string[]): void {
    this.#libp2pSettings.stun = servers;
    this.#libp2p?.setStun(servers);
  }

  reachEvidence(): ReachEvidence {
    return this.#libp2p?.evidence() ?? this.#webSocket.evidence();
  }

  async testReach(options: { signal: AbortSignal }): Promise<string> {
    if (this.#libp2p !== null) return await this.#libp2p.testReach(options.signal);
    return 'Nothing can be tested while libp2p is switched off: WebSocket has no way to ask others to connect back.';
  }

  relayView(): RelayView | null {
    return this.#libp2p?.relayView() ?? null;
  }

  setDht(enabled: boolean): void {
    this.#libp2pSettings.dht = enabled;
    this.#libp2p?.setDht(enabled);
  }

  setGossip(enabled: boolean): void {
    this.#libp2pSettings.gossip = enabled;
    this.#libp2p?.setGossip(enabled);
    void this.#webSocket.discoveryChanged(this.#transports.isRunning('websocket'));
  }

  publish(announcement: string): void {
    this.#libp2p?.publish(announcement);
    this.#webSocket.publish(announcement);
  }

  async fetchAnnouncements(peerId: PeerId, options: { signal: AbortSignal }): Promise<string[]> {
    const limit = deadline(HELLO_TIMEOUT_MS, options.signal);
    try {
      const { connection } = await this.#linking.to(peerId, limit.signal);
      const stream = await openStream(connection, ANNOUNCEMENTS_PROTOCOL, limit.signal);
      return await askForAnnouncements(stream, limit.signal);
    } finally {
      limit.release();
    }
  }

  provide(capabilities: readonly Capability[]): void {
    this.#provided = capabilities;
    this.#libp2p?.provide(capabilities);
  }

  async providersOf(capability: Capability, options: { signal: AbortSignal }): Promise<PeerId[]> {
    return (await this.#libp2p?.providersOf(capability, options.signal)) ?? [];
  }

  #create(name: TransportName): Transport {
    if (name === 'websocket') return this.#webSocket.create();
    this.#libp2p = new Libp2pTransport(this.#options, this.#libp2pSettings, {
      owner: this.#ownerOf('libp2p'),
      gatekeeper: this.#gatekeeper,
      peers: this.#peers,
      links: this.#links,
      pulses: this.#pulses,
      changes: this.#changes,
      handlers: {
        ...this.#handlers,
        announcement: (text, from) => this.#onAnnouncement(text, from),
      },
      protocols: PROTOCOLS,
      isKept: (peerId) => this.#isKept(peerId),
      foundOnLan: (peerId, addresses) => this.#reconnection.foundOnLan(peerId, addresses),
      onEvidence: () => this.emit('evidence'),
    });
    return this.#libp2p;
  }

  #ownerOf(name: TransportName): TransportOwner {
    const gatekeeper = this.#gatekeeper;
    return {
      admits: (peerId) => gatekeeper.admits(peerId) && this.#transports.mayLink(peerId, name),
      isLeaving: (peerId) => gatekeeper.admits(peerId) && !this.#transports.mayLink(peerId, name),
      isKept: (peerId) => this.#isKept(peerId),
      get frozen() {
        return gatekeeper.frozen;
      },
      opened: (connection) => {
        if (this.#apart.claims(connection)) return;
        this.#onLink(connection);
        if (name === 'websocket') this.#webSocket.linked(connection);
      },
      closed: (connection) => {
        this.#onLinkClosed(connection);
        if (name === 'websocket') this.#webSocket.lost(connection);
      },
      introduced: (connection, introduction) => this.#onIntroduced(connection, introduction),
      answerTo: (protocol) => this.#answerApart(protocol),
      addressesChanged: () => this.#onAddresses(),
      notify: (notice) => this.emit('notice', notice),
    };
  }

  /** What was made for a comparison carries nothing else. */
  #answerApart(protocol: string): StreamAnswer | null {
    const answer = this.#answerTo(protocol);
    if (answer === null) return null;
    return (stream, connection, peerId) => {
      if (this.#apart.mayRun(connection, protocol)) return answer(stream, connection, peerId);
      stream.abort(new NetworkError('REFUSED', 'This connection is there for a comparison only.'));
    };
  }

  #answerTo(protocol: string): StreamAnswer | null {
    switch (protocol) {
      case MCP_PROTOCOL:
        return (stream, connection, peerId) => this.#channels.answer(stream, connection, peerId);
      case ECHO_PROTOCOL:
        return (stream, connection, peerId) => this.#echo.answer(stream, connection, peerId);
      case CARDS_PROTOCOL:
        return (stream, connection, peerId) => this.#cards.answer(stream, connection, peerId);
      case LEAVING_PROTOCOL:
        return (stream, connection, peerId) => this.#leaving.answer(stream, connection, peerId);
      case ANNOUNCEMENTS_PROTOCOL:
        return (stream, _connection, peerId) => this.#webSocket.answerAnnouncements(stream, peerId);
      case ANNOUNCE_PROTOCOL:
        return (stream, connection, peerId) => this.#webSocket.takeAnnouncements(stream, connection, peerId);
      default:
        return null;
    }
  }

  /** What came by libp2p is news for those whom only WebSocket reaches. */
  #onAnnouncement(text: string, from: PeerId): AnnouncementVerdict {
    const verdict = this.#handlers.announcement(text, from);
    if (verdict === 'accept') this.#webSocket.publish(text, from);
    return verdict;
  }

  #onTransports(): void {
    if (this.#transports.get('libp2p') === null) this.#libp2p = null;
    else if (this.#transports.isRunning('libp2p')) {
      this.#libp2p?.provide(this.#provided);
    }
    void this.#webSocket.discoveryChanged(this.#transports.isRunning('websocket'));
    for (const peer of this.#peers.linked()) {
      this.#links.reconsider(peer);
      this.#fallback.linksChanged(peer.peerId);
    }
    this.#fallback.hurry();
    // Whoever could not be reached may be now.
    this.#reconnection.hurry();
    this.emit('transports');
    this.#onAddresses();
    this.emit('evidence');
  }

  #onAddresses(): void {
    this.emit('addresses', this.addresses());
    this.emit('transports');
  }

  #change(peerId: PeerId, change: (peer: PeerRecord) => void): void {
    const peer = this.#peers.get(peerId) ?? this.#peers.see(peerId, 'contact');
    change(peer);
    this.#facts.keep(peerId, peer.facts);
    this.#peers.changed(peerId);
  }

  #onBetterLink(peerId: PeerId): void {
    void this.#channels.moveToBest(peerId);
    this.#libp2p?.bestChanged(peerId);
  }

  #onLink(connection: LinkConnection): void {
    const peer = this.#links.opened(connection);
    this.#channels.linked(connection);
    if (peer === null) return;
    peer.facts.lastLinkedAt[transportNameOf(connection)] = Date.now();
    peer.facts.lastError[transportNameOf(connection)] = null;
    this.#reconnection.linked(peer.peerId);
    this.#fallback.linksChanged(peer.peerId);
    this.emit('transports');
  }

  #onLinkClosed(connection: LinkConnection): void {
    this.#apart.closed(connection);
    this.#channels.lost(connection);
    const closed = this.#links.closed(connection);
    if (closed === null) return;
    const { peerId, facts } = closed.peer;
    facts.lastLinkedAt[transportNameOf(connection)] = Date.now();
    this.#libp2p?.bestChanged(peerId);
    this.#fallback.linksChanged(peerId);
    this.#reconnection.lost(peerId, closed.lastedMs);
    this.emit('transports');
  }

  #onIntroduced(connection: LinkConnection, introduction: Introduction): void {
    const peerId = idOf(connection.remotePeer);
    const peer = peerId === null ? undefined : this.#peers.get(peerId);
    if (peer === undefined) return;
    peer.links.find((link) => link.connection === connection)?.welcome.resolve(true);
    peer.software = introduction.software;
    peer.speaksGatehouse = introduction.speaksGatehouse;
    // Whoever has spoken Gatehouse once is not spoken to in any lesser way again.
    if (introduction.speaksGatehouse) {
      peer.facts.speaksGatehouse = true;
      this.#facts.spokeGatehouse(peer.peerId);
    }
    const { addresses } = introduction;
    const isWebSocket = transportNameOf(connection) === 'websocket';
    this.#peers.addAddresses(peer, isWebSocket ? usableHints(peer, addresses) : addresses);
    this.#peers.changed(peer.peerId);
  }

  #onGreed(peerId: PeerId): void {
    const text = 'A peer opens more streams than any honest one needs; those beyond 256 are refused.';
    this.emit('notice', { id: `streams:${peerId}`, level: 'warning', text });
  }

  #onNetworkChanged(change: NetworkChange): void {
    this.#libp2p?.networkChanged(change);
    this.#webSocket.networkChanged();
    this.#links.check();
    this.#reconnection.networkChanged(change);
    this.#fallback.hurry();
  }
}
