import type { PeerId } from '../../../../shared/ids.ts';
import type { FoundBy, LinkTransport, Path } from '../../../../shared/peers.ts';
import type { NatMapping } from '../../../../shared/reachability.ts';
import { isWebSocketAddress, type Fallback, type TransportName } from '../../../../shared/transports.ts';
import type { NetworkPeer } from '../index.ts';
import { KnownFacts, legacyOf, type PeerFacts } from '../switching/peer-facts.ts';
import type { LinkConnection } from '../transport.ts';
import { compareLinks, relayOf, transportNameOf } from './path.ts';

/** Peers without link or purpose that are remembered; the ones not seen for longest are forgotten first. */
const MAX_PEERS = 2000;
const MAX_ADDRESSES = 16;
const TRANSPORTS: readonly TransportName[] = ['libp2p', 'websocket'];
/** Changes of a peer are told at most this often. */
const CONFLATE_MS = 100;

export interface Link {
  readonly connection: LinkConnection;
  readonly path: Path;
  readonly transport: LinkTransport;
  /** As it is shown. */
  readonly address: string;
  readonly since: number;
  readonly dialledBySmaller: boolean;
  fading: boolean;
  fadedAt?: number;
  /** One of both sides gives it up: nothing new begins on it. */
  leaving: boolean;
  /** The other side asks here, and nothing can be asked of it. */
  readonly asksOnly: boolean;
  rttMs: number | null;
  /** True once the other side has spoken to us; false when it closed the link before that. */
  readonly welcome: PromiseWithResolvers<boolean>;
}

/** All that the network knows of one peer. */
export interface PeerRecord {
  readonly peerId: PeerId;
  foundBy: FoundBy;
  readonly firstSeen: number;
  lastSeen: number;
  /** The best first. */
  links: Link[];
  /** Newest first. */
  addresses: string[];
  /** Where a look-up said that it is, as far as it may be dialled for that: kept apart from what is known. */
  foundAt: readonly string[];
  /** Dialled because somebody here wanted it, or wants one that is reached by way of it. */
  chosen: boolean;
  software: string | null;
  speaksGatehouse: boolean | null;
  /** As it says itself. */
  isRelay: boolean | null;
  pathNote: string | null;
  /** How its router maps UDP, as it says itself. */
  natMapping: NatMapping;
  dialling: boolean;
  nextDialAt: number | null;
  dialError: string | null;
  readonly facts: PeerFacts;
  /** Set while it is linked over WebSocket because libp2p failed. */
  fallback: Fallback | null;
}

