import { expect, onTestFinished, test, vi } from 'vitest';
import { PeerId } from '../../../../../../shared/ids.ts';
import { StaticPeers } from '../../../../../../main/host/network/switching/static-peers.ts';
import { parseWebSocketAddress } from '../../../../../../main/host/network/websocket/web-socket-address.ts';

const ADA = PeerId.parse('12D3KooWGRUVh8QhsmVNKxSAFZ2LKXNM8CDbL6JcMBqUaALqEvNR');
const BEN = PeerId.parse('12D3KooWMvPXYR7kkC1XSZzjFTyuTYGWE4bzTQbLbTt3jMdJFQe6');

const setUp = () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const kept: [PeerId, readonly string[]][][] = [];
  const there = new Map<string, PeerId>();
  const dials: string[] = [];
  const peers = new StaticPeers({
    peerIn: (address) => parseWebSocketAddress(address)?.peerId ?? null,
    dial: (address) => {
      dials.push(address);
      const peerId = there.get(address);
      return peerId === undefined ? Promise.reject(new Error('Nobody.')) : Promise.resolve(peerId);
    },
    keep: (all) => kept.push([...all]),
    backoffMs: (failures) => 1000 * 2 ** failures,
  });
  onTestFinished(() => peers.stop());
  const last = () => kept.at(-1);
  return { peers, there, dials, last };
};

test('who is named is kept by the address without the name, and not dialled to be found', async () => {
  const { peers, dials, last } = setUp();
  peers.setRunning(true);
  peers.set([`ws://192.0.2.7:8000#${ADA}`, `ws://[2001:db8::7]:8000#${ADA}`]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(last()).toEqual([[ADA, ['ws://192.0.2.7:8000', 'ws://[2001:db8::7]:8000']]]);
  expect(dials).toEqual([]);
});

test('who is not named is found out by dialling, less and less often, and kept from then on', async () => {
  const { peers, there, dials, last } = setUp();
  peers.set(['ws://192.0.2.8:8000']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(dials).toEqual([]);
  peers.setRunning(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(dials).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2000);
  expect(dials).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(3000);
  expect(dials).toHaveLength(2);
  there.set('ws://192.0.2.8:8000', BEN);
  await vi.advanceTimersByTimeAsync(1000);
  expect(last()).toEqual([[BEN, ['ws://192.0.2.8:8000']]]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(dials).toHaveLength(3);
});

test('what is taken off the list is let go, and not looked for any more', async () => {
  const { peers, dials, last } = setUp();
  peers.setRunning(true);
  peers.set(['ws://192.0.2.8:8000', `ws://192.0.2.7:8000#${ADA}`]);
  await vi.advanceTimersByTimeAsync(0);
  peers.set([]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(last()).toEqual([]);
  expect(dials).toHaveLength(1);
});
