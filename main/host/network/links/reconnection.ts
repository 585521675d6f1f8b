import type { PeerId } from '../../../../shared/ids.ts';
import { isWebSocketAddress } from '../../../../shared/transports.ts';
import { isAddress } from '../addresses.ts';
import { longestWaitMs } from './backoff.ts';
import { readBootstrap } from './bootstrap-peers.ts';
import { Dialler } from './dialler.ts';
import type { Gatekeeper } from '../gatekeeper.ts';
import type { Links } from './links.ts';
import type { ListenNotice } from '../node/listening.ts';
import type { NetworkChange } from './network-changes.ts';
import type { PeerTable } from './peer-table.ts';

/** A peer that mDNS has not shown for so long is not on this network any more. */
const LAN_MEMORY_MS = 60_000;
/** Both sides find each other at the same moment; the one with the larger id gives the other a head start. */
const HEAD_START_MS = 2000;
/** After a change of our own network nobody waits: the other side does not know of it yet. */
const OUR_CHANGE_MS = 10_000;
/** Leaves room for contacts on a crowded network. */
const MAX_LAN_LINKS = 200;
/** Whoever had no link at all for so long was cut off from the network. */
const ALONE_MS = 4000;
/** Bootstrap peers and relays are waited for no longer than this while nobody is linked of those who are kept. */
const LONGEST_WAY_BACK_MS = 8000;
/** A link that lasted so long counts as a success of dialling. */
const LASTING_MS = 5000;

/** Why a peer is to stay linked. */
export type KeepReason = 'contact' | 'bootstrap' | 'static';

interface Kept {
  readonly reasons: Map<KeepReason, readonly string[]>;
  /** When its last link was lost; null before the first one and while there is one. */
  lostAt: number | null;
}

export interface ReconnectionModules {
  readonly own: PeerId;
  readonly peers: PeerTable;
  readonly links: Links;
  readonly gatekeeper: Gatekeeper;
  /** Makes a link by the addresses that are known. */
  dial(peerId: PeerId, signal: AbortSignal): Promise<void>;
  notify(notice: ListenNotice): void;
  /** How long to wait after so many failures, in place of the usual. */
  readonly backoffMs?: (failures: number) => number;
}

/** Keeps links to contacts and bootstrap peers, and makes those to the peers that mDNS shows. */
export class Reconnection {
  readonly #modules: ReconnectionModules;
  readonly #dialler: Dialler;
  readonly #kept = new Map<PeerId, Kept>();
  /** When mDNS last showed a peer; the longest ago first. */
  readonly #onLan = new Map<PeerId, number>();
  #changedAt = -Infinity;
  /** Since when nobody is linked, where nobody is. */
  #aloneSince = performance.now();
  #stopped = false;

