import { describe, expect, it } from 'vitest';
import { ownWays } from '../../../../../main/host/invites/own-ways.ts';
import { PeerId } from '../../../../../shared/ids.ts';
import type { AddressEvidence, ReachEvidence, RelayUse } from '../../../../../shared/reachability.ts';

const me = '12D3KooWMvPXYR7kkC1XSZzjFTyuTYGWE4bzTQbLbTt3jMdJFQe6';
const relay = PeerId.parse('12D3KooWHFrmLWTTDD4NodngtRMEVYgxrsDMp4F9iSwYntZ9WjHa');
const other = PeerId.parse('12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo');

const found = (address: string, change: Partial<AddressEvidence> = {}): AddressEvidence => ({
  address,
  source: 'interface',
  scope: 'lan',
  verified: null,
  failed: null,
  ...change,
});
const evidence = (
  addresses: AddressEvidence[],
  relays: Pick<RelayUse, 'peerId' | 'state'>[] = [],
): ReachEvidence => ({
  online: true,
  addresses,
  routers: [],
  mapping: 'unknown',
  externalIps: [],
  relays: relays.map((use) => ({ ...use, since: 1, expiresAt: null, why: null })),
});
const verified = { at: 1, by: null };
const own = (address: string): string => `${address}/p2p/${me}`;
const LOOPBACK = own('/ip4/127.0.0.1/tcp/4001');

describe('the ways that an invite names', () => {
  it('end with at most two of the WebSocket transport, those of this machine only where there is nothing else', () => {
    const sockets = [
      'ws://127.0.0.1:8000',
      'ws://192.168.1.5:8000',
      'ws://10.0.0.5:8000',
      'ws://[fd00::5]:8000',
    ];
    const listeners = sockets.map((address) => `${address}#${me}`);
    const many = Array.from({ length: 9 }, (_, index) => found(`/ip4/192.168.1.${index}/tcp/4001`));
    expect(ownWays(evidence(many), listeners).addresses).toEqual([
      ...many.slice(0, 6).map(({ address }) => address),
      'ws://192.168.1.5:8000',
      'ws://10.0.0.5:8000',
    ]);
    expect(ownWays(evidence([]), listeners)).toMatchObject({
      addresses: ['ws://192.168.1.5:8000', 'ws://10.0.0.5:8000'],
      nowhere: false,
    });
    expect(ownWays(evidence([]), listeners.slice(0, 1))).toMatchObject({
      addresses: ['ws://127.0.0.1:8000'],
      nowhere: true,
    });
  });

  it('leave out what is no address', () => {
    const wrong = '/ip4/9.9.9.9/tcp/70000';
    const ways = ownWays(
      evidence(
        [
          found(wrong, { scope: 'public', source: 'router', verified }),
          found('/ip4/192.168.1.5/tcp/4001'),
          found(`${wrong}/p2p/${relay}/p2p-circuit`, { source: 'relay' }),
        ],
        [{ peerId: relay, state: 'reserved' }],
      ),
      [own(wrong)],
    );
    expect(ways).toEqual({
      addresses: ['/ip4/192.168.1.5/tcp/4001'],
      relays: [],
      fromOutside: false,
      nowhere: false,
    });
  });

  it('are those that work from outside first, then the announced, this network, and the untested', () => {
    const ways = ownWays(
      evidence([
        found('/ip4/127.0.0.1/tcp/4001', { scope: 'machine' }),
        found('/ip4/192.168.1.5/tcp/4001'),
        found('/ip6/2600::1/tcp/4001', { scope: 'public' }),
        found('/ip4/9.9.9.9/tcp/4001', { scope: 'public', failed: { at: 2, by: null, why: 'Nobody.' } }),
        found('/dns4/example.org/tcp/4001', { scope: 'public', source: 'announced' }),
        found('/ip4/8.8.8.8/tcp/4001', { scope: 'public', source: 'router', verified }),
      ]),
      [LOOPBACK],
    );
    expect(ways).toEqual({
      addresses: [
        '/ip4/8.8.8.8/tcp/4001',
        '/dns4/example.org/tcp/4001',
        '/ip4/192.168.1.5/tcp/4001',
        '/ip6/2600::1/tcp/4001',
      ],
      relays: [],
      fromOutside: true,
      nowhere: false,
    });
  });

  it('do not reach outside by an address that has failed since, or that only a LAN peer has verified', () => {
    const failed = { at: 2, by: null, why: 'Nobody.' };
    expect(
      ownWays(
        evidence([
          found('/ip4/8.8.8.8/tcp/4001', { scope: 'public', verified, failed }),
          found('/ip4/192.168.1.5/tcp/4001', { verified }),
        ]),
        [],
      ).fromOutside,
    ).toBe(false);
  });

  it('are what this host listens on where nothing is known yet, loopback only if there is nothing else', () => {
    const lan = own('/ip4/10.0.0.5/udp/4001/quic-v1');
    expect(ownWays(evidence([]), [LOOPBACK, lan])).toMatchObject({
      addresses: ['/ip4/10.0.0.5/udp/4001/quic-v1'],
      nowhere: false,
    });
    expect(ownWays(evidence([]), [LOOPBACK])).toEqual({
      addresses: ['/ip4/127.0.0.1/tcp/4001'],
      relays: [],
      fromOutside: false,
      nowhere: true,
    });
  });

  it('name two relays that hold a place for us, one out there first, and no other', () => {
    const by = (address: string, id: string): string => own(`${address}/p2p/${id}/p2p-circuit`);
    const reserved = [
      { peerId: relay, state: 'reserved' as const },
      { peerId: other, state: 'reserved' as const },
    ];
    const listening = [
      LOOPBACK,
      by('/ip4/192.168.1.9/tcp/1', other),
      by('/ip4/8.8.4.4/tcp/1', relay),
      by('/ip4/8.8.4.4/udp/1/quic-v1', relay),
    ];
    expect(ownWays(evidence([], reserved), listening)).toMatchObject({
      addresses: [],
      relays: [`/ip4/8.8.4.4/tcp/1/p2p/${relay}`, `/ip4/192.168.1.9/tcp/1/p2p/${other}`],
      fromOutside: true,
    });
    // One relay: two of its addresses.
    expect(ownWays(evidence([], reserved.slice(0, 1)), listening).relays).toEqual([
      `/ip4/8.8.4.4/tcp/1/p2p/${relay}`,
      `/ip4/8.8.4.4/udp/1/quic-v1/p2p/${relay}`,
    ]);
    // A relay on this network leads nobody in from outside.
    expect(ownWays(evidence([], reserved.slice(1)), listening)).toMatchObject({
      fromOutside: false,
      nowhere: false,
    });
    expect(ownWays(evidence([], [{ peerId: relay, state: 'failed' }]), listening).relays).toEqual([]);
  });

  it('are eight at most', () => {
    const many = [...Array(20).keys()].map((index) => found(`/ip4/192.168.1.${index}/tcp/1`));
    expect(ownWays(evidence(many), []).addresses).toHaveLength(8);
  });
});
