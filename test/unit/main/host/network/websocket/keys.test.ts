import { expect, it } from 'vitest';
import { NodeKey } from '../../../../../../main/host/network/websocket/ed25519.ts';
import { sessionKey } from '../../../../../../main/host/network/websocket/session-key.ts';
import { privateKeyOf, vectors } from '../../../../../fixtures/dawn/vectors.ts';

it('refuses ephemeral keys that lead to a secret which everybody knows', () => {
  const own = privateKeyOf('x25519', vectors.client.x25519_private_hex);
  // RFC 7748, section 6.1, and the points of small order of Curve25519.
  const known = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  ];
  for (const key of known) expect(() => sessionKey(own, key)).toThrow('makes no secret');
});

it('takes no node id that belongs to nobody, in whichever spelling', () => {
  // Points of small order of Edwards25519. Not every library refuses signatures by them.
  const points = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    `01${'00'.repeat(30)}80`,
    `ec${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(31)}`,
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  ];
  for (const point of points) expect(() => new NodeKey(point)).toThrow('A node id is');
  expect(new NodeKey(vectors.client.node_id).nodeId).toBe(vectors.client.node_id);
});
