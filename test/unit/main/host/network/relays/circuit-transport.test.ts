import { multiaddr } from '@multiformats/multiaddr';
import { expect, it } from 'vitest';
import { usefulAddresses } from '../../../../../../main/host/network/relays/circuit-transport.ts';

const RELAY = '12D3KooWRNsdhzTtMCoEwVhpWzfejNmgrJqecPnTpPEUn8KGhoNV';
const at = (place: string): Uint8Array => multiaddr(`${place}/p2p/${RELAY}`).bytes;
const useful = (places: readonly string[]): string[] =>
  usefulAddresses(places.map(at)).map((bytes) =>
    multiaddr(bytes)
      .toString()
      .replace(/\/p2p\/[^/]*$/, ''),
  );

const OPEN = '/ip4/11.0.0.1/tcp/4001';
const OPEN6 = '/ip6/2a00:1450::1/udp/4001/quic-v1';
const LAN = '/ip4/192.168.1.7/tcp/4001';
const SELF = '/ip4/127.0.0.1/tcp/4001';

it('announces the public addresses of a public relay only', () => {
  expect(useful([OPEN, SELF, LAN, OPEN6, '/ip6/::1/tcp/4001'])).toEqual([OPEN, OPEN6]);
});

it('announces all but loopback of a relay in the same network, and all of one on the same machine', () => {
  expect(useful([LAN, SELF, OPEN])).toEqual([LAN, OPEN]);
  expect(useful([SELF, LAN])).toEqual([SELF, LAN]);
});

it('announces no more than eight, nor relays of relays', () => {
  expect(useful(Array.from({ length: 1000 }, (_, port) => `/ip4/11.0.0.1/tcp/${port + 1}`))).toHaveLength(8);
  expect(useful([OPEN, `${OPEN}/p2p/${RELAY}/p2p-circuit`])).toEqual([OPEN]);
  expect(usefulAddresses([])).toEqual([]);
});
