/** Keeps a position per peer. Only `tidy` moves one that has a place. */
import {
  forceCollide,
  forceManyBody,
  forceRadial,
  forceSimulation,
  type SimulationNodeDatum,
} from 'd3-force';
import { BANDS, homeAngle, onRing, placePeer, ringRadius, sunflower } from './placement.ts';
import type { GraphPeer, Point } from './protocol.ts';

export interface PlacedPeer extends GraphPeer, Point {}

export interface Placed {
  /** Those drawn one by one. */
  readonly peers: readonly PlacedPeer[];
  /** The unknown ones as one, with their number; null when open or empty. */
  readonly cluster: (Point & { readonly count: number; readonly open: boolean }) | null;
}

const SPACING = 22;
const CLUSTER_ANGLE = Math.PI / 4;
const TICKS = 160;
/** Above this many new ones at once the search for free room would be too slow; tidying does it instead. */
const MANY = 200;
const LARGE = 2000;

interface Body extends SimulationNodeDatum {
  readonly id: string;
  readonly radius: number;
}

export class Layout {
  readonly #positions = new Map<string, Point & { trust: GraphPeer['trust'] | null }>();
  #moved = false;

  constructor(kept: Readonly<Record<string, Point>>) {
    for (const [id, { x, y }] of Object.entries(kept)) this.#positions.set(id, { x, y, trust: null });
  }

  /** Gives each new peer, and each whose trust changed, a place; the others keep theirs. */
  place(peers: readonly GraphPeer[], unknownOpen: boolean): Placed {
    const single = peers.filter((peer) => peer.trust !== 'unknown' || peer.waits);
    const unknown = peers.filter((peer) => peer.trust === 'unknown' && !peer.waits);
    const isNew = (peer: GraphPeer): boolean => {
      const held = this.#positions.get(peer.id);
      return held === undefined || (held.trust !== null && held.trust !== peer.trust);
    };
    const fresh = single.filter(isNew);
    if (fresh.length > 0) this.#moved = true;
    const others: Point[] = single.flatMap((peer) => {
      const held = this.#positions.get(peer.id);
      return held === undefined || isNew(peer) ? [] : [held];
    });
    others.push(clusterCentre(unknown.length, unknownOpen));
    for (const peer of fresh) {
      const radius = ringRadius(peer.trust, peer.rttMs);
      const point =
        fresh.length > MANY ? onRing(radius, homeAngle(peer.id)) : placePeer(peer.id, radius, others);
      others.push(point);
      this.#positions.set(peer.id, { ...point, trust: peer.trust });
    }
    for (const peer of single) {
      const held = this.#positions.get(peer.id);
      if (held?.trust === null) this.#positions.set(peer.id, { ...held, trust: peer.trust });
    }
    if (fresh.length > MANY) this.tidy(peers);
    return this.#placed(single, unknown, unknownOpen);
  }

  /** Lays all out anew: each at its distance, none on another. */
  tidy(peers: readonly GraphPeer[]): void {
    const bodies: Body[] = peers
      .filter((peer) => peer.trust !== 'unknown' || peer.waits)
      .map((peer) => {
        const radius = ringRadius(peer.trust, peer.rttMs);
        const { x, y } = this.#positions.get(peer.id) ?? onRing(radius, homeAngle(peer.id));
        return { id: peer.id, radius, x, y };
      });
    const simulation = forceSimulation(bodies)
      .force('ring', forceRadial<Body>((body) => body.radius).strength(0.9))
      .force('room', forceCollide<Body>(26).strength(0.7))
      .force('spread', forceManyBody<Body>().strength(-60).distanceMax(200))
      .stop();
    simulation.tick(bodies.length > LARGE ? TICKS / 4 : TICKS);
    const trusts = new Map(peers.map((peer) => [peer.id, peer.trust]));
    for (const body of bodies) {
      const trust = trusts.get(body.id) ?? null;
      this.#positions.set(body.id, { x: body.x ?? 0, y: body.y ?? 0, trust });
    }
    this.#moved = true;
  }

  /** All positions where one changed since the last asking, else null. */
  takeMoved(): Record<string, Point> | null {
    if (!this.#moved) return null;
    this.#moved = false;
    return Object.fromEntries([...this.#positions].map(([id, { x, y }]) => [id, { x, y }]));
  }

  #placed(single: readonly GraphPeer[], unknown: readonly GraphPeer[], open: boolean): Placed {
    const centre = clusterCentre(unknown.length, open);
    const peers = single.map((peer) => {
      const { x, y } = this.#positions.get(peer.id) ?? { x: 0, y: 0 };
      return { ...peer, x, y };
    });
    const unfolded = open
      ? unknown
          .toSorted((a, b) => (a.id < b.id ? -1 : 1))
          .map((peer, index) => ({ ...peer, ...sunflower(centre, index, SPACING) }))
      : [];
    return {
      peers: [...peers, ...unfolded],
      cluster: unknown.length === 0 ? null : { ...centre, count: unknown.length, open },
    };
  }
}

function clusterCentre(count: number, open: boolean): Point {
  const spread = open ? SPACING * Math.sqrt(count) : 0;
  return onRing(BANDS.unknown[1] + spread, CLUSTER_ANGLE);
}
