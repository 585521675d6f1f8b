import { expect, it } from 'vitest';
import { readBootstrap } from '../../../../../../main/host/network/links/bootstrap-peers.ts';
import { PeerId } from '../../../../../../shared/ids.ts';

const OWN = PeerId.parse(`12D3Koo${'W'.repeat(44)}1`);
const ADA = PeerId.parse(`12D3KooWGRUjR2dvZrHKvfw4uyaxYjDkRUDqy7jzm7xVPzNFoCZR`);
const BEN = PeerId.parse(`12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo`);

it('reads addresses and names, several for one peer, and leaves out this machine', () => {
  const { peers, notice } = readBootstrap(
    [
      `/dns4/boot.example.org/tcp/4001/p2p/${ADA}`,
      ` /ip4/192.0.2.1/udp/4001/quic-v1/p2p/${ADA} `,
      `/ip6/2001:db8::1/tcp/4001/p2p/${BEN}`,
      `/ip4/192.0.2.9/tcp/4001/p2p/${OWN}`,
    ],
    OWN,
  );
  expect(notice).toBeNull();
  expect([...peers]).toEqual([
    [ADA, ['/dns4/boot.example.org/tcp/4001', '/ip4/192.0.2.1/udp/4001/quic-v1']],
    [BEN, ['/ip6/2001:db8::1/tcp/4001']],
  ]);
});

it('says which entry is wrong, and uses the others', () => {
  const { peers, notice } = readBootstrap(
    ['/ip4/192.0.2.1/tcp/4001', `/ip4/192.0.2.1/tcp/4001/p2p/${ADA}`],
    OWN,
  );
  expect([...peers.keys()]).toEqual([ADA]);
  expect(notice).toMatchObject({ id: 'bootstrap', level: 'warning' });
  expect(notice?.text).toContain('cannot be used: /ip4/192.0.2.1/tcp/4001.');
});

it('is bounded', () => {
  const many = Array.from({ length: 20 }, (_, n) => `/ip4/192.0.2.${n}/tcp/4001/p2p/${ADA}`);
  const { peers, notice } = readBootstrap(many, OWN);
  expect(peers.get(ADA)).toHaveLength(8);
  expect(notice?.text).toMatch(/^12 addresses/);
});
