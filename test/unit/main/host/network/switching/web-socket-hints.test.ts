import { multiaddr } from '@multiformats/multiaddr';
import { describe, expect, it } from 'vitest';
import type { Link } from '../../../../../../main/host/network/links/peer-table.ts';
import { usableHints } from '../../../../../../main/host/network/switching/web-socket-hints.ts';

const RELAY = '12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo';
const linkedBy = (address: string, direction: 'inbound' | 'outbound'): Parameters<typeof usableHints>[0] => ({
  links: [{ connection: { remoteAddr: multiaddr(address), direction } } as Link],
});

const HERE = [
  'ws://127.0.0.1:631',
  'ws://2130706433:631',
  'ws://0x7f.1:631',
  'ws://[::1]:631',
  'ws://[::ffff:127.0.0.1]:631',
];

describe('WebSocket addresses that a peer tells of itself', () => {
  it('do not lead to this machine for what came in by loopback, as through a proxy', () => {
    expect(usableHints(linkedBy('/ip4/127.0.0.1/tcp/5000/ws', 'inbound'), HERE)).toEqual([]);
    expect(usableHints(linkedBy('/ip6/::1/tcp/5000/ws', 'inbound'), HERE)).toEqual([]);
  });

  it('lead to this machine for who was dialled there, in one spelling', () => {
    expect(usableHints(linkedBy('/ip4/127.0.0.1/tcp/5000/ws', 'outbound'), HERE)).toEqual([
      'ws://127.0.0.1:631',
      'ws://127.0.0.1:631',
      'ws://127.0.0.1:631',
      'ws://[::1]:631',
      'ws://127.0.0.1:631',
    ]);
  });

  it('do not lead to a private machine that stands between', () => {
    const relayed = linkedBy(`/ip4/10.9.8.7/tcp/5000/p2p/${RELAY}/p2p-circuit`, 'inbound');
    expect(usableHints(relayed, ['ws://10.9.8.7:80'])).toEqual([]);
  });

  it('lead to where its links come from, and to public addresses', () => {
    const told = [
      'ws://10.9.8.7:8000',
      'ws://10.9.8.8:8000',
      'wss://11.1.1.1',
      'ws://example.org:8000',
      ...HERE,
    ];
    expect(usableHints(linkedBy('/ip4/10.9.8.7/tcp/5000', 'inbound'), told)).toEqual([
      'ws://10.9.8.7:8000',
      'wss://11.1.1.1',
    ]);
  });
});
