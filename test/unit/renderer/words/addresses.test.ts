import { expect, it } from 'vitest';
import { addressesToGive, isLoopback } from '../../../../renderer/words/addresses.ts';

it('gives others no loopback address, and the plainest first', () => {
  const given = [
    '/ip4/127.0.0.1/tcp/4001/p2p/x',
    '/ip6/::1/tcp/4001/p2p/x',
    '/ip6/fd00::2/tcp/4001/p2p/x',
    '/ip4/192.0.2.2/udp/4001/quic-v1/p2p/x',
    '/ip4/192.0.2.2/tcp/4001/p2p/x',
  ];
  expect(addressesToGive(given)).toEqual([given[4], given[3], given[2]]);
  expect(given.filter(isLoopback)).toEqual(given.slice(0, 2));
});

it('gives WebSocket addresses last, and none that only this machine can use', () => {
  const given = ['ws://127.0.0.1:8000#x', 'ws://[::1]:8000', 'wss://localhost', 'ws://192.0.2.2:8000#x'];
  expect(addressesToGive([...given, '/ip6/fd00::2/tcp/4001/p2p/x'])).toEqual([
    '/ip6/fd00::2/tcp/4001/p2p/x',
    given[3],
  ]);
});
