import type { Connection, IdentifyResult, Libp2p, Stream, StreamHandler } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import type { PeerId } from '../../../shared/ids.ts';
import type { NatMapping, ReachEvidence, RelayView } from '../../../shared/reachability.ts';
import type { Capability } from '../../../shared/registry.ts';
import { DIAL_BACK_PROTOCOL, MCP_PROTOCOL } from '../../../shared/wire.ts';
import { idOf, isAddress, parseAddress, withoutPeer } from './addresses.ts';
import { openStream } from './channels/open-stream.ts';
import { BetterPaths } from './dialling/better-paths.ts';
import { mayDialFound, nearnessOf } from './dialling/found-addresses.ts';
import { Punching } from './dialling/punching.ts';
import { Reach } from './dialling/reach.ts';
import { WayDials } from './dialling/way-dials.ts';
import { Discovery } from './discovery/discovery.ts';
import { LAN_TROUBLE, LanDiscovery } from './discovery/lan-discovery.ts';
import { NetworkError } from './errors.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import type { NetworkHandlers, NetworkOptions } from './index.ts';
import { MAX_DIAL_BACK_STREAMS, MAX_STREAMS_PER_LINK } from './limits.ts';
import { answerAdmitted } from './links/admitted-streams.ts';
import type { Answer } from './links/admitted-streams.ts';
import type { LinkPulses } from './links/link-pulse.ts';
import type { Links } from './links/links.ts';
import type { NetworkChange, NetworkChanges } from './links/network-changes.ts';
import { pathOf } from './links/path.ts';
import type { PeerTable } from './links/peer-table.ts';
import { listenOn } from './node/listening.ts';
import { createNode } from './node/node.ts';
import type { NodeParts } from './node/node.ts';
import { OwnReach } from './reachability/own-reach.ts';
import { PortMapper } from './reachability/port-mapping.ts';
import { Relaying } from './relays/relaying.ts';
import { serverText } from './relays/stun-servers.ts';
import type { DialTarget, LinkConnection, Transport, TransportOwner } from './transport.ts';

/** What a person has switched on, as it is when the transport starts. */
export interface Libp2pSettings {
  mdns: boolean;
  dht: boolean;
  gossip: boolean;
  relays: boolean;
  stun: readonly string[];
}

export interface Libp2pModules {
  readonly owner: TransportOwner;
  readonly gatekeeper: Gatekeeper;
  readonly peers: PeerTable;
  readonly links: Links;
  readonly pulses: LinkPulses;
  readonly changes: NetworkChanges;
  readonly handlers: NetworkHandlers;
  /** Streams of these are answered by what the owner gives for them. */
  readonly protocols: ReadonlyMap<string, { readonly maxInboundStreams: number }>;
  /** A contact, or of the bootstrap list. */
  isKept(peerId: PeerId): boolean;
  foundOnLan(peerId: PeerId, addresses: readonly string[]): void;
  /** `evidence` has something new. */
  onEvidence(): void;
}

/**
 * One libp2p node, and all that only libp2p has: discovery by mDNS and tables, gossip, relays, punching, port mapping and
 * what comes of them for our reachability. Made anew each time that it is switched on.
 */
export class Libp2pTransport implements Transport {
  readonly name = 'libp2p';
  /** One more connection, by a way that is given. */
  readonly ways: WayDials;
  readonly #options: NetworkOptions;
  readonly #settings: Libp2pSettings;
  readonly #modules: Libp2pModules;
  readonly #reach: Reach;
  readonly #relaying: Relaying;
  readonly #routers: PortMapper | null;
  readonly #ownReach: OwnReach;
  readonly #punching: Punching;
  readonly #betterPaths: BetterPaths;
  #discovery: Discovery | null = null;
  #lan: LanDiscovery | null = null;
  #knownMapping: NatMapping = 'unknown';
  #node: Libp2p | null = null;
  #parts: NodeParts | null = null;
  #addresses: string[] = [];
  #stopped = false;

