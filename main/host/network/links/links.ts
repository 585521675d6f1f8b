import type { PeerId } from '../../../../shared/ids.ts';
import { MCP_PROTOCOL } from '../../../../shared/wire.ts';
import { idOf } from '../addresses.ts';
import { deadline } from '../../deadline.ts';
import { NetworkError } from '../errors.ts';
import type { TransportName } from '../../../../shared/transports.ts';
import type { LinkConnection } from '../transport.ts';
import { routeOf, transportNameOf } from './path.ts';
import type { Link, PeerRecord, PeerTable } from './peer-table.ts';
import { LinkPulses } from './link-pulse.ts';
import { LinkWatch } from './round-trip.ts';

/** How long two links to one peer stand side by side before the worse is closed. */
const SPARE_LINK_MS = 10_000;
/** A link over a relay uses up what the relay grants, so it goes as soon as nothing runs over it any more. */
const RELAYED_SPARE_MS = 1500;
/** The side with the larger id closes what the other has left standing. */
const LEFTOVER_MS = 4000;
/** How long a dial waits for the other side to speak, before it takes silence for a welcome. */
const WELCOME_MS = 3000;
const CUT_TIMEOUT_MS = 1000;

/** What the watching of links needs to know. */
export interface Watching {
  readonly pulses: LinkPulses;
  /** Whether the peer is to stay linked, so that a dead link to it is to be found soon. */
  isKept(peerId: PeerId): boolean;
  /** Whether anything new may begin with the peer over this transport. */
  isUsable(peerId: PeerId, name: TransportName): boolean;
}

type BetterLinkListener = (peerId: PeerId, link: Link) => void;

/** The links to all peers: measured while they stand, and no more of them to one peer than needed. */
export class Links {
  readonly #own: PeerId;
  readonly #peers: PeerTable;
  readonly #watches = new Map<LinkConnection, LinkWatch>();
  readonly #spares = new Map<PeerId, { readonly timer: NodeJS.Timeout; readonly dueAt: number }>();
  readonly #best = new Map<PeerId, LinkConnection>();
  readonly #onBetterLink: BetterLinkListener;
  readonly #watching: Watching;

  /** `onBetterLink` is told whenever another link is the best: a better one came up, or the best was lost. */
  constructor(
    own: PeerId,
    peers: PeerTable,
    onBetterLink: BetterLinkListener = () => undefined,
    watching: Watching = { pulses: new LinkPulses(), isKept: () => false, isUsable: () => true },
  ) {
    this.#own = own;
    this.#peers = peers;
    this.#onBetterLink = onBetterLink;
    this.#watching = watching;
  }