  constructor(modules: ReconnectionModules) {
    this.#modules = modules;
    this.#dialler = new Dialler({
      dial: (peerId, signal) => this.#dial(peerId, signal),
      wanted: (peerId) => this.#isWanted(peerId),
      planned: (peerId, at) => this.#onPlanned(peerId, at),
      goesFirst: (peerId) => this.#goesFirst(peerId),
      longestWaitMs: (peerId) => this.#longestWaitMs(peerId),
      ...(modules.backoffMs === undefined ? {} : { backoffMs: modules.backoffMs }),
    });
  }

  isKept(peerId: PeerId): boolean {
    return this.#kept.has(peerId);
  }

  keep(peerId: PeerId, reason: KeepReason, addresses: readonly string[]): void {
    const { gatekeeper, peers } = this.#modules;
    // A list that is read anew does not lift what the person has said since.
    if (reason !== 'static') gatekeeper.suspended.delete(peerId);
    const kept = this.#kept.get(peerId) ?? { reasons: new Map(), lostAt: null };
    const usable = addresses.filter((address) => isAddress(address) || isWebSocketAddress(address));
    kept.reasons.set(reason, usable);
    this.#kept.set(peerId, kept);
    const peer = peers.get(peerId) ?? peers.see(peerId, reason === 'static' ? 'bootstrap' : reason);
    peers.addAddresses(peer, usable);
    if (peer.links.length === 0) this.#dialler.plan(peerId, this.#headStart(peerId));
  }

  /** A peer that is kept for another reason as well stays kept. */
  release(peerId: PeerId, reason: KeepReason): void {
    const kept = this.#kept.get(peerId);
    kept?.reasons.delete(reason);
    if (kept?.reasons.size === 0) this.#kept.delete(peerId);
    if (!this.#kept.has(peerId)) this.#modules.gatekeeper.suspended.delete(peerId);
    if (!this.#isWanted(peerId)) this.#dialler.drop(peerId);
  }

  /** The bootstrap peers are these from now on. */
  setBootstrap(addresses: readonly string[]): void {
    const { peers, notice } = readBootstrap(addresses, this.#modules.own);
    if (notice !== null) this.#modules.notify(notice);
    for (const peerId of [...this.#kept.keys()]) {
      if (this.#isBootstrap(peerId) && !peers.has(peerId)) this.release(peerId, 'bootstrap');
    }
    for (const [peerId, known] of peers) {
      const before = this.#kept.get(peerId)?.reasons.get('bootstrap');
      if (before?.join(' ') !== known.join(' ')) this.keep(peerId, 'bootstrap', known);
    }
  }

  foundOnLan(peerId: PeerId, addresses: readonly string[]): void {
    if (peerId === this.#modules.own || this.#stopped) return;
    const lastFound = this.#onLan.get(peerId) ?? 0;
    const peer = this.#modules.peers.see(peerId, 'mdns');
    this.#onLan.delete(peerId);
    this.#onLan.set(peerId, Date.now());
    this.#forgetOldLan();
    const news = this.#modules.peers.addAddresses(peer, addresses);
    if (!this.#isWanted(peerId)) return;
    // Whoever shows up again, or elsewhere, is worth a dial now; who is merely still there waits for its turn.
    if (news || Date.now() - lastFound > LAN_MEMORY_MS) this.#dialler.hurry(peerId, this.#headStart(peerId));
    else this.#dialler.plan(peerId, this.#headStart(peerId));
  }

  linked(peerId: PeerId): void {
    const now = performance.now();
    const kept = this.#kept.get(peerId);
    const isWayBack =
      kept !== undefined && kept.lostAt !== null && now - kept.lostAt > ALONE_MS && this.#goesFirst(peerId);
    if (kept !== undefined) kept.lostAt = null;
    this.#dialler.hold(peerId);
    // The first link after none: the network is back, whatever kept it away.
    const isFirst = this.#modules.peers.linked().length === 1 && now - this.#aloneSince > ALONE_MS;
    if (isFirst || isWayBack) this.#hurryKept(HEAD_START_MS);
  }

  /** The last link to a peer, or one of several, was lost after so long. */
  lost(peerId: PeerId, lastedMs: number): void {
    // A peer that lets us in and cuts us off again and again is dialled less and less often.
    const hasLasted = lastedMs > LASTING_MS;
    if (this.#modules.peers.linked().length === 0) this.#aloneSince = performance.now();
    if (hasLasted) this.#dialler.settle(peerId);
    if (!this.#isWanted(peerId)) return;
    const kept = this.#kept.get(peerId);
    if (kept !== undefined && hasLasted) kept.lostAt = performance.now();
    this.#dialler.retry(peerId, this.#headStart(peerId));
  }

  /** The peer is to be left alone. */
  settle(peerId: PeerId): void {
    this.#dialler.drop(peerId);
  }

  networkChanged({ online, added, woke }: NetworkChange): void {
    const isElsewhere = woke || added.some(({ family, linkLocal }) => family === 'IPv4' || !linkLocal);
    if (!isElsewhere) return;
    this.#changedAt = performance.now();
    if (online) this.#hurryKept(0);
  }

  /** Dials everybody that is kept and not linked, with all failures forgotten. */
  hurry(): void {
    for (const peerId of this.#kept.keys()) {
      if (this.#isWanted(peerId)) this.#dialler.hurry(peerId, this.#headStart(peerId));
    }
  }

  /** Dials one peer now, where it is wanted and not linked. */
  hurryOne(peerId: PeerId): void {
    if (this.#isWanted(peerId)) this.#dialler.hurry(peerId, this.#headStart(peerId));
  }

  stop(): void {
    this.#stopped = true;
    this.#dialler.stop();
  }

  #hurryKept(headStartMs: number): void {
    for (const peerId of this.#kept.keys()) {
      if (this.#isWanted(peerId)) this.#dialler.anew(peerId, Math.min(headStartMs, this.#headStart(peerId)));
    }
  }

  /** What we were told of where a peer is does not get lost among what it says itself. */
  async #dial(peerId: PeerId, signal: AbortSignal): Promise<void> {
    const { peers } = this.#modules;
    const peer = peers.get(peerId);
    const told = [...(this.#kept.get(peerId)?.reasons.values() ?? [])].flat();
    const missing = told.filter((address) => peer?.addresses.includes(address) === false);
    if (peer !== undefined && missing.length > 0) peers.addAddresses(peer, missing);
    await this.#modules.dial(peerId, signal);
  }

  /** Without bootstrap peers and relays the others may not be found, or not be reached. */
  #goesFirst(peerId: PeerId): boolean {
    if (this.#isBootstrap(peerId)) return true;
    return this.isKept(peerId) && this.#modules.peers.get(peerId)?.isRelay === true;
  }

  #hasKeptLink(): boolean {
    return [...this.#kept.keys()].some((peerId) => (this.#modules.peers.get(peerId)?.links.length ?? 0) > 0);
  }

  #isBootstrap(peerId: PeerId): boolean {
    return this.#kept.get(peerId)?.reasons.has('bootstrap') === true;
  }

  #isWanted(peerId: PeerId): boolean {
    const { gatekeeper, peers } = this.#modules;
    if (this.#stopped || !gatekeeper.admits(peerId)) return false;
    if ((peers.get(peerId)?.links.length ?? 0) > 0) return false;
    if (this.#kept.has(peerId)) return true;
    const foundAt = this.#onLan.get(peerId);
    if (foundAt === undefined || Date.now() - foundAt > LAN_MEMORY_MS) return false;
    // A Dawn node: it is linked once the person lets it answer in plain text.
    if (peers.get(peerId)?.facts.legacyOffered === true) return false;
    return peers.linked().length < MAX_LAN_LINKS;
  }

  #longestWaitMs(peerId: PeerId): number {
    const lostAt = this.#kept.get(peerId)?.lostAt ?? null;
    const longest = longestWaitMs(lostAt === null ? null : performance.now() - lostAt);
    // Somebody must notice when the internet is back, which no interface of ours tells.
    return this.#goesFirst(peerId) && !this.#hasKeptLink() ? Math.min(longest, LONGEST_WAY_BACK_MS) : longest;
  }

  #forgetOldLan(): void {
    for (const [peerId, at] of this.#onLan) {
      if (Date.now() - at < LAN_MEMORY_MS) return;
      this.#onLan.delete(peerId);
    }
  }

  #onPlanned(peerId: PeerId, at: number | null): void {
    const peer = this.#modules.peers.get(peerId);
    if (peer === undefined || peer.nextDialAt === at) return;
    peer.nextDialAt = at;
    this.#modules.peers.changed(peerId);
  }

  #headStart(peerId: PeerId): number {
    if (performance.now() - this.#changedAt < OUR_CHANGE_MS) return 0;
    // It does not know us, so it does not dial.
    if (this.#kept.get(peerId)?.reasons.has('contact') === false) return 0;
    return this.#modules.links.isSmaller(peerId) ? 0 : HEAD_START_MS;
  }
}
