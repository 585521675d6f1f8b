import { expect, it } from 'vitest';
import { NodeKey } from '../../../../../../main/host/network/websocket/ed25519.ts';
import { parseWebSocketAddress } from '../../../../../../main/host/network/websocket/web-socket-address.ts';
import { vectors } from '../../../../../fixtures/dawn/vectors.ts';

const { nodeId, peerId } = new NodeKey(vectors.server.node_id);

it('takes an address apart, whichever way its peer is spelt', () => {
  expect(parseWebSocketAddress('ws://192.0.2.7:8000')).toStrictEqual({
    url: 'ws://192.0.2.7:8000',
    peerId: null,
  });
  expect(parseWebSocketAddress(`wss://[2001:db8::1]:443/#${peerId}`)).toStrictEqual({
    url: 'wss://[2001:db8::1]:443',
    peerId,
  });
  expect(parseWebSocketAddress(`ws://a.example:8000#${nodeId}`)).toStrictEqual({
    url: 'ws://a.example:8000',
    peerId,
  });
});

it.each([
  '/ip4/192.0.2.7/tcp/8000/ws',
  'http://192.0.2.7:8000',
  'ws://192.0.2.7:8000/path',
  'ws://user@192.0.2.7:8000',
  'ws://192.0.2.7:99999',
  'ws://192.0.2.7:8000#somebody',
  `ws://192.0.2.7:8000#${'0'.repeat(65)}`,
  '',
])('%s is none', (address) => {
  expect(parseWebSocketAddress(address)).toBeNull();
});
