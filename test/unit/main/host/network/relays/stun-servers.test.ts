import { multiaddr } from '@multiformats/multiaddr';
import { expect, it } from 'vitest';
import { serverText, StunServers } from '../../../../../../main/host/network/relays/stun-servers.ts';

const RELAY = '12D3KooWRNsdhzTtMCoEwVhpWzfejNmgrJqecPnTpPEUn8KGhoNV';
const linkTo = (address: string): Parameters<StunServers['offered']>[0] => ({
  remoteAddr: multiaddr(address),
  status: 'open',
});

it('takes the ports of a relay at the address of that very link, and while it lasts', () => {
  const servers = new StunServers();
  const link = linkTo(`/ip4/192.0.2.7/tcp/4001/p2p/${RELAY}`);
  expect([servers.isNew(link), servers.isNew(link)]).toEqual([true, false]);
  servers.offered(link, [3478, 3479]);
  const v6 = linkTo('/ip6/2001:db8::7/udp/4001/quic-v1');
  servers.offered(v6, [3478]);
  expect(servers.list().map(serverText)).toEqual(['192.0.2.7:3478', '192.0.2.7:3479', '[2001:db8::7]:3478']);
  servers.closed(link);
  expect(servers.list().map(serverText)).toEqual(['[2001:db8::7]:3478']);
});

it('takes none from who is behind a relay itself, by a name, or gone', () => {
  const servers = new StunServers();
  servers.offered(linkTo(`/ip4/192.0.2.7/tcp/4001/p2p/${RELAY}/p2p-circuit/p2p/${RELAY}`), [3478]);
  servers.offered(linkTo('/dns4/relay.example.org/tcp/4001'), [3478]);
  servers.offered({ ...linkTo('/ip4/192.0.2.7/tcp/4001'), status: 'closed' }, [3478]);
  expect(servers.list()).toEqual([]);
});

it('reads those that were named, puts the relays first, and counts none twice', () => {
  const servers = new StunServers();
  servers.set([
    'stun.example.org:3478',
    '[2001:db8::1]:19302',
    '192.0.2.7:3478',
    'nothing',
    'a:0',
    'a:70000',
  ]);
  servers.offered(linkTo('/ip4/192.0.2.7/tcp/4001'), [3478]);
  expect(servers.list()).toEqual([
    { host: '192.0.2.7', port: 3478 },
    { host: 'stun.example.org', port: 3478 },
    { host: '2001:db8::1', port: 19_302 },
  ]);
  servers.set(Array.from({ length: 40 }, (_, index) => `192.0.2.${index}:1`));
  expect(servers.list()).toHaveLength(16);
});
