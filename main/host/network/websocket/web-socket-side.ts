import type { Stream } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import type { ReachEvidence } from '../../../../shared/reachability.ts';
import { HELLO_TIMEOUT_MS } from '../../../../shared/wire.ts';
import { PeerRate } from '../../peer-rate.ts';
import { idOf } from '../addresses.ts';
import { answerAnnouncements } from '../discovery/announcements-protocol.ts';
import { NetworkError } from '../errors.ts';
import type { Gatekeeper } from '../gatekeeper.ts';
import type { NetworkHandlers, NetworkOptions, WebSocketTls } from '../index.ts';
import type { NetworkChanges } from '../links/network-changes.ts';
import type { PeerTable } from '../links/peer-table.ts';
import type { Reconnection } from '../links/reconnection.ts';
import { StaticPeers } from '../switching/static-peers.ts';
import type { LinkConnection, Transport, TransportOwner } from '../transport.ts';
import { DawnDialler } from './dawn/dawn-dialling.ts';
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
}

/** The WebSocket transport, made anew each time that it is switched on, and what goes with it: Dawn's methods, its discovery, the list of peers. */
export class WebSocketSide {
  readonly #options: NetworkOptions;
  readonly #modules: WebSocketSideModules;
  readonly #service: DawnService;
  readonly #dialler: DawnDialler;
  readonly #static: StaticPeers;
  readonly #answered = new PeerRate({
    most: MAX_ANSWERS,
    windowMs: ANSWERS_WINDOW_MS,
    maxPeers: MAX_ASKERS,
  });
  #listen: readonly string[];
  #tls: WebSocketTls | null;
  #kept = new Set<PeerId>();
  #transport: WebSocketTransport | null = null;

  constructor(options: NetworkOptions, modules: WebSocketSideModules) {
    this.#options = options;
    this.#modules = modules;
    this.#listen = options.webSocketListen ?? [];
    this.#tls = options.webSocketTls ?? null;
    this.#service = new DawnService({
      nodeId: options.identity.dawnNodeId,
      handlers: modules.handlers,
      addresses: () => this.#transport?.addresses() ?? [],
      peers: () => [],
      linked: () => this.#transport?.connections().length ?? 0,
      gossip: () => undefined,
    });
    this.#dialler = new DawnDialler({
      mayBeLegacy: (peerId) => {
        const facts = modules.peers.get(peerId)?.facts;
        return facts?.legacyAllowed === true && !facts.speaksGatehouse;
      },
      offersLegacy: (peerId) => this.#onLegacyOffered(peerId),
    });
    this.#static = new StaticPeers({
      peerIn: (address) => this.peerIn(address),
      dial: (address, signal) => this.#find(address, signal),
      keep: (peers) => this.#keep(peers),
      ...(options.backoffMs === undefined ? {} : { backoffMs: options.backoffMs }),
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

  /** Links that there are stay. @throws {NetworkError} where the certificate cannot be used; it listens nowhere then */
  async setListen(listen: readonly string[], tls: WebSocketTls | null): Promise<void> {
    const before = JSON.stringify([this.#listen, this.#tls]);
    this.#listen = listen;
    this.#tls = tls;
    if (JSON.stringify([listen, tls]) !== before) await this.#transport?.listenOn(listen, tls);
  }

  setPeers(addresses: readonly string[]): void {
    this.#static.set(addresses);
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

  /** Calls of Dawn-style callers under way on this link. */
  busy(connection: LinkConnection): boolean {
    return this.#service.busy(connection);
  }

  /** The transport was switched on or off, or what it is found by was. */
  discoveryChanged(running: boolean): void {
    this.#static.setRunning(running);
  }

  networkChanged(): void {
    this.#static.hurry();
  }

  hurry(): void {
    this.#static.hurry();
  }

  publish(_announcement: string): void {}

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

  stop(): void {
    this.#static.stop();
  }

  #onLegacyOffered(peerId: PeerId): void {
    const peer = this.#modules.peers.get(peerId) ?? this.#modules.peers.see(peerId, 'dialled');
    peer.facts.legacyOffered = true;
    this.#modules.peers.changed(peerId);
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
    for (const peerId of this.#kept) if (!peers.has(peerId)) reconnection.release(peerId, 'static');
    for (const [peerId, addresses] of peers) reconnection.keep(peerId, 'static', addresses);
    this.#kept = new Set(peers.keys());
  }
}
