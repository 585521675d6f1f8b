import type { Connection, Libp2p } from '@libp2p/interface';
import type { TransportManager } from '@libp2p/interface-internal';
import { isLoopback, isPrivate } from '@libp2p/utils';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { PeerId } from '../../../../shared/ids.ts';
import { deadline } from '../../deadline.ts';
import { isNear, orderAddresses, ownNetworks } from './address-order.ts';
import { withoutPeer } from '../addresses.ts';
import { dialError } from './dial-errors.ts';
import { raceDials } from './dial-race.ts';
import { DialSlots } from './dial-slots.ts';
import { NetworkError } from '../errors.ts';
import { mayDialFound } from './found-addresses.ts';
import type { Gatekeeper } from '../gatekeeper.ts';
import {
  ADDRESS_DIAL_TIMEOUT_MS,
  CIRCUIT_DIAL_TIMEOUT_MS,
  DIAL_TIMEOUT_MS,
  MAX_DIAL_TARGETS,
  MAX_PARALLEL_SOCKETS,
} from '../limits.ts';
import type { Links } from '../links/links.ts';
import { scopeOf } from '../ip-address.ts';
import { parseIpMultiaddr } from '../ip-multiaddr.ts';
import { comparePaths, pathOf, relayOf } from '../links/path.ts';
import type { PeerRecord, PeerTable } from '../links/peer-table.ts';
import { ipOf } from '../remote-ip.ts';

/** How long the addresses of the peer itself have the field to themselves. */
const DIRECT_HEAD_START_MS = 400;
const PARALLEL = { direct: 4, relayed: 2 };
/** So many redials fail before other peers are asked where a contact is. */
const FAILURES_BEFORE_LOOKUP = 2;
const LOOKUP_EVERY_MS = 10 * 60_000;
/** Relays of ours over which a contact is looked for. */
const MAX_OWN_RELAYS = 4;

export interface ReachParts {
  readonly gatekeeper: Gatekeeper;
  readonly peers: PeerTable;
  readonly links: Links;
  /** Null while the network does not run. */
  readonly node: () => Libp2p | null;
  readonly transports: () => TransportManager | null;
  /** Asks others where a peer is. */
  readonly lookUp: (peerId: PeerId, signal: AbortSignal) => Promise<readonly string[]>;
  /** A person chose it, or it was seen on our own network: goes wherever it says. */
  readonly isOurs: (peerId: PeerId) => boolean;
  /** Of contacts and bootstrap peers, or in use: may know for whom we look. */
  readonly isOwnRelay: (peerId: PeerId) => boolean;
  /** Somebody is reached by way of this relay. */
  readonly onRelay: (relay: PeerId, wanted: PeerId) => void;
}

/** Makes one link to one peer: by an address that is given, known, or looked up. All of it throws NetworkError. */
export class Reach {
  readonly #parts: ReachParts;
  readonly #slots = new DialSlots(MAX_PARALLEL_SOCKETS);
  /** Relays that are being linked because a circuit runs over them. */
  readonly #relays = new Map<PeerId, Promise<void>>();
  /** Redials that failed since a peer was last linked, and when it was last looked up. */
  readonly #failures = new Map<PeerId, { count: number; lookedUpAt: number }>();

  constructor(parts: ReachParts) {
    this.#parts = parts;
  }