  constructor(options: NetworkOptions, settings: Libp2pSettings, modules: Libp2pModules) {
    this.#options = options;
    this.#settings = settings;
    this.#modules = modules;
    const { gatekeeper, peers, links, handlers, owner } = modules;
    this.#reach = new Reach({
      gatekeeper,
      peers,
      links,
      node: () => (this.#stopped ? null : this.#node),
      transports: () => this.#parts?.transportManager ?? null,
      lookUp: async (peerId, signal) =>
        this.#settings.dht ? ((await this.#discovery?.whereIs(peerId, signal)) ?? []) : [],
      isOurs: (peerId) => this.#isOurs(peerId),
      isOwnRelay: (peerId) => modules.isKept(peerId) || this.#relaying.isReserved(peerId),
      onRelay: (relay, wanted) => {
        if (modules.isKept(wanted) || peers.get(wanted)?.chosen === true) this.choose(relay);
      },
    });
    this.#punching = new Punching({
      components: () => {
        if (this.#parts === null) throw new NetworkError('STOPPED', 'The network is not running.');
        return this.#parts;
      },
      stunServers: () => this.#relaying.stunServers().map(serverText),
      admits: (peerId) => this.#settings.relays && owner.admits(peerId),
      running: () => gatekeeper.running,
      onUnavailable: () => {
        const text = 'Holes cannot be punched from this machine: WebRTC is not available on it.';
        owner.notify({ id: 'webrtc', level: 'info', text });
      },
    });
    this.ways = new WayDials({ peers, reach: this.#reach, punching: this.#punching });
    this.#betterPaths = new BetterPaths({
      peers,
      links,
      reach: this.#reach,
      punching: this.#punching,
      wanted: (peerId) => this.#wantsBetterPath(peerId),
      isOurs: (peerId) => this.#isOurs(peerId),
      mapping: () => this.mapping,
    });
    this.#relaying = new Relaying(
      { ...options, stun: settings.stun, relays: settings.relays },
      {
        peers,
        isContact: (peerId) => handlers.isContact(peerId),
        isKept: (peerId) => modules.isKept(peerId),
        notify: (notice) => owner.notify(notice),
        frozen: () => gatekeeper.frozen,
        changed: () => {
          this.#ownReach.changed();
          this.#punching.serversChanged();
          if (this.#relaying.relays().some(({ state }) => state === 'reserved')) this.#expectPunches();
          // libp2p takes in what a relay gave before the next turn, and tells of it a second later.
          queueMicrotask(() => this.#tellAddresses());
        },
      },
    );
    this.#routers =
      options.upnp === true
        ? new PortMapper({
            description: 'Gatehouse',
            frozen: () => gatekeeper.frozen,
            listening: () => this.#parts?.transportManager.getAddrs().map(String) ?? [],
            changed: () => this.#ownReach.changed(),
          })
        : null;
    this.#ownReach = new OwnReach({
      node: () => (this.#stopped ? null : this.#parts),
      peers,
      routers: this.#routers,
      announced: options.announce ?? [],
      autoNat: options.upnp === true && options.relayServer === undefined,
      stunServers: () => this.#relaying.stunServers().map(serverText),
      relays: () => this.#relaying.relays(),
      addresses: () => this.#addresses,
      online: () => modules.changes.online,
      isContact: (peerId) => handlers.isContact(peerId),
      isKept: (peerId) => modules.isKept(peerId),
      admits: (peerId) => !this.#stopped && owner.admits(peerId),
      running: () => gatekeeper.running,
      adopt: (connection) => this.#onLink(connection),
      onEvidence: () => this.#onEvidence(),
    });
  }

  async start(): Promise<void> {
    const { modules, options } = { modules: this.#modules, options: this.#options };
    const { owner, gatekeeper, peers } = modules;
    const gater = {
      ...gatekeeper.asGater(
        (peerId) => owner.admits(peerId),
        (peerId) => (peers.get(peerId)?.links.length ?? 0) > 0,
        (address) => mayDialFound(address, nearnessOf(this.#node?.getConnections() ?? [])),
      ),
      ...this.#relaying.gater(),
    };
    const created = await createNode({
      identity: options.identity,
      userAgent: options.userAgent,
      gater,
      dht: options.dht !== undefined,
      gossip: options.gossip !== undefined,
      upnp: this.#routers,
      autoNat: this.#ownReach.autoNat(),
      announce: options.announce ?? [],
      pulses: modules.pulses,
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
    const admitted = (answer: Answer): StreamHandler =>
      answerAdmitted(answer, (...from) => this.#answers(...from));
    const limits = { runOnLimitedConnection: true, maxOutboundStreams: MAX_STREAMS_PER_LINK };
    for (const [protocol, { maxInboundStreams }] of modules.protocols) {
      const answer: Answer = async (stream, connection, peerId) => {
        const answers = owner.answerTo(protocol);
        if (answers === null) stream.abort(new NetworkError('REFUSED', 'This is not answered here.'));
        else await answers(stream, connection, peerId);
      };
      await node.handle(protocol, admitted(answer), { ...limits, maxInboundStreams });
    }
    await node.handle(DIAL_BACK_PROTOCOL, admitted(this.#ownReach.answer.bind(this.#ownReach)), {
      ...limits,
      maxInboundStreams: MAX_DIAL_BACK_STREAMS,
    });
    this.#discovery = new Discovery({
      created,
      dht: this.#settings.dht,
      gatekeeper,
      peers,
      handlers: modules.handlers,
      openStream,
      admitted,
    });
    await this.#discovery.register();
    await node.start();
    this.#discovery.start(this.#settings.gossip);
    if (!quic) {
      const text = 'QUIC is not available on this machine; TCP and WebSocket are.';
      owner.notify({ id: 'quic', level: 'info', text });
    }
    await listenOn(this.#parts.transportManager, options.listen, (notice) => owner.notify(notice));
    this.#tellAddresses();
    await this.#relaying.start(node, this.#parts, admitted);
    this.#ownReach.start();
    this.#lan = new LanDiscovery(options.lan ?? {}, {
      addresses: () => this.#addresses,
      interfaces: () => modules.changes.interfaces(),
      onPeer: (peerId, addresses) => modules.foundOnLan(peerId, addresses),
      frozen: () => gatekeeper.frozen,
      onTrouble: () => this.#modules.owner.notify(LAN_TROUBLE),
    });
    if (this.#settings.mdns) await this.setMdns(true);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#ownReach.stop();
    this.#betterPaths.stop();
    await this.#punching.stop();
    await this.#relaying.stop();
    await this.#discovery?.stop();
    await this.#lan?.set(false);
    await this.#node?.stop();
    this.#addresses = [];
  }

  /** After the last one of this process. */
  async release(): Promise<void> {
    await this.#punching.release();
  }

  addresses(): string[] {
    return [...this.#addresses];
  }

  dials(address: string): boolean {
    return isAddress(address);
  }

  async dial(target: DialTarget, options: { signal: AbortSignal }): Promise<LinkConnection> {
    const [first] = target.addresses.filter((address) => this.dials(address));
    const peerId = target.peerId ?? (first === undefined ? null : parseAddress(first).peerId);
    if (peerId === null) throw new NetworkError('UNREACHABLE', 'No address of this peer is known.');
    const { peers, links } = this.#modules;
    const peer = peers.get(peerId) ?? peers.see(peerId, 'dialled');
    const routes = target.addresses.filter((address) => this.dials(address)).map((text) => multiaddr(text));
    if (target.another === true) return await this.#reach.another(peerId, routes, options.signal);
    await this.#reach.by(peer, routes, options.signal);
    const link = links.best(peerId, 'libp2p');
    if (link === undefined) throw new NetworkError('UNREACHABLE', 'The link to the peer was lost again.');
    return link.connection;
  }

  /** Links, and what is there for a test only. */
  connections(peerId?: PeerId): Connection[] {
    return this.#node?.getConnections(peerId === undefined ? undefined : peerIdFromString(peerId)) ?? [];
  }

  /** By all addresses that are known, and, where a person wants it and none answers, by those that others know. */
  async dialKnown(peerId: PeerId, how: 'wanted' | 'found' | 'kept', signal: AbortSignal): Promise<void> {
    const { peers } = this.#modules;
    const peer = peers.get(peerId) ?? peers.see(peerId, 'dht');
    if (how === 'kept') await this.#reach.known(peerId, signal);
    else if (how === 'found') await this.#reach.found(peer, signal);
    else await this.#reach.knownOrLookedUp(peer, signal);
  }

  /** Opens another connection along the same way as a link that there is. */
  async dialAgain(peerId: PeerId, connection: LinkConnection, signal: AbortSignal): Promise<void> {
    const node = this.#stopped ? null : this.#node;
    if (node === null) return;
    const options = { force: true, signal };
    await this.#modules.gatekeeper.intending(peerId, () => node.dial(connection.remoteAddr, options));
  }

  /** From now on it may be our relay, and is believed as one. */
  choose(peerId: PeerId): void {
    const peer = this.#modules.peers.get(peerId);
    if (peer === undefined || peer.chosen) return;
    peer.chosen = true;
    this.#relaying.look();
  }

  /** Who is kept has changed. */
  keptChanged(): void {
    this.#relaying.look();
  }

  /** Another link of the peer is the best now. */
  bestChanged(peerId: PeerId): void {
    this.#betterPaths.look(peerId);
  }

  async setMdns(enabled: boolean): Promise<void> {
    await this.#lan?.set(enabled);
  }

  setDht(enabled: boolean): void {
    this.#discovery?.setDht(enabled);
  }

  setGossip(enabled: boolean): void {
    this.#discovery?.setGossip(enabled);
  }

  setRelays(enabled: boolean): void {
    // It fails only where the node does not run, which has no relays either.
    this.#relaying.set(enabled).catch(() => undefined);
  }

  setStun(servers: readonly string[]): void {
    this.#relaying.setStun(servers);
    this.#ownReach.changed();
  }

  publish(announcement: string): void {
    this.#discovery?.publish(announcement);
  }

  provide(capabilities: readonly Capability[]): void {
    this.#discovery?.provide(capabilities);
  }

  async providersOf(capability: Capability, signal: AbortSignal): Promise<PeerId[]> {
    return (await this.#discovery?.providersOf(capability, signal)) ?? [];
  }

  frozen(): void {
    this.#ownReach.changed();
  }

  unfrozen(): void {
    void this.#ownReach.askStun();
    void this.#routers?.check();
    this.#lan?.networkChanged();
    this.#ownReach.changed();
  }

  networkChanged({ added, removed }: NetworkChange): void {
    if (this.#stopped) return;
    // Those who listen on every interface follow by themselves; libp2p looks at their addresses when told to.
    const [listener] = this.#parts?.transportManager.getListeners() ?? [];
    if (added.length + removed.length > 0 && listener !== undefined) {
      this.#parts?.events.safeDispatchEvent('transport:listening', { detail: listener });
    }
    this.#tellAddresses();
    this.#betterPaths.hurryAll();
    this.#lan?.networkChanged();
    this.#ownReach.networkChanged();
  }

  evidence(): ReachEvidence {
    return this.#ownReach.evidence();
  }

  async testReach(signal: AbortSignal): Promise<string> {
    return await this.#ownReach.test(signal);
  }

  relayView(): RelayView | null {
    return this.#relaying.view();
  }

  /** How the router maps UDP. */
  get mapping(): NatMapping {
    return this.#ownReach.mapping;
  }

  /** A peer said how its router maps UDP. */
  natTold(peerId: PeerId): void {
    this.#betterPaths.tell(peerId);
  }

  /** A dial-back tells by itself what it answers on a connection that is there for a test. */
  #answers(peerId: PeerId, { protocol }: Stream, connection: Connection): boolean {
    if (!this.#modules.gatekeeper.admits(peerId)) return false;
    return protocol === DIAL_BACK_PROTOCOL || this.#ownReach.isLink(connection);
  }

  #onEvidence(): void {
    this.#modules.onEvidence();
    if (this.mapping === this.#knownMapping) return;
    this.#knownMapping = this.mapping;
    // Holes may be punched now that could not be, and there are other words for those that cannot.
    this.#betterPaths.hurryAll();
  }

  /** Chosen by the person here, or seen on our own network. */
  #isOurs(peerId: PeerId): boolean {
    if (this.#modules.isKept(peerId)) return true;
    const foundBy = this.#modules.peers.get(peerId)?.foundBy;
    return foundBy === 'dialled' || foundBy === 'mdns' || foundBy === 'contact';
  }

  /** Those that a look-up asked on its way are left as they are. */
  #wantsBetterPath(peerId: PeerId): boolean {
    const peer = this.#modules.peers.get(peerId);
    if (this.#options.betterPaths === false) return false;
    if (peer === undefined || peer.speaksGatehouse === false || !this.#modules.owner.admits(peerId))
      return false;
    return this.#isOurs(peerId) || peer.links.some(({ connection }) => connection.direction === 'inbound');
  }

  /** Loads what WebRTC needs, where a relay is in use. */
  #expectPunches(): void {
    // Where it cannot be had, a notice says so.
    if (this.#settings.relays && !this.#stopped) void this.#punching.prepare();
  }

  #onLinkOpen(connection: Connection): void {
    // No call may run over one that is there for a test only.
    if (this.#ownReach.claims(connection)) return;
    const peerId = idOf(connection.remotePeer);
    // It was let in a moment before the person disconnected the peer.
    if (peerId !== null && !this.#modules.owner.admits(peerId))
      connection.abort(new NetworkError('REFUSED', 'No link is wanted.'));
    else this.#onLink(connection);
  }

  #onLink(connection: Connection): void {
    this.#modules.owner.opened(connection);
    const peerId = idOf(connection.remotePeer);
    if (peerId === null) return;
    this.#ownReach.linked(connection, peerId);
    if (pathOf(connection.remoteAddr) === 'relayed') this.#expectPunches();
    this.#betterPaths.look(peerId);
  }

  #onLinkClosed(connection: Connection): void {
    this.#relaying.closed(connection);
    this.#modules.owner.closed(connection);
  }

  #onIdentified(result: IdentifyResult): void {
    const peerId = idOf(result.peerId);
    if (peerId === null || this.#ownReach.isTest(result.connection)) return;
    if (this.#modules.peers.get(peerId) === undefined) return;
    this.#relaying.identified(peerId, result);
    this.#ownReach.identified(peerId, result);
    const before = this.#modules.peers.get(peerId)?.addresses ?? [];
    const addresses = result.listenAddrs.map(withoutPeer);
    this.#modules.owner.introduced(result.connection, {
      software: result.agentVersion?.slice(0, 200) ?? null,
      speaksGatehouse: result.protocols.includes(MCP_PROTOCOL),
      addresses,
    });
    this.#betterPaths.learned(
      peerId,
      addresses.some((address) => !before.includes(address)),
    );
  }

  #tellAddresses(): void {
    if (this.#node === null || this.#parts === null || this.#stopped) return;
    const suffix = `/p2p/${this.#options.identity.peerId}`;
    const all = [...this.#parts.transportManager.getAddrs(), ...this.#node.getMultiaddrs()].map(withoutPeer);
    // Link-local IPv6 needs the name of an interface, which differs from machine to machine.
    const addresses = [...new Set(all)]
      .filter((address) => !address.startsWith('/ip6/fe80'))
      .map((address) => address + suffix);
    if (addresses.join(' ') === this.#addresses.join(' ')) return;
    this.#addresses = addresses;
    this.#modules.owner.addressesChanged();
  }
}
