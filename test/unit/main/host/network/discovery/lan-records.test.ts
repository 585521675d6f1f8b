import { expect, it } from 'vitest';
import {
  asksForPeers,
  lanAnswers,
  peerTold,
} from '../../../../../../main/host/network/discovery/lan-records.ts';

type Answer = NonNullable<Parameters<typeof peerTold>[0]['answers']>[number];

const ADA = '12D3KooWGRUjR2dvZrHKvfw4uyaxYjDkRUDqy7jzm7xVPzNFoCZR';
const BEN = '12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo';
const SERVICE = '_p2p._udp.local';

const response = (answers: Answer[], additionals: Answer[] = []): Parameters<typeof peerTold>[0] => ({
  id: 0,
  flags: 0,
  type: 'response',
  questions: [],
  authorities: [],
  answers,
  additionals,
});
const pointer: Answer = { name: SERVICE, type: 'PTR', data: `somebody.${SERVICE}` };
const text = (data: string | Buffer | string[]): Answer => ({
  name: `somebody.${SERVICE}`,
  type: 'TXT',
  data,
});

it('answers with the records of libp2p, in packets that fit a network, and reads them back', () => {
  const addresses = Array.from({ length: 20 }, (_, n) => `/ip4/10.0.0.${n}/udp/4001/quic-v1/p2p/${ADA}`);
  const packets = lanAnswers('x'.repeat(32), addresses);
  expect(packets.map(({ answers }) => answers.length - 1)).toEqual([6, 6, 4]);
  for (const { answers } of packets) {
    expect(answers[0]).toMatchObject({ name: SERVICE, type: 'PTR', data: `${'x'.repeat(32)}.${SERVICE}` });
    expect(peerTold(response([...answers]), 'me')?.peerId).toBe(ADA);
  }
  const [first] = packets;
  const told = peerTold(response([...(first?.answers ?? [])]), 'me');
  expect(told?.addresses.map(String)).toEqual(
    addresses.slice(0, 6).map((one) => one.replace(/\/p2p\/.*/, '')),
  );
});

it('does not take itself for another', () => {
  const [packet] = lanAnswers('me', [`/ip4/10.0.0.1/tcp/4001/p2p/${ADA}`]);
  expect(peerTold(response([...(packet?.answers ?? [])]), 'me')).toBeNull();
});

it('reads addresses among the additional records, as bytes and as lists', () => {
  const told = peerTold(
    response(
      [pointer],
      [
        text(Buffer.from(`dnsaddr=/ip4/10.0.0.1/tcp/1/p2p/${ADA}`)),
        text([`dnsaddr=/ip4/10.0.0.1/tcp/2/p2p/${ADA}`, `dnsaddr=/ip6/fd00::1/tcp/3/p2p/${ADA}`]),
      ],
    ),
    'me',
  );
  expect(told?.addresses).toHaveLength(3);
});

it('reads no more than it should: one peer, plain addresses, so many of them', () => {
  const good = `dnsaddr=/ip4/10.0.0.1/tcp/1/p2p/${ADA}`;
  const told = peerTold(
    response([
      pointer,
      text([
        'dnsaddr=/no/such/thing',
        'nonsense',
        `dnsaddr=/ip4/10.0.0.1/tcp/1`,
        `dnsaddr=/p2p/${ADA}`,
        `dnsaddr=/ip4/10.0.0.1/tcp/1/p2p/${BEN}/p2p-circuit/p2p/${ADA}`,
        good,
        `dnsaddr=/ip4/10.0.0.2/tcp/1/p2p/${BEN}`,
      ]),
    ]),
    'me',
  );
  expect(told).toMatchObject({ peerId: ADA });
  expect(told?.addresses.map(String)).toEqual(['/ip4/10.0.0.1/tcp/1']);
  const many = Array.from({ length: 100 }, (_, n) => `dnsaddr=/ip4/10.0.0.${n}/tcp/1/p2p/${ADA}`);
  expect(peerTold(response([pointer, text(many)]), 'me')?.addresses).toHaveLength(16);
  expect(peerTold(response([text(good)]), 'me')).toBeNull();
  expect(peerTold(response([{ ...pointer, name: '_http._tcp.local' }, text(good)]), 'me')).toBeNull();
});

it('answers questions for its own service only', () => {
  const question = (name: string): Parameters<typeof asksForPeers>[0] => ({
    ...response([]),
    type: 'query',
    questions: [{ name, type: 'PTR' }],
  });
  expect(asksForPeers(question('_P2P._udp.local'))).toBe(true);
  expect(asksForPeers(question('_http._tcp.local'))).toBe(false);
});