  stop(): void {
    for (const { timer } of this.#spares.values()) clearTimeout(timer);
    this.#spares.clear();
    this.#best.clear();
    for (const watch of this.#watches.values()) watch.stop();
    this.#watches.clear();
  }

  /** Takes a new connection in. @returns its peer, or null for one that has no place here */
  opened(connection: LinkConnection): PeerRecord | null {
    const peerId = idOf(connection.remotePeer);
    if (peerId === null) return null;
    const { direction } = connection;
    // What we dial is known before; but for those that a lookup asks on its way.
    const peer = this.#peers.see(peerId, direction === 'inbound' ? 'inbound' : 'dht');
    const link: Link = {
      connection,
      ...routeOf(connection),
      since: Date.now(),
      dialledBySmaller: this.isSmaller(peerId) === (direction === 'outbound'),
      fading: false,
      leaving: false,
      asksOnly: connection.asksOnly === true,
      rttMs: null,
      welcome: Promise.withResolvers(),
    };
    this.#peers.addLink(peer, link);
    this.#watch(link, peerId);
    this.#compare(peer);
    return peer;
  }

  /** Lets a connection go. @returns its peer and how long it lasted in ms, or null when it was not one of ours */
  closed(connection: LinkConnection): { peer: PeerRecord; lastedMs: number } | null {
    this.#watches.get(connection)?.stop();
    this.#watches.delete(connection);
    const peerId = idOf(connection.remotePeer);
    const peer = peerId === null ? undefined : this.#peers.get(peerId);
    const link = peer?.links.find((one) => one.connection === connection);
    if (peer === undefined || link === undefined) return null;
    link.welcome.resolve(false);
    this.#peers.removeLink(peer, connection);
    this.#compare(peer);
    return { peer, lastedMs: Date.now() - link.since };
  }

  /** A circuit is nearly used up: any other takes its place. */
  fade(connection: LinkConnection): void {
    const peerId = idOf(connection.remotePeer);
    const peer = peerId === null ? undefined : this.#peers.get(peerId);
    const link = peer?.links.find((one) => one.connection === connection);
    if (peer === undefined || link === undefined || link.fading) return;
    link.fading = true;
    link.fadedAt = performance.now();
    this.#peers.rank(peer);
    this.#compare(peer);
  }

  /** The network may be another one: asks every link for a sign of life, and cuts those that give none in 3 s. */
  check(): void {
    for (const watch of this.#watches.values()) watch.check();
  }

  /** The best one that may be used; of one transport, where one is named. */
  best(peerId: PeerId, name?: TransportName): Link | undefined {
    return this.#peers.get(peerId)?.links.find(({ connection, leaving }) => {
      const of = transportNameOf(connection);
      if (connection.status !== 'open' || leaving || (name !== undefined && name !== of)) return false;
      return this.#watching.isUsable(peerId, of);
    });
  }

  /** The other side gives a link up. */
  leave(connection: LinkConnection): void {
    const peerId = idOf(connection.remotePeer);
    const peer = peerId === null ? undefined : this.#peers.get(peerId);
    const link = peer?.links.find((one) => one.connection === connection);
    if (peer === undefined || link === undefined || link.leaving) return;
    link.leaving = true;
    this.#peers.rank(peer);
    this.#compare(peer);
  }

  /** What may be used for the peer has changed. */
  reconsider(peer: PeerRecord): void {
    this.#compare(peer);
  }

  /**
   * Waits until the other side has spoken: one that turns us away does so after the handshake, when the link looks
   * open to us. @throws {NetworkError} REFUSED
   */
  async welcomed(peer: PeerRecord, connection: LinkConnection): Promise<void> {
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

  /** Which of two sides acts where only one may; both come to the same answer. */
  isSmaller(other: PeerId): boolean {
    return this.#own < other;
  }

  #watch(link: Link, peerId: PeerId): void {
    if (this.#watches.has(link.connection)) return;
    const watch = new LinkWatch(link.connection, {
      onMeasured: (rttMs) => {
        link.rttMs = rttMs;
        link.welcome.resolve(true);
        this.#peers.changed(peerId);
      },
      isKept: () => this.#watching.isKept(peerId),
      pulse: link.connection.pulse ?? this.#watching.pulses.of(link.connection),
    });
    this.#watches.set(link.connection, watch);
  }

  /** Sees which link is the best now, and what is to become of the others. */
  #compare(peer: PeerRecord): void {
    const { peerId } = peer;
    const best = this.best(peerId);
    const before = this.#best.get(peerId);
    if (best === undefined) {
      this.#best.delete(peerId);
      return;
    }
    this.#best.set(peerId, best.connection);
    this.#watch(best, peerId);
    for (const link of peer.links) {
      if (link === best) continue;
      if (link.path === 'relayed') this.#letRest(link);
      // What runs over Dawn's calls cannot move; whatever comes next goes over the better link.
      link.connection.dawn?.retire();
    }
    if (peer.links.length > 1) this.#planSpares(peer);
    if (before !== undefined && before !== best.connection) this.#onBetterLink(peerId, best);
  }

  /** A spare link over a relay is not measured any more, because each ping counts against what it may carry. */
  #letRest({ connection }: Link): void {
    this.#watches.get(connection)?.stop();
    this.#watches.delete(connection);
  }

  /**
   * One side closes the worse of two links, so that they do not each close the other's. A Dawn node never does; and those
   * that a Dawn-style caller opens are its own affair: it may have any number of them, and cannot take its calls elsewhere.
   */
  #planSpares(peer: PeerRecord): void {
    const { peerId } = peer;
    const rest = peer.links.slice(1).filter(({ asksOnly }) => !asksOnly);
    const isRelayed = rest.some(({ path }) => path === 'relayed');
    const isOurs = this.isSmaller(peerId);
    const isDawn = rest.some(({ connection }) => connection.dawn !== undefined);
    if (rest.length === 0 || (!isRelayed && !isOurs && !isDawn)) return;
    const delay = isRelayed ? RELAYED_SPARE_MS + (isOurs ? 0 : LEFTOVER_MS) : SPARE_LINK_MS;
    const dueAt = Date.now() + delay;
    const planned = this.#spares.get(peerId);
    if (planned !== undefined) {
      if (planned.dueAt <= dueAt) return;
      clearTimeout(planned.timer);
    }
    const timer = setTimeout(() => this.#closeSpares(peer), delay).unref();
    this.#spares.set(peerId, { timer, dueAt });
  }

  #closeSpares(peer: PeerRecord): void {
    this.#spares.delete(peer.peerId);
    const best = this.best(peer.peerId);
    const spares = best === undefined ? [] : peer.links.filter((link) => link !== best && !link.asksOnly);
    let isLeft = false;
    for (const { connection, path } of spares) {
      const { dawn } = connection;
      if (path !== 'relayed' && dawn === undefined && !this.isSmaller(peer.peerId)) continue;
      // A stream stays where it is; its link is looked at again later. One without a protocol is just being opened.
      const isUsed = connection.streams.some(({ protocol }) => protocol === MCP_PROTOCOL || protocol === '');
      if (isUsed || dawn?.busy === true) isLeft = true;
      else void closeOrAbort(connection, new NetworkError('LINK_LOST', 'There is a better link.'));
    }
    if (isLeft) this.#planSpares(peer);
  }
}

/** In good order where the other side goes along. */
export async function closeOrAbort(connection: LinkConnection, reason: NetworkError): Promise<void> {
  const limit = deadline(CUT_TIMEOUT_MS);
  try {
    await connection.close({ signal: limit.signal });
  } catch {
    connection.abort(reason);
  } finally {
    limit.release();
  }
}
