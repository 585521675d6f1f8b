import { describe, expect, it } from 'vitest';
import { Layout } from '../../../../renderer/peers/graph/layout.ts';
import { placePeer, ringRadius } from '../../../../renderer/peers/graph/placement.ts';
import type { GraphPeer } from '../../../../renderer/peers/graph/protocol.ts';

const peer = (id: string, patch: Partial<GraphPeer> = {}): GraphPeer => ({
  id,
  label: id,
  trust: 'known',
  path: 'direct',
  webSocket: false,
  rttMs: 20,
  agents: 0,
  waits: false,
  ...patch,
});

const many = (count: number, patch: Partial<GraphPeer> = {}): GraphPeer[] =>
  Array.from({ length: count }, (_, index) => peer(`peer-${index.toString()}`, patch));

describe('the distance of a peer', () => {
  it('is by trust first, whatever the round trip', () => {
    const slowest = (trust: GraphPeer['trust']) => ringRadius(trust, 1e6);
    const fastest = (trust: GraphPeer['trust']) => ringRadius(trust, 0);
    expect(slowest('trusted')).toBeLessThan(fastest('known'));
    expect(slowest('known')).toBeLessThan(fastest('unknown'));
    expect(slowest('unknown')).toBeLessThan(fastest('blocked'));
  });

  it('is by the round trip second; unknown is far', () => {
    expect(ringRadius('known', 1)).toBeLessThan(ringRadius('known', 40));
    expect(ringRadius('known', null)).toBe(ringRadius('known', 1e6));
  });
});

describe('the place of a new peer', () => {
  it('is on its ring, away from the others, and always the same', () => {
    const others = [{ x: 200, y: 0 }];
    const place = placePeer('a', 200, others);
    expect(Math.hypot(place.x, place.y)).toBeCloseTo(200);
    expect(Math.hypot(place.x - 200, place.y)).toBeGreaterThan(200);
    expect(placePeer('a', 200, others)).toEqual(place);
  });

  it('moves no other peer', () => {
    const layout = new Layout({});
    const before = layout.place(many(20), false).peers;
    const after = layout.place(
      [...many(20), peer('new'), peer('new too', { trust: 'trusted' })],
      false,
    ).peers;
    expect(after.slice(0, 20)).toEqual(before);
  });

  it('stays when its round trip changes, and changes with its trust', () => {
    const layout = new Layout({});
    const [first] = layout.place([peer('a')], false).peers;
    const [slower] = layout.place([peer('a', { rttMs: 900 })], false).peers;
    expect({ x: slower?.x, y: slower?.y }).toEqual({ x: first?.x, y: first?.y });
    const [trusted] = layout.place([peer('a', { trust: 'trusted' })], false).peers;
    expect(Math.hypot(trusted?.x ?? 0, trusted?.y ?? 0)).toBeCloseTo(ringRadius('trusted', 20));
  });

  it('is taken from the last time where it is known', () => {
    const layout = new Layout({ a: { x: 12, y: 34 } });
    expect(layout.place([peer('a')], false).peers[0]).toMatchObject({ x: 12, y: 34 });
  });
});

describe('unknown peers', () => {
  it('are one cluster with a count until opened; those that ask stand by themselves', () => {
    const peers = [...many(40, { trust: 'unknown' }), peer('asks', { trust: 'unknown', waits: true })];
    const layout = new Layout({});
    const closed = layout.place(peers, false);
    expect(closed.peers.map(({ id }) => id)).toEqual(['asks']);
    expect(closed.cluster).toMatchObject({ count: 40, open: false });
    const open = layout.place(peers, true);
    expect(open.peers).toHaveLength(41);
    const places = open.peers.map(({ x, y }) => `${x.toFixed(0)},${y.toFixed(0)}`);
    expect(new Set(places).size).toBe(41);
  });
});

describe('tidying', () => {
  it('moves peers that lie on one another apart', () => {
    const peers = many(60);
    const layout = new Layout(Object.fromEntries(peers.map(({ id }) => [id, { x: 200, y: 1 }])));
    layout.place(peers, false);
    layout.tidy(peers);
    const placed = layout.place(peers, false).peers;
    for (const a of placed) {
      for (const b of placed) if (a !== b) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(12);
    }
  });
});
