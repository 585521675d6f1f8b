import type { Connection } from '@libp2p/interface';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import type { Way } from '../../../../shared/compare.ts';
import type { PeerId } from '../../../../shared/ids.ts';
import { deadline } from '../../deadline.ts';
import { NetworkError } from '../errors.ts';
import { ADDRESS_DIAL_TIMEOUT_MS, CIRCUIT_DIAL_TIMEOUT_MS } from '../limits.ts';
import { pathOf, transportOf } from '../links/path.ts';
import type { PeerRecord, PeerTable } from '../links/peer-table.ts';
import { ipOf } from '../remote-ip.ts';
import { orderAddresses } from './address-order.ts';
import type { Punching } from './punching.ts';
import type { Reach } from './reach.ts';

/** Addresses of one kind that are tried; the first ones are the likeliest. */
const MAX_ROUTES = 3;

export type DirectWay = Extract<Way, 'tcp' | 'quic' | 'ws'>;

const WORDS: Record<DirectWay, string> = { tcp: 'TCP', quic: 'QUIC', ws: 'libp2p over WebSocket' };

export interface WayDialsParts {
  readonly peers: Pick<PeerTable, 'get'>;
  readonly reach: Pick<Reach, 'another' | 'circuitsTo'>;
  readonly punching: Pick<Punching, 'punch' | 'prepare'>;
}

/** Makes one more connection to a peer by a way that is given, whatever links there are. All of it throws NetworkError. */
export class WayDials {
  readonly #parts: WayDialsParts;

  constructor(parts: WayDialsParts) {
    this.#parts = parts;
  }

  async direct(peerId: PeerId, way: DirectWay, signal: AbortSignal): Promise<Connection> {
    const peer = this.#parts.peers.get(peerId);
    const routes = peer === undefined ? [] : routesBy(peer, way);
    const none = `No address of this peer for ${WORDS[way]} is known.`;
    return await this.#first(peerId, routes, ADDRESS_DIAL_TIMEOUT_MS, none, signal);
  }

  async circuit(peerId: PeerId, signal: AbortSignal): Promise<Connection> {
    const peer = this.#parts.peers.get(peerId);
    const routes = peer === undefined ? [] : this.#parts.reach.circuitsTo(peer);
    const none = 'No relay is known by way of which this peer could be reached.';
    return await this.#first(peerId, routes, CIRCUIT_DIAL_TIMEOUT_MS, none, signal);
  }

  /** Over a circuit of its own, by which the two sides tell each other how they look from outside. */
  async punch(circuit: Connection, signal: AbortSignal): Promise<Connection> {
    return await this.#parts.punching.punch(circuit, signal);
  }

  async #first(
    peerId: PeerId,
    routes: readonly Multiaddr[],
    timeoutMs: number,
    none: string,
    signal: AbortSignal,
  ): Promise<Connection> {
    let failure = new NetworkError('UNREACHABLE', none);
    for (const route of routes.slice(0, MAX_ROUTES)) {
      const limit = deadline(timeoutMs, signal);
      try {
        return await this.#parts.reach.another(peerId, [route], limit.signal);
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        failure = error;
      } finally {
        limit.release();
      }
      if (signal.aborted) break;
    }
    throw failure;
  }
}

/** Where the peer is linked now comes first, so that ways through the same network are compared. */
function routesBy(peer: PeerRecord, way: DirectWay): Multiaddr[] {
  const ofLinks = peer.links
    // Links of the WebSocket transport lead to a listener that speaks no libp2p.
    .filter(({ connection }) => connection.direction === 'outbound' && connection.kind === undefined)
    .map(({ connection }) => connection.remoteAddr);
  const known = peer.addresses.filter((text) => text.startsWith('/')).map((text) => multiaddr(text));
  const here = new Set(peer.links.map(({ connection }) => ipOf(connection)));
  return orderAddresses([...ofLinks, ...known].filter((route) => isBy(route, way))).toSorted(
    (a, b) => Number(here.has(ipIn(b))) - Number(here.has(ipIn(a))),
  );
}

const ipIn = (route: Multiaddr): string | null => ipOf({ remoteAddr: route });

function isBy(route: Multiaddr, way: DirectWay): boolean {
  const path = pathOf(route);
  if (path === 'relayed' || path === 'punched') return false;
  // Whichever way such a name leads to is found out only by dialling it.
  if (route.getComponents().some(({ name }) => name === 'dnsaddr')) return false;
  return transportOf(route) === way;
}
