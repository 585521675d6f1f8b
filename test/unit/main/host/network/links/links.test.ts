import { multiaddr } from '@multiformats/multiaddr';
import { describe, expect, it } from 'vitest';
import { orderAddresses, ownNetworks } from '../../../../../../main/host/network/dialling/address-order.ts';
import { backoffMs } from '../../../../../../main/host/network/links/backoff.ts';
import { compareLinks, pathOf, transportOf } from '../../../../../../main/host/network/links/path.ts';
import type { RankedLink } from '../../../../../../main/host/network/links/path.ts';

const RELAY = '/ip4/8.8.8.8/tcp/4001/p2p/12D3KooWJePmyH5GBfPkLdvUF51yRQFmf7fSkC3uTg6HvhzMnzcG/p2p-circuit';

describe('the path of a link', () => {
  it.each([
    ['/ip4/127.0.0.1/tcp/1', 'lan', 'tcp'],
    ['/ip6/::1/udp/1/quic-v1', 'lan', 'quic'],
    ['/ip4/192.168.1.7/tcp/4002/ws', 'lan', 'ws'],
    ['/ip4/10.0.0.1/tcp/1', 'lan', 'tcp'],
    ['/ip4/172.16.3.4/tcp/1', 'lan', 'tcp'],
    ['/ip4/169.254.1.1/tcp/1', 'lan', 'tcp'],
    ['/ip6/fe80::1/tcp/1', 'lan', 'tcp'],
    ['/ip6/fd00::2/tcp/1', 'lan', 'tcp'],
    ['/ip4/8.8.8.8/tcp/4001', 'direct', 'tcp'],
    ['/ip6/2001:4860:4860::8888/udp/4001/quic-v1', 'direct', 'quic'],
    ['/dns4/example.org/tcp/443/tls/ws', 'direct', 'ws'],
    [RELAY, 'relayed', 'tcp'],
    [`${RELAY}/webrtc`, 'punched', 'webrtc'],
  ])('of %s is %s over %s', (address, path, transport) => {
    expect(pathOf(multiaddr(address))).toBe(path);
    expect(transportOf(multiaddr(address))).toBe(transport);
  });
});

describe('the order of links', () => {
  const link = (more: Partial<RankedLink>): RankedLink => ({
    path: 'lan',
    transport: 'tcp',
    since: 1,
    dialledBySmaller: true,
    fading: false,
    ...more,
  });

  it('puts a circuit that ends soon behind a fresh one of the same path, and before a worse path', () => {
    const [fading, fresh] = [
      link({ path: 'relayed', fading: true }),
      link({ path: 'relayed', transport: 'ws' }),
    ];
    const legacy = link({ path: 'legacy' });
    expect([legacy, fading, fresh].toSorted(compareLinks)).toEqual([fresh, fading, legacy]);
  });

  it('takes the circuit that was found nearly used up last, of several, whoever opened it and when', () => {
    const circuit = (more: Partial<RankedLink>): RankedLink =>
      link({ path: 'relayed', fading: true, ...more });
    const nearlyGone = circuit({ since: 3, fadedAt: 1 });
    const older = circuit({ since: 2, fadedAt: 2 });
    const newest = circuit({ since: 1, fadedAt: 3, dialledBySmaller: false });
    expect([nearlyGone, older, newest].toSorted(compareLinks)).toEqual([newest, older, nearlyGone]);
    const fresh = circuit({ since: 4, fading: false, dialledBySmaller: false });
    expect([newest, fresh].toSorted(compareLinks)).toEqual([fresh, newest]);
  });

  it('prefers the nearer path, then the transport, then the dialler both agree on, then the older', () => {
    const best = link({});
    const worse = [
      link({ since: 2 }),
      link({ dialledBySmaller: false, since: 0 }),
      link({ transport: 'quic' }),
      link({ path: 'direct' }),
      link({ path: 'punched', transport: 'webrtc' }),
      link({ path: 'relayed' }),
    ];
    expect([...worse.toReversed(), best].toSorted(compareLinks)).toEqual([best, ...worse]);
  });

  it('is the same on both sides when each dialled the other', () => {
    const onSmaller = [
      link({ dialledBySmaller: true, since: 9 }),
      link({ dialledBySmaller: false, since: 1 }),
    ];
    const onLarger = [
      link({ dialledBySmaller: false, since: 5 }),
      link({ dialledBySmaller: true, since: 6 }),
    ];
    expect(onSmaller.toSorted(compareLinks)[0]?.dialledBySmaller).toBe(true);
    expect(onLarger.toSorted(compareLinks)[0]?.dialledBySmaller).toBe(true);
  });
});

describe('the order of addresses', () => {
  it('begins with what answers or refuses at once', () => {
    const own = ownNetworks({
      lo: [
        { address: '127.0.0.1', cidr: '127.0.0.1/8', netmask: '', family: 'IPv4', mac: '', internal: true },
      ],
      eth0: [
        {
          address: '192.168.7.2',
          cidr: '192.168.7.2/24',
          netmask: '',
          family: 'IPv4',
          mac: '',
          internal: false,
        },
      ],
    });
    const ordered = [
      '/ip4/192.168.7.9/tcp/4001',
      '/ip4/192.168.7.9/udp/4001/quic-v1',
      '/ip4/192.168.7.9/tcp/4002/ws',
      '/ip4/127.0.0.1/tcp/4001',
      '/ip4/8.8.8.8/tcp/4001',
      '/ip4/10.1.2.3/tcp/4001',
      RELAY,
    ];
    const shuffled = [5, 3, 0, 6, 2, 4, 1].map((at) => multiaddr(ordered[at]));
    expect(orderAddresses(shuffled, own).map(String)).toEqual(ordered);
  });
});

describe('the backoff', () => {
  it('doubles from one second to five minutes', () => {
    const whole = (failures: number): number => backoffMs(failures, () => 1);
    expect([0, 1, 2, 3].map(whole)).toEqual([1000, 2000, 4000, 8000]);
    expect(whole(9)).toBe(300_000);
    expect(whole(100_000)).toBe(300_000);
  });

  it('leaves out a random half at most', () => {
    expect(backoffMs(0, () => 0)).toBe(500);
    expect(backoffMs(0, () => 0.5)).toBe(750);
  });
});
