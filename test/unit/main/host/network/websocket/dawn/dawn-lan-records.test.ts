import { BlockList } from 'node:net';
import { beforeAll, expect, it } from 'vitest';
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import { openIdentity } from '../../../../../../../main/host/identity/index.ts';
import { dawnLanService } from '../../../../../../../main/host/network/websocket/dawn/dawn-lan-records.ts';

let nodeId = '';
beforeAll(async () => {
  const key = privateKeyToProtobuf(await generateKeyPair('Ed25519'));
  const identity = await openIdentity({
    kind: 'plain',
    load: async () => key,
    create: async () => undefined,
  });
  nodeId = identity.dawnNodeId;
});

const networks = new BlockList();
networks.addSubnet('192.168.1.0', 24, 'ipv4');
networks.addSubnet('fd00:1::', 64, 'ipv6');
const service = dawnLanService('00'.repeat(32), () => networks);

/** Where a node would be dialled that sends this from there. */
const placeOf = (address: string, from: string): string | undefined =>
  service
    .told(
      {
        type: 'response',
        questions: [],
        authorities: [],
        additionals: [],
        answers: [
          { name: '_projectdawn._tcp.local', type: 'PTR', data: 'a._projectdawn._tcp.local' },
          {
            name: 'a._projectdawn._tcp.local',
            type: 'TXT',
            data: [`node_id=${nodeId}`, `address=${address}`],
          },
        ],
      } as never,
      'own',
      from,
    )
    ?.addresses.join(' ');

it.each([
  ['itself', 'ws://192.168.1.7:8000', '192.168.1.7', '/ip4/192.168.1.7/tcp/8000/ws'],
  ['nowhere', 'ws://0.0.0.0:8000', '192.168.1.7', '/ip4/192.168.1.7/tcp/8000/ws'],
  ['the router', 'ws://192.168.1.1:81', '192.168.1.7', '/ip4/192.168.1.7/tcp/81/ws'],
  ['a printer, by a number', 'ws://3232235777:631', '192.168.1.7', '/ip4/192.168.1.7/tcp/631/ws'],
  ['another network', 'ws://10.0.0.1:81', '192.168.1.7', '/ip4/192.168.1.7/tcp/81/ws'],
  ['an IPv6 address', 'ws://[fd00:1::1]:81', '192.168.1.7', '/ip4/192.168.1.7/tcp/81/ws'],
  ['itself, by IPv6', 'ws://[fd00:1::7]:8000', 'fd00:1::7', '/ip6/fd00:1::7/tcp/8000/ws'],
  [
    'its own network, from a link-local address',
    'ws://[fd00:1::7]:81',
    'fe80::7',
    '/ip6/fd00:1::7/tcp/81/ws',
  ],
  ['another network, from a link-local address', 'ws://[fd00:2::7]:81', 'fe80::7', undefined],
  ['the router, from a link-local address', 'ws://192.168.1.1:81', 'fe80::7', undefined],
  ['the internet', 'ws://8.8.8.8:8000', '192.168.1.7', undefined],
  ['its own machine', 'ws://127.0.0.1:8000', '127.0.0.1', '/ip4/127.0.0.1/tcp/8000/ws'],
])('who tells of %s by multicast is dialled there where it sends from', (_, address, from, expected) => {
  expect(placeOf(address, from)).toBe(expected);
});