/** The peers, bounded, and the conflated news of them. */
export class PeerTable {
  readonly #peers = new Map<PeerId, PeerRecord>();
  readonly #changed = new Set<PeerId>();
  readonly #onChange: (peer: NetworkPeer) => void;
  readonly #mayForget: (peerId: PeerId) => boolean;
  readonly #factsOf: (peerId: PeerId) => PeerFacts;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    onChange: (peer: NetworkPeer) => void,
    mayForget: (peerId: PeerId) => boolean,
    factsOf: (peerId: PeerId) => PeerFacts = (peerId) => new KnownFacts([]).of(peerId),
  ) {
    this.#onChange = onChange;
    this.#mayForget = mayForget;
    this.#factsOf = factsOf;
  }

  get(peerId: PeerId): PeerRecord | undefined {
    return this.#peers.get(peerId);
  }

  /** Also of a peer that is not in the table. */
  factsOf(peerId: PeerId): PeerFacts {
    return this.#peers.get(peerId)?.facts ?? this.#factsOf(peerId);
  }

  all(): NetworkPeer[] {
    return [...this.#peers.values()].map(viewOf);
  }

  linked(): PeerRecord[] {
    return [...this.#peers.values()].filter(({ links }) => links.length > 0);
  }

  /** The record of a peer that was just seen or heard of; a new one where there was none. */
  see(peerId: PeerId, foundBy: FoundBy): PeerRecord {
    const now = Date.now();
    let peer = this.#peers.get(peerId);
    if (peer === undefined) {
      this.#makeRoom();
      peer = {
        peerId,
        foundBy,
        firstSeen: now,
        lastSeen: now,
        links: [],
        addresses: [],
        foundAt: [],
        chosen: false,
        software: null,
        speaksGatehouse: null,
        isRelay: null,
        pathNote: null,
        natMapping: 'unknown',
        dialling: false,
        nextDialAt: null,
        dialError: null,
        facts: this.#factsOf(peerId),
        fallback: null,
      };
      this.#peers.set(peerId, peer);
    }
    peer.lastSeen = now;
    this.changed(peerId);
    return peer;
  }

  /** Remembers addresses, the newest first. True: one of them was not known. */
  addAddresses(peer: PeerRecord, addresses: readonly string[]): boolean {
    const fresh = addresses.some((address) => !peer.addresses.includes(address));
    peer.addresses = [...new Set([...addresses, ...peer.addresses])].slice(0, MAX_ADDRESSES);
    if (fresh) this.changed(peer.peerId);
    return fresh;
  }

  addLink(peer: PeerRecord, link: Link): void {
    peer.links = [...peer.links, link].toSorted(compareLinks);
    this.changed(peer.peerId);
  }

  /** What a link is worth has changed. */
  rank(peer: PeerRecord): void {
    peer.links = peer.links.toSorted(compareLinks);
    this.changed(peer.peerId);
  }

  removeLink(peer: PeerRecord, connection: LinkConnection): boolean {
    const left = peer.links.filter((link) => link.connection !== connection);
    if (left.length === peer.links.length) return false;
    peer.links = left;
    peer.lastSeen = Date.now();
    this.changed(peer.peerId);
    return true;
  }

  changed(peerId: PeerId): void {
    this.#changed.add(peerId);
    this.#timer ??= setTimeout(() => this.flush(), CONFLATE_MS);
  }

  /** Tells what has changed now. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const peerId of changed) {
      const peer = this.#peers.get(peerId);
      if (peer !== undefined) this.#onChange(viewOf(peer));
    }
  }

  #makeRoom(): void {
    if (this.#peers.size < MAX_PEERS) return;
    let oldest: PeerRecord | null = null;
    for (const peer of this.#peers.values()) {
      if (peer.links.length > 0 || peer.dialling || !this.#mayForget(peer.peerId)) continue;
      if (oldest === null || peer.lastSeen < oldest.lastSeen) oldest = peer;
    }
    if (oldest !== null) this.#peers.delete(oldest.peerId);
  }
}

export function viewOf(peer: PeerRecord): NetworkPeer {
  const {
    peerId,
    foundBy,
    firstSeen,
    lastSeen,
    nextDialAt,
    dialError,
    addresses,
    software,
    speaksGatehouse,
    isRelay,
    pathNote,
  } = peer;
  return {
    peerId,
    foundBy,
    firstSeen,
    lastSeen,
    state: stateOf(peer),
    nextDialAt,
    dialError,
    links: peer.links.map(({ connection, path, transport, address, since, rttMs }) => ({
      path,
      transport,
      address,
      direction: connection.direction,
      since,
      rttMs,
      relay: relayOf(connection.remoteAddr),
    })),
    pathNote,
    isRelay,
    addresses: [...addresses],
    software,
    speaksGatehouse,
    transportChoice: peer.facts.choice,
    transports: TRANSPORTS.map((name) => ({
      name,
      linked: peer.links.some(({ connection }) => transportNameOf(connection) === name),
      lastLinkedAt: peer.facts.lastLinkedAt[name],
      lastError: peer.facts.lastError[name],
      hasAddress: addresses.some((address) => isWebSocketAddress(address) === (name === 'websocket')),
    })),
    fallback: peer.fallback,
    legacy: legacyOf(peer.facts),
    dawnAgents: peer.links.find(({ connection }) => connection.dawn)?.connection.dawn?.agents ?? null,
  };
}

function stateOf(peer: PeerRecord): NetworkPeer['state'] {
  if (peer.links.length > 0) return 'connected';
  if (peer.dialling) return 'connecting';
  return peer.nextDialAt === null ? 'offline' : 'waiting';
}
