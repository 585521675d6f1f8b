import type { Stream } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import type { ReachEvidence } from '../../../../shared/reachability.ts';
import { HELLO_TIMEOUT_MS } from '../../../../shared/wire.ts';
import { PeerRate } from '../../peer-rate.ts';
import { idOf } from '../addresses.ts';
import { answerAnnouncements } from '../discovery/announcements-protocol.ts';
import { LAN_TROUBLE } from '../discovery/lan-discovery.ts';
import { NetworkError } from '../errors.ts';
import type { Gatekeeper } from '../gatekeeper.ts';
import type { NetworkHandlers, NetworkOptions, WebSocketTls } from '../index.ts';
import type { NetworkChanges } from '../links/network-changes.ts';
import { transportNameOf } from '../links/path.ts';
import type { PeerTable } from '../links/peer-table.ts';
import type { Reconnection } from '../links/reconnection.ts';
import { LegacyOffers } from '../switching/legacy-offers.ts';
import { StaticPeers } from '../switching/static-peers.ts';
import type { LinkConnection, Transport, TransportOwner } from '../transport.ts';
import { DawnDialler } from './dawn/dawn-dialling.ts';
import { DawnDiscovery } from './dawn/dawn-discovery.ts';
import { DawnService } from './dawn/dawn-service.ts';
import { parseWebSocketAddress } from './web-socket-address.ts';
import { WebSocketTransport } from './web-socket-transport.ts';

/** How often a peer is told all announcements, which may be two megabytes. */
const MAX_ANSWERS = 6;
const ANSWERS_WINDOW_MS = 60_000;
const MAX_ASKERS = 1200;

export interface WebSocketSideModules {
  readonly owner: TransportOwner;
  readonly peers: PeerTable;
  readonly gatekeeper: Gatekeeper;
  readonly changes: NetworkChanges;
  readonly reconnection: Reconnection;
  readonly handlers: NetworkHandlers;
  mdns(): boolean;
  gossip(): boolean;
  libp2pRuns(): boolean;
  /** What came over WebSocket is news for those whom libp2p reaches. */
  onNews(announcement: string): void;
}