  /** By the addresses that are known, unless there is a link; now and then by those that others know. */
  async known(peerId: PeerId, signal?: AbortSignal): Promise<void> {
    const peer = this.#parts.peers.get(peerId);
    if (peer === undefined || this.#parts.links.best(peerId, 'libp2p') !== undefined) return;
    const limit = deadline(DIAL_TIMEOUT_MS, signal);
    const failed = this.#failures.get(peerId) ?? { count: 0, lookedUpAt: 0 };
    const isLookUpDue =
      failed.count >= FAILURES_BEFORE_LOOKUP && Date.now() - failed.lookedUpAt > LOOKUP_EVERY_MS;
    try {
      if (isLookUpDue) {
        failed.lookedUpAt = Date.now();
        await this.knownOrLookedUp(peer, limit.signal);
      } else await this.by(peer, this.#routesTo(peer), limit.signal);
      this.#failures.delete(peerId);
    } catch (error) {
      failed.count += 1;
      this.#failures.set(peerId, failed);
      throw error;
    } finally {
      limit.release();
    }
  }

  /** Nobody wants a link to this peer any more. */
  forget(peerId: PeerId): void {
    this.#failures.delete(peerId);
  }

  /** By the addresses that are known first, then by those that other peers know. */
  async knownOrLookedUp(
    peer: PeerRecord,
    signal: AbortSignal,
    routes: readonly Multiaddr[] = this.#routesTo(peer),
  ): Promise<void> {
    const tried = new Set(routes.map(withoutPeer));
    try {
      await this.by(peer, routes, signal);
    } catch (error) {
      const isLost = error instanceof NetworkError && ['UNREACHABLE', 'TIMEOUT'].includes(error.code);
      const found = isLost ? await this.#lookUp(peer, signal) : [];
      const untried = found.filter((address) => !tried.has(address));
      if (untried.length === 0) throw error;
      await this.by(peer, routesOf(untried), signal);
    }
  }

  /** Somebody whom a look-up led to. A stranger is dialled only where that can harm nobody. */
  async found(peer: PeerRecord, signal: AbortSignal): Promise<void> {
    const known = this.#parts.isOurs(peer.peerId) ? this.#routesTo(peer) : harmless(routesOf(peer.addresses));
    await this.knownOrLookedUp(peer, signal, [...known, ...routesOf(peer.foundAt)]);
  }

  async by(peer: PeerRecord, routes: readonly Multiaddr[], signal: AbortSignal): Promise<void> {
    const { gatekeeper, links, peers } = this.#parts;
    if (this.#parts.node() === null) throw new NetworkError('STOPPED', 'The network is not running.');
    const best = links.best(peer.peerId, 'libp2p');
    if (best !== undefined && best.path !== 'relayed') return;
    const targets = targetsOf(peer, best === undefined ? routes : routes.filter(isDirect));
    if (targets.length === 0 && best !== undefined) return;
    peer.dialling = true;
    peers.changed(peer.peerId);
    try {
      if (targets.length === 0) throw new NetworkError('UNREACHABLE', 'No address of this peer is known.');
      const dial = (): Promise<Connection> => this.#race(targets, signal);
      await links.welcomed(peer, await gatekeeper.intending(peer.peerId, dial));
      peer.dialError = null;
    } catch (cause) {
      // What is linked by way of a relay stays so.
      if (links.best(peer.peerId, 'libp2p') !== undefined) return;
      const error = dialError(cause);
      peer.dialError = error.message;
      throw error;
    } finally {
      peer.dialling = false;
      peers.changed(peer.peerId);
    }
  }

  /**
   * Tries for a link that is better than the one there is. `ours` are peers that a person here chose: only those may
   * have us connect to machines of our own network, and others to nowhere but where they come from.
   */
  async better(peer: PeerRecord, ours: boolean, signal: AbortSignal): Promise<Connection> {
    const best = this.#parts.links.best(peer.peerId, 'libp2p');
    const isRelayed = best === undefined || best.path === 'relayed';
    const own = ownNetworks();
    const isAllowed = (route: Multiaddr): boolean =>
      ours
        ? !(isPrivate(route) || isLoopback(route)) || isRelayed || isNear(route, own)
        : isWhereItComesFrom(peer, route);
    const routes = routesOf(peer.addresses).filter(
      (route) =>
        isDirect(route) &&
        isAllowed(route) &&
        (best === undefined || comparePaths(pathOf(route), best.path) < 0),
    );
    const targets = targetsOf(peer, routes);
    if (targets.length === 0)
      throw new NetworkError('UNREACHABLE', 'No better address of this peer is known.');
    try {
      const dial = (): Promise<Connection> => this.#race(targets, signal);
      return await this.#parts.gatekeeper.intending(peer.peerId, dial);
    } catch (cause) {
      throw dialError(cause);
    }
  }

  /** One more link, by the first of these addresses that answers, whatever links there are. */
  async another(peerId: PeerId, routes: readonly Multiaddr[], signal: AbortSignal): Promise<Connection> {
    if (this.#parts.node() === null) throw new NetworkError('STOPPED', 'The network is not running.');
    const targets = targetsOf({ peerId }, routes);
    if (targets.length === 0) throw new NetworkError('UNREACHABLE', 'No address of this peer is known.');
    try {
      return await this.#parts.gatekeeper.intending(peerId, () => this.#race(targets, signal));
    } catch (cause) {
      throw dialError(cause);
    }
  }

  /** By way of which relays a peer may be reached. */
  circuitsTo(peer: PeerRecord): Multiaddr[] {
    const circuits = this.#routesTo(peer).filter((route) => relayOf(route) !== null);
    return oneForEachRelay(orderAddresses(circuits));
  }

  /** Those that are known, and those by way of relays where a contact may be as well as we are. */
  #routesTo(peer: PeerRecord): Multiaddr[] {
    return [...routesOf(peer.addresses), ...this.#overOwnRelays(peer.peerId)];
  }

  #overOwnRelays(peerId: PeerId): Multiaddr[] {
    const relays = this.#parts.peers
      .linked()
      .filter((one) => one.isRelay === true && one.peerId !== peerId && this.#parts.isOwnRelay(one.peerId))
      .flatMap(({ links }) => links.filter(({ path }) => path !== 'relayed').slice(0, 1));
    return relays.slice(0, MAX_OWN_RELAYS).map(({ connection }) => {
      const relay = `${withoutPeer(connection.remoteAddr)}/p2p/${connection.remotePeer.toString()}`;
      return multiaddr(`${relay}/p2p-circuit`);
    });
  }

  #race(targets: readonly Multiaddr[], signal: AbortSignal): Promise<Connection> {
    const direct = targets.filter(isDirect);
    const relayed = oneForEachRelay(targets.filter((target) => !isDirect(target)));
    return raceDials(
      [
        { targets: direct, afterMs: 0, parallel: PARALLEL.direct },
        { targets: relayed, afterMs: DIRECT_HEAD_START_MS, parallel: PARALLEL.relayed },
      ],
      (target, race) => this.#slots.run(() => this.#dial(target, targets, race), race),
      signal,
    );
  }

  /** `all`: what else is known about the way, such as other addresses of the same relay. */
  async #dial(target: Multiaddr, all: readonly Multiaddr[], race: AbortSignal): Promise<Connection> {
    const { node, transports } = this.#parts;
    const relay = relayOf(target);
    const limit = deadline(relay === null ? ADDRESS_DIAL_TIMEOUT_MS : CIRCUIT_DIAL_TIMEOUT_MS, race);
    try {
      if (relay !== null) await this.#linkRelay(relay, all, limit.signal);
      const running = node();
      const manager = transports();
      if (running === null || manager === null) {
        throw new NetworkError('STOPPED', 'The network is not running.');
      }
      // Names that stand for several addresses are for libp2p to resolve.
      if (target.getComponents().some(({ name }) => name === 'dnsaddr')) {
        return await running.dial(target, { signal: limit.signal });
      }
      this.#mustAdmit(target);
      return await manager.dial(target, { signal: limit.signal });
    } finally {
      limit.release();
    }
  }

  /** What libp2p asks before it dials; the rest it asks on the way. */
  #mustAdmit(target: Multiaddr): void {
    const peerId = endOf(target);
    if (peerId === null || !this.#parts.gatekeeper.admits(peerId)) {
      throw new NetworkError('REFUSED', 'This peer is blocked or disconnected here.');
    }
  }

  /** A relay is linked only where it is named in an address of a peer that is wanted. */
  async #linkRelay(relay: PeerId, all: readonly Multiaddr[], signal: AbortSignal): Promise<void> {
    if (this.#parts.links.best(relay, 'libp2p') === undefined) await this.#dialRelay(relay, all, signal);
    const wanted = all.map(endOf).find((peerId) => peerId !== null);
    if (wanted !== undefined) this.#parts.onRelay(relay, wanted);
  }

  async #dialRelay(relay: PeerId, all: readonly Multiaddr[], signal: AbortSignal): Promise<void> {
    const { gatekeeper, peers, isOurs } = this.#parts;
    if (!gatekeeper.admits(relay)) {
      throw new NetworkError('REFUSED', 'The relay is blocked or disconnected here.');
    }
    let linking = this.#relays.get(relay);
    if (linking === undefined) {
      const named = all.filter((one) => relayOf(one) === relay).map(relayPart);
      const known = routesOf(peers.get(relay)?.addresses ?? []).filter(isDirect);
      const targets = targetsOf({ peerId: relay }, [...named, ...(isOurs(relay) ? known : harmless(known))]);
      linking = gatekeeper
        .intending(relay, () =>
          raceDials(
            [{ targets, afterMs: 0, parallel: PARALLEL.direct }],
            (target, race) => this.#dial(target, [], race),
            signal,
          ),
        )
        .then(() => undefined)
        .finally(() => this.#relays.delete(relay));
      this.#relays.set(relay, linking);
    }
    await linking;
  }

  async #lookUp(peer: PeerRecord, signal: AbortSignal): Promise<readonly string[]> {
    const { peers } = this.#parts;
    peer.dialling = true;
    peers.changed(peer.peerId);
    try {
      return await this.#parts.lookUp(peer.peerId, signal);
    } finally {
      peer.dialling = false;
      peers.changed(peer.peerId);
    }
  }
}

