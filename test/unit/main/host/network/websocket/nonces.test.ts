import { expect, it } from 'vitest';
import { NonceGuard, NonceSource } from '../../../../../../main/host/network/websocket/nonces.ts';

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
