import { describe, expect, test } from 'vitest';
import {
  DialBackTurns,
  mayDialBack,
} from '../../../../../../main/host/network/reachability/dial-back-policy.ts';
import { sourceOf } from '../../../../../../main/host/network/ip-address.ts';

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
    ['a stranger, a port of the system where he comes from', stranger, '/ip4/11.0.0.2/tcp/22', false],
    ['a stranger, the port for mail where he comes from', stranger, '/ip4/11.0.0.2/tcp/25/ws', false],
    ['a stranger, the port of the web where he comes from', stranger, '/ip4/11.0.0.2/tcp/443', true],
    ['a contact, any port where he comes from', contact, '/ip4/11.0.0.2/tcp/80/ws', true],
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

describe('how many requests are taken up', () => {
  let now = 0;
  const asker = (index: number, contact = false): { ip: string; contact: boolean } => ({
    ip: `11.0.${index >> 8}.${index & 255}`,
    contact,
  });
  /** Each is over at once, where it is not to stay. */
  const taken = (
    turns: DialBackTurns,
    askers: readonly { ip: string | null; contact: boolean }[],
    stays = false,
    nameOf = (index: number): string => `peer ${index}`,
  ): number =>
    askers.filter((one, index) => {
      const end = turns.take(nameOf(index), one);
      if (!stays) end?.();
      return end !== null;
    }).length;
  const many = (count: number, one: (index: number) => { ip: string; contact: boolean }) =>
    Array.from({ length: count }, (_, index) => one(index));
  const turnsNow = (): DialBackTurns => new DialBackTurns(() => now);

  test('a few a minute from one peer', () => {
    const turns = turnsNow();
    const one = many(20, () => asker(1, true));
    expect(taken(turns, one, false, () => 'a')).toBe(6);
    now += 60_000;
    expect(taken(turns, one, false, () => 'a')).toBe(6);
  });

  test('a bounded number from all, half of which is kept for contacts', () => {
    const turns = turnsNow();
    expect(taken(turns, many(200, asker))).toBe(60);
    expect(
      taken(
        turns,
        many(200, (index) => asker(1000 + index, true)),
      ),
    ).toBe(60);
  });

  test('a share only from strangers at one address, or in one /64', () => {
    const turns = turnsNow();
    expect(
      taken(
        turns,
        many(30, () => asker(1)),
      ),
    ).toBe(15);
    expect(
      taken(
        turns,
        many(30, (index) => ({ ip: `2001:4:112::${index}`, contact: false })),
      ),
    ).toBe(15);
    expect(taken(turns, [asker(2), { ip: '2001:4:112:1::1', contact: false }])).toBe(2);
  });

  test('a few at one time, half of them for contacts, until they are over', () => {
    const turns = turnsNow();
    const end = turns.take('first', asker(1));
    expect(
      taken(
        turns,
        many(5, () => asker(1)),
        true,
      ),
    ).toBe(1);
    expect(
      taken(
        turns,
        many(20, (index) => asker(2 + index)),
        true,
      ),
    ).toBe(2);
    expect(
      taken(
        turns,
        many(20, (index) => asker(100 + index, true)),
        true,
        (index) => `contact ${index}`,
      ),
    ).toBe(4);
    end?.();
    expect(taken(turns, [asker(200)], true)).toBe(1);
  });
});

test.for([
  ['11.0.0.7', '11.0.0.7'],
  ['::ffff:11.0.0.7', '11.0.0.7'],
  ['2001:4:112::7', '2001:4:112:0::/64'],
  ['2001:4:112:0:1:2:3:4', '2001:4:112:0::/64'],
  ['2001::7', '2001:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
] as const)('%s comes from %s', ([ip, source]) => {
  expect(sourceOf(ip)).toBe(source);
});
