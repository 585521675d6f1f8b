import { expect, it } from 'vitest';
import { NonceGuard, NonceSource } from '../../../../../../main/host/network/websocket/nonces.ts';
import { sessionKey } from '../../../../../../main/host/network/websocket/session-key.ts';
import { privateKeyOf, vectors } from '../../../../../fixtures/dawn/vectors.ts';

it('counts from zero, apart for each end', () => {
  const source = new NonceSource('dialler');
  expect([source.next(), source.next()]).toStrictEqual([
    '474801000000000000000000',
    '474801000000000000000001',
  ]);
  expect(new NonceSource('listener').next()).toBe('474802000000000000000000');
});

it('demands the next of a sender that counts', () => {
  for (const wrong of ['474801000000000000000000', '474801000000000000000002', 'ab'.repeat(12)]) {
    const guard = new NonceGuard('dialler');
    guard.accept('474801000000000000000000');
    expect(guard.counts).toBe(true);
    expect(() => guard.accept(wrong)).toThrow('repeated, left out or reordered');
  }
});

it('does not take one that begins elsewhere, or counts for the other end, for a Gatehouse', () => {
  for (const first of ['474801000000000000000001', '474802000000000000000000']) {
    const guard = new NonceGuard('dialler');
    guard.accept(first);
    expect(guard.counts).toBe(false);
  }
});

it('remembers a bounded number of others, and stops before it would forget one', () => {
  const guard = new NonceGuard('dialler', 2);
  guard.accept('00'.repeat(12));
  guard.accept('01'.repeat(12));
  expect(() => guard.accept('00'.repeat(12))).toThrow('twice');
  expect(() => guard.accept('02'.repeat(12))).toThrow('used up');
});

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
