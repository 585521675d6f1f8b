/** Where peers stand: distance is trust first, round-trip time second. Pure. */
import type { Trust } from '../../../shared/peers.ts';
import type { Point } from './protocol.ts';

/** Inner and outer radius of each band, in graph units. The bands never overlap, so trust always shows. */
export const BANDS: Record<Trust, readonly [number, number]> = {
  trusted: [112, 160],
  known: [195, 250],
  unknown: [290, 340],
  blocked: [372, 388],
};

/** A round trip this long, or unknown, stands at the outer edge of its band. */
const SLOW_MS = 1000;
const GOLDEN = Math.PI * (3 - Math.sqrt(5));
const CANDIDATES = 24;

export function ringRadius(trust: Trust, rttMs: number | null): number {
  const [inner, outer] = BANDS[trust];
  if (rttMs === null) return outer;
  const share = Math.log10(1 + Math.max(0, rttMs)) / Math.log10(1 + SLOW_MS);
  return inner + Math.min(1, share) * (outer - inner);
}

/** A direction that belongs to the id, so that a peer is looked for where it was. */
export function homeAngle(id: string): number {
  let hash = 0x811c9dc5;
  for (const character of id) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return (hash / 0x1_0000_0000) * 2 * Math.PI;
}

export const onRing = (radius: number, angle: number): Point => ({
  x: radius * Math.cos(angle),
  y: radius * Math.sin(angle),
});

/** The freest of a few directions at this radius, starting with the peer's own; the others stay where they are. */
export function placePeer(id: string, radius: number, others: readonly Point[]): Point {
  const home = homeAngle(id);
  let best = onRing(radius, home);
  let bestRoom = -1;
  for (let index = 0; index < CANDIDATES; index += 1) {
    const candidate = onRing(radius, home + index * GOLDEN);
    let room = Infinity;
    for (const other of others) {
      room = Math.min(room, (other.x - candidate.x) ** 2 + (other.y - candidate.y) ** 2);
    }
    if (room > bestRoom) {
      best = candidate;
      bestRoom = room;
    }
  }
  return best;
}

/** A sunflower around a centre: how the unknown peers unfold from their cluster. */
export function sunflower(centre: Point, index: number, spacing: number): Point {
  const radius = spacing * Math.sqrt(index + 0.5);
  const angle = index * GOLDEN;
  return { x: centre.x + radius * Math.cos(angle), y: centre.y + radius * Math.sin(angle) };
}
