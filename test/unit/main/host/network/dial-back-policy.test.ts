import { describe, expect, test } from 'vitest';
import { DialBackRate, mayDialBack } from '../../../../../main/host/network/dial-back-policy.ts';

const self = { ips: new Set(['11.0.0.7', '192.168.1.5', '2001:4:112::7']), ports: new Set([4001, 4002]) };
const stranger = { ip: '11.0.0.2', contact: false };
const contact = { ip: '11.0.0.2', contact: true };
const contactThroughRelay = { ip: null, contact: true };
const neighbour = { ip: '192.168.1.9', contact: false };
const sameRouter = { ip: '11.0.0.7', contact: true };

describe('what is dialled back for whom', () => {
  test.for([
    ['a stranger, where he comes from', stranger, '/ip4/11.0.0.2/tcp/4001', true],
    ['a stranger, where he comes from, by QUIC', stranger, '/ip4/11.0.0.2/udp/4001/quic-v1', true],
    ['a stranger, where he comes from, by WebSocket', stranger, '/ip4/11.0.0.2/tcp/4002/ws', true],
    ['a stranger, elsewhere', stranger, '/ip4/11.0.0.3/tcp/4001', false],
    ['a contact, elsewhere', contact, '/ip4/11.0.0.3/tcp/4001', true],
    ['a contact, elsewhere by IPv6', contact, '/ip6/2001:4:112::3/tcp/4001', true],
    ['a contact that comes through a relay', contactThroughRelay, '/ip4/11.0.0.3/tcp/4001', true],
    ['a contact, a port of the system', contact, '/ip4/11.0.0.3/tcp/22', false],
    ['a contact, the port of the web', contact, '/ip4/11.0.0.3/tcp/443', true],
    ['a contact, a private address', contact, '/ip4/192.168.1.77/tcp/4001', false],
    ['a contact, a shared address', contact, '/ip4/100.64.0.9/tcp/4001', false],
    ['a contact, this machine', contact, '/ip4/127.0.0.1/tcp/4001', false],
    ['a contact, this machine by IPv6', contact, '/ip6/::1/tcp/4001', false],
    ['a contact, this machine in disguise', contact, '/ip6/::ffff:127.0.0.1/tcp/5000', false],
    ['a contact, a private address in disguise', contact, '/ip6/::ffff:c0a8:0101/tcp/5000', false],
    ['a contact, a private address through a tunnel', contact, '/ip6/2002:c0a8:101::1/tcp/5000', false],
    ['a contact, a private address by translation', contact, '/ip6/64:ff9b::c0a8:101/tcp/5000', false],
    ['a contact, link-local', contact, '/ip6/fe80::1/tcp/5000', false],
    ['a contact, multicast', contact, '/ip4/224.0.0.1/udp/4001/quic-v1', false],
    ['a contact, ourselves', contact, '/ip4/11.0.0.7/tcp/4001', false],
    ['a contact, another port of ours', contact, '/ip4/11.0.0.7/tcp/8080', false],
    ['a contact behind our router', sameRouter, '/ip4/11.0.0.7/tcp/8080', true],
    ['a contact behind our router, ourselves', sameRouter, '/ip4/11.0.0.7/tcp/4001', false],
    ['a neighbour, where he is', neighbour, '/ip4/192.168.1.9/tcp/4001', true],
    ['a neighbour, the router', neighbour, '/ip4/192.168.1.1/tcp/80', false],
    ['a name', contact, '/dns4/example.org/tcp/4001', false],
    [
      'a relayed address',
      contact,
      '/ip4/11.0.0.3/tcp/4001/p2p/12D3KooWSrwLB9Y9EboqpWRaRxeDQLVczzmQUfCjV7q8FhCtyVha/p2p-circuit',
      false,
    ],
    [
      'another peer',
      contact,
      '/ip4/11.0.0.3/tcp/4001/p2p/12D3KooWSrwLB9Y9EboqpWRaRxeDQLVczzmQUfCjV7q8FhCtyVha',
      false,
    ],
    ['no address', contact, 'http://11.0.0.3/', false],
    ['a port that there is not', contact, '/ip4/11.0.0.3/tcp/70000', false],
    ['an IP address that is none', contact, '/ip4/11.0.0.300/tcp/4001', false],
  ] as const)('%s', ([, asker, address, allowed]) => {
    expect(mayDialBack(address, asker, self) !== null).toBe(allowed);
  });
});

test('takes up a few requests a minute from one peer, and a bounded number from all', () => {
  let now = 0;
  const rate = new DialBackRate(() => now);
  const taken = (peer: string, count: number): number =>
    Array.from({ length: count }, () => rate.take(peer)).filter(Boolean).length;
  expect(taken('a', 20)).toBe(6);
  expect(taken('b', 1)).toBe(1);
  now = 60_000;
  expect(taken('a', 20)).toBe(6);
  const others = Array.from({ length: 100 }, (_, index) => taken(`peer ${index}`, 1));
  expect(others.filter((count) => count === 1)).toHaveLength(54);
});