/** The WebSocket transport, made anew each time that it is switched on, and what goes with it: Dawn's methods, its discovery, the list of peers. */
export class WebSocketSide {
  readonly #options: NetworkOptions;
  readonly #modules: WebSocketSideModules;
  readonly #service: DawnService;
  readonly #dialler: DawnDialler;
  readonly #legacyOffers: LegacyOffers;
  readonly #static: StaticPeers;
  readonly #discovery: DawnDiscovery;
  readonly #answered = new PeerRate({
    most: MAX_ANSWERS,
    windowMs: ANSWERS_WINDOW_MS,
    maxPeers: MAX_ASKERS,
  });
  #listen: readonly string[];
  #tls: WebSocketTls | null;
  /** The peers of the list, and their addresses as text. */
  #kept = new Map<PeerId, string>();
  #transport: WebSocketTransport | null = null;

  constructor(options: NetworkOptions, modules: WebSocketSideModules) {
    this.#options = options;
    this.#modules = modules;
    this.#listen = options.webSocketListen ?? [];
    this.#tls = options.webSocketTls ?? null;
    const { dawnPatienceMs } = options;
    this.#service = new DawnService(
      {
        nodeId: options.identity.dawnNodeId,
        handlers: modules.handlers,
        addresses: () => this.#transport?.addresses() ?? [],
        peers: (to) => this.#discovery.peers(to),
        linked: () => this.#transport?.connections().length ?? 0,
        gossip: (from, announcement) => this.#discovery.hear(from, announcement),
      },
      dawnPatienceMs === undefined ? {} : { patienceMs: dawnPatienceMs },
    );
    this.#legacyOffers = new LegacyOffers(modules.peers);
    this.#dialler = new DawnDialler({
      mayBeLegacy: (peerId) => {
        const facts = modules.peers.get(peerId)?.facts;
        return facts?.legacyAllowed === true && !facts.speaksGatehouse;
      },
      offersLegacy: (peerId, isNamed) => this.#legacyOffers.add(peerId, isNamed),
    });
    this.#static = new StaticPeers({
      peerIn: (address) => this.peerIn(address),
      dial: (address, signal) => this.#find(address, signal),
      keep: (peers) => this.#keep(peers),
      ...(options.backoffMs === undefined ? {} : { backoffMs: options.backoffMs }),
    });
    this.#discovery = new DawnDiscovery({
      own: { peerId: options.identity.peerId, nodeId: options.identity.dawnNodeId },
      handlers: modules.handlers,
      addresses: () => this.#transport?.addresses() ?? [],
      interfaces: () => modules.changes.interfaces(),
      frozen: () => modules.gatekeeper.frozen,
      connections: () => this.#links(),
      listeners: () => this.#listeners(),
      onPeer: (peerId, address, foundBy) => this.#onFound(peerId, address, foundBy),
      onNews: (announcement) => modules.onNews(announcement),
      // libp2p's own search says so where it runs, and nobody can do anything about it twice.
      onTrouble: () => {
        if (!modules.libp2pRuns()) modules.owner.notify(LAN_TROUBLE);
      },
      ...(options.lan === undefined ? {} : { lan: options.lan }),
    });
  }

  create(): Transport {
    this.#transport = new WebSocketTransport(
      {
        identity: this.#options.identity,
        listen: this.#listen,
        tls: this.#tls,
        softwareName: this.#options.userAgent,
        dawnMethods: this.#service,
        dawnDialling: this.#dialler,
      },
      this.#modules.owner,
    );
    return this.#transport;
  }

  /** Links that there are stay. The same again looks whether the certificate was renewed, or what failed works now. */
  async setListen(listen: readonly string[], tls: WebSocketTls | null): Promise<void> {
    const before = JSON.stringify([this.#listen, this.#tls]);
    this.#listen = listen;
    this.#tls = tls;
    const transport = this.#transport;
    const isAsItWas = JSON.stringify([listen, tls]) === before && transport?.problem === null;
    if (isAsItWas) await transport.renewCertificate();
    else await transport?.listenOn(listen, tls);
  }

  setPeers(addresses: readonly string[]): void {
    this.#static.set(addresses);
    this.#discovery.setListed(addresses);
  }

  /** Who is named at the end of an address, by peer id or by Dawn node id. */
  peerIn(address: string): PeerId | null {
    return parseWebSocketAddress(address)?.peerId ?? null;
  }

  /** Where others may dial us; loopback only where there is nothing else. */
  advertised(): string[] {
    const all = (this.#transport?.addresses() ?? []).map((address) => address.replace(/#.*$/, ''));
    const elsewhere = all.filter((address) => !/^wss?:\/\/(127\.|\[::1\]|localhost)/.test(address));
    return elsewhere.length > 0 ? elsewhere : all;
  }

  /** Links of those who know no channels with calls under way: of Dawn-style callers, or to Dawn nodes. */
  busy(leaves: (connection: LinkConnection) => boolean): number {
    return this.#links().filter(
      (connection) =>
        leaves(connection) && (this.#service.busy(connection) || connection.dawn?.busy === true),
    ).length;
  }

  /** Nothing new of ours begins on these links, as far as they lead to Dawn nodes. */
  retire(leaves: (connection: LinkConnection) => boolean): void {
    for (const connection of this.#links()) if (leaves(connection)) connection.dawn?.retire();
  }

  /** Told whenever `busy` may have become less. @returns what ends it */
  onIdle(listener: () => void): () => void {
    const ends = [this.#service.onIdle(listener), this.#dialler.onIdle(listener)];
    return () => {
      for (const end of ends) end();
    };
  }

  /** The transport was switched on or off, or what it is found by was. */
  async discoveryChanged(running: boolean): Promise<void> {
    this.#static.setRunning(running);
    const mdns = running && this.#modules.mdns();
    const gossip = running && this.#modules.gossip();
    await this.#discovery.set({ mdns, gossip });
  }

  linked(connection: LinkConnection): void {
    this.#discovery.linked(connection);
  }

  lost({ remotePeer }: LinkConnection): void {
    const peerId = idOf(remotePeer);
    const stays = this.#links().some((connection) => connection.remotePeer.equals(remotePeer));
    if (peerId !== null && !stays) this.#discovery.left(peerId);
  }

  networkChanged(): void {
    this.#static.hurry();
    this.#discovery.networkChanged();
  }

  hurry(): void {
    this.#static.hurry();
  }

  /** @param from who told it, over libp2p; null: it is ours */
  publish(announcement: string, from: PeerId | null = null): void {
    this.#discovery.publish(announcement, from);
  }

  /** Answers `/gatehouse/announce/1.0.0`. */
  takeAnnouncements(stream: Stream, connection: LinkConnection, peerId: PeerId): void {
    this.#discovery.answer(stream, connection, peerId);
  }

  async answerAnnouncements(stream: Stream, peerId: PeerId): Promise<void> {
    if (!this.#modules.gossip() || !this.#answered.admit(peerId, performance.now()))
      stream.abort(new Error('Not answered.'));
    else await answerAnnouncements(stream, this.#modules.handlers, HELLO_TIMEOUT_MS);
  }

  /** What is known of how we can be reached, while only this transport runs: nothing is tested. */
  evidence(): ReachEvidence {
    return {
      online: this.#modules.changes.online,
      addresses: [],
      routers: [],
      mapping: 'unknown',
      externalIps: [],
      relays: [],
    };
  }

  async stop(): Promise<void> {
    this.#static.stop();
    this.#legacyOffers.stop();
    await this.#discovery.set({ mdns: false, gossip: false });
  }

  /** Those of peers; what was made for a comparison is none. */
  #links(): LinkConnection[] {
    return this.#modules.peers
      .linked()
      .flatMap(({ links }) => links.map(({ connection }) => connection))
      .filter((connection) => transportNameOf(connection) === 'websocket');
  }

  /** Gatehouses to which no link of libp2p goes that its gossip would run on. */
  #listeners(): LinkConnection[] {
    return this.#modules.peers.linked().flatMap(({ links }) => {
      const connections = links.map(({ connection }) => connection);
      const isReached = connections.some(
        (connection) => transportNameOf(connection) === 'libp2p' && connection.limits === undefined,
      );
      const own = connections.find(({ gossip, status }) => gossip !== undefined && status === 'open');
      return isReached || own === undefined ? [] : [own];
    });
  }

  /** What gossip says of a peer adds nothing to what is known of it: a rumour must not lead to a dial. */
  #onFound(peerId: PeerId, address: string, foundBy: 'mdns' | 'gossip'): void {
    const { peers, reconnection } = this.#modules;
    if (foundBy === 'mdns') reconnection.foundOnLan(peerId, [address]);
    else if (peers.get(peerId) === undefined) peers.addAddresses(peers.see(peerId, 'gossip'), [address]);
  }

  async #find(address: string, signal: AbortSignal): Promise<PeerId> {
    if (this.#transport === null) throw new NetworkError('STOPPED', 'WebSocket is switched off here.');
    const { remotePeer } = await this.#transport.dial({ peerId: null, addresses: [address] }, { signal });
    const peerId = idOf(remotePeer);
    if (peerId === null) throw new NetworkError('REFUSED', 'Only Ed25519 peers are linked.');
    return peerId;
  }

  #keep(peers: ReadonlyMap<PeerId, readonly string[]>): void {
    const { reconnection } = this.#modules;
    for (const peerId of this.#kept.keys()) if (!peers.has(peerId)) reconnection.release(peerId, 'static');
    for (const [peerId, addresses] of peers) {
      if (this.#kept.get(peerId) !== addresses.join(' ')) reconnection.keep(peerId, 'static', addresses);
    }
    this.#kept = new Map([...peers].map(([peerId, addresses]) => [peerId, addresses.join(' ')]));
  }
}
