import type { Stream } from '@libp2p/interface';
import type { PeerId } from '../../../../../shared/ids.ts';
import type { FoundBy } from '../../../../../shared/peers.ts';
import { idOf } from '../../addresses.ts';
import { openStream } from '../../channels/open-stream.ts';
import { CatchingUp } from '../../discovery/catching-up.ts';
import { LanDiscovery, type LanDiscoveryOptions } from '../../discovery/lan-discovery.ts';
import type { NetworkHandlers } from '../../index.ts';
import type { OwnInterface } from '../../links/network-changes.ts';
import type { LinkConnection } from '../../transport.ts';
import { parseWebSocketAddress } from '../web-socket-address.ts';
import { AnnouncementFlood } from './announcement-flood.ts';
import { DawnGossip } from './dawn-gossip.ts';
import { DawnHints } from './dawn-hints.ts';
import { asWebSocket, dawnLanService, fromWebSocket } from './dawn-lan-records.ts';
import type { DawnPeer } from './dawn-service.ts';

/** Of what a peer told us at once, this much is passed on. */
const MAX_PASSED_ON = 100;

export interface DawnDiscoveryParts {
  readonly own: { readonly peerId: PeerId; readonly nodeId: string };
  readonly handlers: Pick<NetworkHandlers, 'announcement' | 'announcements' | 'isContact'>;
  /** Where the transport listens, loopback included. */
  addresses(): readonly string[];
  interfaces(): readonly OwnInterface[];
  frozen(): boolean;
  /** Links of the WebSocket transport. */
  connections(): readonly LinkConnection[];
  /** Links to Gatehouses that libp2p's gossip does not reach, one for each peer. */
  listeners(): readonly LinkConnection[];
  /** Somebody, or itself by multicast, tells of a peer; `ws://host:port`. Nobody is dialled for what gossip says. */
  onPeer(peerId: PeerId, address: string, foundBy: Extract<FoundBy, 'mdns' | 'gossip'>): void;
  /** News that those who are reached by libp2p have not heard from us. */
  onNews(announcement: string): void;
  onTrouble(): void;
  /** Other than Dawn's own, for tests. */
  readonly lan?: LanDiscoveryOptions;
  readonly gossipEveryMs?: number;
}

export interface DawnDiscoveryState {
  readonly mdns: boolean;
  readonly gossip: boolean;
}

/** How those who run the WebSocket transport find each other, and hear what is announced. */
export class DawnDiscovery {
  readonly #parts: DawnDiscoveryParts;
  readonly #hints: DawnHints;
  readonly #gossip: DawnGossip;
  readonly #flood: AnnouncementFlood;
  readonly #lan: LanDiscovery;
  #catchingUp: CatchingUp | null = null;

  constructor(parts: DawnDiscoveryParts) {
    this.#parts = parts;
    this.#hints = new DawnHints((peerId) => parts.handlers.isContact(peerId));
    this.#gossip = new DawnGossip(
      {
        own: parts.own,
        hints: this.#hints,
        announcements: () => parts.handlers.announcements(),
        say: (textFor) => this.#say(textFor),
        isContact: (peerId) => parts.handlers.isContact(peerId),
        onPeer: (peerId, address) => parts.onPeer(peerId, address, 'gossip'),
      },
      parts.gossipEveryMs,
    );
    this.#flood = new AnnouncementFlood({
      handlers: parts.handlers,
      listeners: () => parts.listeners(),
      onNews: (announcement) => parts.onNews(announcement),
    });
    this.#lan = new LanDiscovery(parts.lan ?? {}, {
      service: dawnLanService(parts.own.nodeId),
      addresses: () => this.#multiaddrs(),
      interfaces: () => parts.interfaces(),
      onPeer: (peerId, addresses) => {
        for (const address of addresses) {
          const place = asWebSocket(address);
          if (place !== null) parts.onPeer(peerId, place.url, 'mdns');
        }
      },
      frozen: () => parts.frozen(),
      onTrouble: () => parts.onTrouble(),
    });
  }

  /** What runs from now on; all of it off is a stop. */
  async set({ mdns, gossip }: DawnDiscoveryState): Promise<void> {
    this.#gossip.set(gossip);
    if (!gossip) {
      this.#catchingUp?.stop();
      this.#catchingUp = null;
      this.#flood.stop();
    } else if (this.#catchingUp === null) {
      this.#catchingUp = new CatchingUp({
        handlers: this.#parts.handlers,
        openStream,
        onNews: (news, from) => this.#passOn(news, from),
      });
      for (const connection of this.#parts.connections()) this.linked(connection);
    }
    await this.#lan.set(mdns);
  }

  networkChanged(): void {
    this.#lan.networkChanged();
  }

  /** A link to a Gatehouse is open: it is asked for what was announced before. Others have nothing to say. */
  linked(connection: LinkConnection): void {
    const peerId = idOf(connection.remotePeer);
    // What answers in plain text may be anybody.
    const isProven = connection.direction === 'outbound' && connection.kind?.path !== 'legacy';
    if (isProven && peerId !== null) this.#hints.met(peerId, connection.kind?.address ?? '');
    if (connection.gossip !== undefined) this.#catchingUp?.ask(connection);
  }

  /** The last link of this transport to a peer is gone. */
  left(peerId: PeerId): void {
    this.#catchingUp?.left(peerId);
  }

  /** The list of peers that the person gave, as `ws://` addresses; those that name nobody tell nothing. */
  setListed(addresses: readonly string[]): void {
    const listed = addresses
      .map(parseWebSocketAddress)
      .flatMap((parsed) => (parsed?.peerId == null ? [] : [[parsed.peerId, parsed.url] as const]));
    this.#hints.setListed(new Map(listed));
  }

  /** Whom this peer may be told of. */
  peers(to: PeerId): DawnPeer[] {
    return this.#hints.told(to);
  }

  /** Dawn's gossip, from whoever speaks the strict wire. Never throws. */
  hear(from: PeerId, announcement: unknown): void {
    if (!this.#parts.frozen()) this.#gossip.hear(from, announcement);
  }

  /** Tells an announcement of ours, or one that came by libp2p from `except`. */
  publish(announcement: string, except: PeerId | null = null): void {
    if (this.#gossip.enabled) this.#flood.tell(announcement, except);
  }

  /** Answers `/gatehouse/announce/1.0.0`. */
  answer(stream: Stream, connection: LinkConnection, peerId: PeerId): void {
    if (this.#gossip.enabled) this.#flood.answer(stream, connection, peerId);
    else stream.abort(new Error('Nothing is listened to.'));
  }

  #passOn(news: readonly string[], from: PeerId): void {
    for (const text of news.slice(0, MAX_PASSED_ON)) {
      this.#flood.tell(text, from);
      this.#parts.onNews(text);
    }
  }

  #say(textFor: (peerId: PeerId) => string): void {
    if (this.#parts.frozen()) return;
    const told = new Set<PeerId>();
    for (const connection of this.#parts.connections()) {
      const peerId = idOf(connection.remotePeer);
      if (connection.direction !== 'outbound' || connection.status !== 'open') continue;
      if (connection.gossip === undefined || peerId === null || told.has(peerId)) continue;
      told.add(peerId);
      connection.gossip(textFor(peerId));
    }
  }

  #multiaddrs(): string[] {
    return this.#parts
      .addresses()
      .map((address) => fromWebSocket(address, ''))
      .filter((address) => address !== null)
      .map(String);
  }
}
