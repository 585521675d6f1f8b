import { BlockList } from 'node:net';
import { multiaddr } from '@multiformats/multiaddr';
import { describe, expect, it } from 'vitest';
import { mayDialFound, nearnessOf } from '../../../../../../main/host/network/dialling/found-addresses.ts';
import { Gatekeeper } from '../../../../../../main/host/network/gatekeeper.ts';
import { PeerId } from '../../../../../../shared/ids.ts';

const ADA = PeerId.parse('12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp');
const RELAY = `/ip4/11.0.0.2/tcp/4001/p2p/${ADA}`;

const own = new BlockList();
own.addSubnet('192.168.7.0', 24, 'ipv4');
own.addSubnet('fe80::', 64, 'ipv6');

const may = (address: string, from: 'far' | 'lan' | 'machine'): boolean =>
  mayDialFound(multiaddr(address), from, () => own);

describe('addresses that strangers tell', () => {
  it('are dialled where they are public', () => {
    for (const address of [
      '/ip4/11.0.0.9/tcp/4001',
      '/ip6/2001:4:112::9/udp/1/quic-v1',
      `${RELAY}/p2p-circuit`,
    ])
      expect(may(address, 'far'), address).toBe(true);
  });

  it('lead into our own networks only if who tells them is there', () => {
    expect(may('/ip4/192.168.7.9/tcp/4001', 'lan')).toBe(true);
    expect(may('/ip4/192.168.7.9/tcp/4001', 'far')).toBe(false);
    expect(may('/ip4/192.168.8.9/tcp/4001', 'lan')).toBe(false);
    expect(may('/ip4/127.0.0.1/tcp/4001', 'lan')).toBe(false);
    expect(may('/ip4/127.0.0.1/tcp/4001', 'machine')).toBe(true);
    expect(may(`/ip4/192.168.7.9/tcp/1/p2p/${ADA}/p2p-circuit`, 'far')).toBe(false);
  });

  it('are no names, paths, other spellings of private addresses, or link-local', () => {
    for (const address of [
      '/dns4/printer.lan/tcp/80',
      '/dnsaddr/example.org',
      '/ip4/11.0.0.9/tcp/80/ws/http-path/apply.cgi',
      '/ip6/::ffff:192.168.8.9/tcp/4001',
      '/ip6/fe80::1/tcp/4001',
      '/ip4/0.0.0.0/tcp/4001',
      '/unix/tmp%2Fsocket',
    ])
      expect(may(address, 'machine'), address).toBe(false);
  });

  it('are told from where a link shows', () => {
    const link = (
      address: string,
      direction: 'inbound' | 'outbound',
    ): Parameters<typeof nearnessOf>[0][number] => ({
      remoteAddr: multiaddr(address),
      direction,
    });
    expect(nearnessOf([link('/ip4/192.168.7.9/tcp/1', 'inbound')], own)).toBe('lan');
    expect(nearnessOf([link('/ip4/192.168.9.9/tcp/1', 'inbound')], own)).toBe('far');
    expect(nearnessOf([link('/ip4/127.0.0.1/tcp/1', 'outbound')], own)).toBe('machine');
    // A proxy may stand there.
    expect(nearnessOf([link('/ip4/127.0.0.1/tcp/1', 'inbound')], own)).toBe('far');
    expect(nearnessOf([link(`/ip4/192.168.7.9/tcp/1/p2p/${ADA}/p2p-circuit`, 'outbound')], own)).toBe('far');
  });
});

describe('the gatekeeper', () => {
  it('lets libp2p dial whom it looks up only there, and whom a person wants anywhere', async () => {
    const gatekeeper = new Gatekeeper();
    const { denyDialMultiaddr } = gatekeeper.asGater(
      () => true,
      () => false,
      (address) => mayDialFound(address, 'far', () => own),
    );
    const denies = (address: string): unknown => denyDialMultiaddr?.(multiaddr(`${address}/p2p/${ADA}`));
    await gatekeeper.lookingUp(async () => {
      expect(denies('/ip4/11.0.0.9/tcp/4001')).toBe(false);
      expect(denies('/ip4/192.168.7.1/tcp/80')).toBe(true);
      expect(denies('/dns4/printer.lan/tcp/80')).toBe(true);
      await gatekeeper.intending(ADA, async () => {
        expect(denies('/ip4/192.168.7.1/tcp/80')).toBe(false);
        return Promise.resolve();
      });
    });
    gatekeeper.frozen = true;
    expect(denies('/ip4/11.0.0.9/tcp/4001')).toBe(true);
  });
});