/** The other transport's addresses are left out. */
const routesOf = (addresses: readonly string[]): Multiaddr[] =>
  addresses.filter((text) => text.startsWith('/')).map((text) => multiaddr(text));

const endOf = (target: Multiaddr): PeerId | null => {
  const end = PeerId.safeParse(target.getComponents().findLast(({ name }) => name === 'p2p')?.value);
  return end.success ? end.data : null;
};

const harmless = (routes: readonly Multiaddr[]): Multiaddr[] =>
  routes.filter((route) => mayDialFound(route, 'far'));

/** As in `mayDialBack`: whoever names an address must be seen to be there. */
function isWhereItComesFrom({ links }: PeerRecord, route: Multiaddr): boolean {
  const parsed = parseIpMultiaddr(withoutPeer(route));
  if (parsed === null || scopeOf(parsed.ip) !== 'public') return false;
  return links.some(({ connection }) => ipOf(connection) === parsed.ip);
}

const isDirect = (route: Multiaddr): boolean =>
  !route.getComponents().some(({ name }) => name === 'p2p-circuit' || name === 'webrtc');

/** A circuit is the same by whichever address its relay is named. */
const oneForEachRelay = (circuits: readonly Multiaddr[]): Multiaddr[] => [
  ...new Map(circuits.toReversed().map((circuit) => [relayOf(circuit), circuit])).values(),
];

/** The address of the relay itself, of an address by way of it. */
const relayPart = (route: Multiaddr): Multiaddr =>
  multiaddr(route.toString().replace(/\/p2p-circuit.*$/, ''));

/** Whole addresses of a peer in the order in which to try them, each once; bounded. */
function targetsOf({ peerId }: Pick<PeerRecord, 'peerId'>, routes: readonly Multiaddr[]): Multiaddr[] {
  const whole = orderAddresses(routes)
    .map((route) => withoutPeer(route))
    // WebRTC has a way of its own; see `punching.ts`.
    .filter((route) => route !== '' && !/\/webrtc(\/|$)/.test(route));
  return [...new Set(whole)].slice(0, MAX_DIAL_TARGETS).map((route) => multiaddr(`${route}/p2p/${peerId}`));
}
