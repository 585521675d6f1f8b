import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Gatekeeper } from '../../../../../../main/host/network/gatekeeper.ts';
import type { Links } from '../../../../../../main/host/network/links/links.ts';
import type { NetworkChange } from '../../../../../../main/host/network/links/network-changes.ts';
import { PeerTable } from '../../../../../../main/host/network/links/peer-table.ts';
import type { Link } from '../../../../../../main/host/network/links/peer-table.ts';
import { Reconnection } from '../../../../../../main/host/network/links/reconnection.ts';
import { PeerId } from '../../../../../../shared/ids.ts';

const OWN = PeerId.parse(`12D3Koo${'W'.repeat(44)}1`);
const ADA = PeerId.parse('12D3KooWGRUjR2dvZrHKvfw4uyaxYjDkRUDqy7jzm7xVPzNFoCZR');
const BEN = PeerId.parse('12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo');
const MINUTE = 60_000;
const BACK: NetworkChange = {
  online: true,
  added: [{ name: 'eth0', address: '10.0.0.2', family: 'IPv4', linkLocal: false, mac: '', scope: 0 }],
  removed: [],
  woke: false,
};

/** Peers that no dial reaches; links come and go as the test says. */
function setUp({ isSmaller = true } = {}): {
  reconnection: Reconnection;
  dials: { peerId: PeerId; at: number }[];
  notices: string[];
  link(peerId: PeerId): void;
  lose(peerId: PeerId): void;
} {
  const dials: { peerId: PeerId; at: number }[] = [];
  const notices: string[] = [];
  const peers = new PeerTable(
    () => undefined,
    () => false,
  );
  const reconnection = new Reconnection({
    own: OWN,
    peers,
    links: { isSmaller: () => isSmaller } as unknown as Links,
    gatekeeper: new Gatekeeper(),
    dial: (peerId) => {
      dials.push({ peerId, at: performance.now() });
      return Promise.reject(new Error('Nobody answers.'));
    },
    notify: ({ text }) => notices.push(text),
  });
  const link = (peerId: PeerId): void => {
    const peer = peers.see(peerId, 'inbound');
    peer.links = [{} as unknown as Link];
    reconnection.linked(peerId);
  };
  const lose = (peerId: PeerId): void => {
    peers.see(peerId, 'inbound').links = [];
    reconnection.lost(peerId, 6000);
  };
  return { reconnection, dials, notices, link, lose };
}

const gaps = (dials: readonly { at: number }[]): number[] =>
  dials.slice(1).map(({ at }, n) => at - (dials[n]?.at ?? 0));

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('dials a peer that was lost at most 3 s apart for 10 min, and then less and less often', async () => {
  const { reconnection, dials, link, lose } = setUp();
  reconnection.keep(ADA, 'contact', []);
  link(ADA);
  lose(ADA);
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(Math.max(...gaps(dials))).toBeLessThanOrEqual(3000);
  const before = dials.length;
  await vi.advanceTimersByTimeAsync(60 * MINUTE);
  expect(Math.max(...gaps(dials.slice(before)))).toBeGreaterThan(2 * MINUTE);
});

it('dials everybody at once when the first link comes back after none', async () => {
  const { reconnection, dials, link, lose } = setUp();
  reconnection.keep(ADA, 'contact', []);
  reconnection.keep(BEN, 'contact', []);
  link(ADA);
  lose(ADA);
  await vi.advanceTimersByTimeAsync(60 * MINUTE);
  const before = dials.length;
  link(ADA);
  await vi.advanceTimersByTimeAsync(10);
  expect(dials.slice(before).map(({ peerId }) => peerId)).toEqual([BEN]);
});

it('dials everybody at once when this machine gets an address, without a head start', async () => {
  const { reconnection, dials } = setUp({ isSmaller: false });
  reconnection.keep(ADA, 'contact', []);
  reconnection.keep(BEN, 'contact', []);
  await vi.advanceTimersByTimeAsync(60 * MINUTE);
  const before = dials.length;
  reconnection.networkChanged({ ...BACK, online: false, added: [] });
  await vi.advanceTimersByTimeAsync(10);
  expect(dials).toHaveLength(before);
  reconnection.networkChanged(BACK);
  await vi.advanceTimersByTimeAsync(10);
  expect(dials.slice(before).map(({ peerId }) => peerId)).toEqual([ADA, BEN]);
});

it('keeps asking for a way back by the bootstrap peers, however long nobody answers', async () => {
  const { reconnection, dials, link } = setUp();
  reconnection.setBootstrap([`/ip4/192.0.2.1/tcp/4001/p2p/${ADA}`]);
  reconnection.keep(BEN, 'contact', []);
  await vi.advanceTimersByTimeAsync(60 * MINUTE);
  const toAda = dials.filter(({ peerId }) => peerId === ADA);
  expect(Math.max(...gaps(toAda))).toBeLessThanOrEqual(8000);
  const before = dials.length;
  link(ADA);
  await vi.advanceTimersByTimeAsync(10);
  expect(dials.slice(before).map(({ peerId }) => peerId)).toEqual([BEN]);
});

it('lets a bootstrap peer go with the list, and a contact only with both', async () => {
  const { reconnection, notices } = setUp();
  const list = [ADA, BEN].map((peerId) => `/ip4/192.0.2.1/tcp/4001/p2p/${peerId}`);
  reconnection.setBootstrap([...list, 'nonsense']);
  expect(notices).toHaveLength(1);
  reconnection.keep(BEN, 'contact', []);
  reconnection.setBootstrap([]);
  expect([ADA, BEN].map((peerId) => reconnection.isKept(peerId))).toEqual([false, true]);
  reconnection.setBootstrap(list);
  reconnection.release(BEN, 'contact');
  expect(reconnection.isKept(BEN)).toBe(true);
  reconnection.stop();
  await vi.advanceTimersByTimeAsync(1000);
  expect(vi.getTimerCount()).toBe(0);
});
