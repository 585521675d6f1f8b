import { describe, expect, it } from 'vitest';
import { compareLinks, comparePaths } from '../../../../../../main/host/network/links/path.ts';
import type { RankedLink } from '../../../../../../main/host/network/links/path.ts';
import { LinkTransport, Path } from '../../../../../../shared/peers.ts';

const PATHS = ['lan', 'direct', 'punched', 'relayed', 'legacy'] as const;
const TRANSPORTS = ['tcp', 'quic', 'webrtc', 'ws', 'websocket'] as const;

/** Every kind of link that there is. */
const all: RankedLink[] = Path.options.flatMap((path) =>
  LinkTransport.options.flatMap((transport) =>
    [true, false].flatMap((dialledBySmaller) =>
      [true, false].flatMap((fading) =>
        [1, 2].map((since) => ({ path, transport, dialledBySmaller, fading, since })),
      ),
    ),
  ),
);
const fresh = all.filter(({ fading }) => fading !== true);

describe('the ranking of links', () => {
  it('knows every path and every transport', () => {
    expect([...Path.options].toSorted()).toEqual([...PATHS].toSorted());
    expect([...LinkTransport.options].toSorted()).toEqual([...TRANSPORTS].toSorted());
  });

  it('is an order: nothing is better than itself, and better means worse the other way round', () => {
    for (const a of all) {
      expect(compareLinks(a, a)).toBe(0);
      for (const b of all) expect(Math.sign(compareLinks(a, b)) + Math.sign(compareLinks(b, a))).toBe(0);
    }
  });

  const isWebSocket = ({ transport }: RankedLink): boolean => transport === 'websocket';

  it('puts libp2p before WebSocket, even by way of a relay that stands', () => {
    for (const libp2p of fresh.filter((link) => !isWebSocket(link)))
      for (const webSocket of all.filter(isWebSocket))
        expect(compareLinks(libp2p, webSocket)).toBeLessThan(0);
  });

  it('then goes by the path: a slow transport on a LAN beats a fast one elsewhere', () => {
    for (const a of fresh)
      for (const b of fresh) {
        const byPath = PATHS.indexOf(a.path) - PATHS.indexOf(b.path);
        if (byPath !== 0 && isWebSocket(a) === isWebSocket(b))
          expect(Math.sign(compareLinks(a, b))).toBe(Math.sign(byPath));
        expect(Math.sign(comparePaths(a.path, b.path))).toBe(Math.sign(byPath));
      }
  });

  it('never has a link by way of a relay before another one of libp2p that stands', () => {
    const others = fresh.filter(
      (link) => link.path !== 'relayed' && link.path !== 'legacy' && !isWebSocket(link),
    );
    for (const relayed of all.filter(({ path }) => path === 'relayed'))
      for (const other of others) expect(compareLinks(other, relayed)).toBeLessThan(0);
  });

  it('has one that is being left after all others', () => {
    for (const link of all)
      for (const other of all) expect(compareLinks(other, { ...link, leaving: true })).toBeLessThan(0);
  });

  it('on one path goes by transport: TCP, QUIC, WebRTC, WebSocket', () => {
    for (const path of PATHS) {
      const links = TRANSPORTS.toReversed().map((transport) => ({
        path,
        transport,
        dialledBySmaller: true,
        fading: false,
        since: 1,
      }));
      expect(links.toSorted(compareLinks).map(({ transport }) => transport)).toEqual(TRANSPORTS);
    }
  });

  it('is the same whoever looks: each end numbers the links by other clocks, and dialled the other ones', () => {
    const ofSmaller = fresh.filter(({ since }) => since === 1);
    const ofLarger = ofSmaller.map((link, at) => ({ ...link, since: 1000 - at }));
    const key = ({ path, transport, dialledBySmaller }: RankedLink): string =>
      `${path} ${transport} ${dialledBySmaller}`;
    expect(ofSmaller.toSorted(compareLinks).map(key)).toEqual(ofLarger.toSorted(compareLinks).map(key));
  });
});
