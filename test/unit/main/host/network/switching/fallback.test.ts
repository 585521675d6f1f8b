import { expect, onTestFinished, test, vi } from 'vitest';
import { PeerId } from '../../../../../../shared/ids.ts';
import type { TransportName } from '../../../../../../shared/transports.ts';
import { NetworkError } from '../../../../../../main/host/network/errors.ts';
import { FallbackDialling } from '../../../../../../main/host/network/switching/fallback.ts';
import { PeerTable } from '../../../../../../main/host/network/links/peer-table.ts';
import type { Links } from '../../../../../../main/host/network/links/links.ts';

const peerId = PeerId.parse('12D3KooWGRUVh8QhsmVNKxSAFZ2LKXNM8CDbL6JcMBqUaALqEvNR');
const ADDRESS = 'ws://192.0.2.7:8000';

const setUp = (usable: TransportName[], addresses: string[]) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const linked = new Set<TransportName>();
  const dials: string[] = [];
  /** How each dial goes; a dial that is never answered is `Promise.withResolvers().promise`. */
  const goes: Record<TransportName, () => Promise<void>> = {
    libp2p: () => Promise.reject(new NetworkError('UNREACHABLE', 'Nobody listens at that address.')),
    websocket: () => Promise.resolve(),
  };
  const peers = new PeerTable(
    () => undefined,
    () => true,
  );
  const dial = async (name: TransportName): Promise<void> => {
    dials.push(name);
    await goes[name]();
    linked.add(name);
    fallback.linksChanged(peerId);
  };
  const fallback: FallbackDialling = new FallbackDialling({
    peers,
    links: {
      best: (_: PeerId, name?: TransportName) =>
        (name === undefined ? linked.size > 0 : linked.has(name))
          ? { connection: { direction: 'inbound' } }
          : undefined,
    } as unknown as Links,
    usable: () => usable,
    dialLibp2p: () => dial('libp2p'),
    dialWebSocket: () => dial('websocket'),
    isOurs: () => true,
  });
  onTestFinished(() => fallback.stop());
  const peer = peers.see(peerId, 'contact');
  peers.addAddresses(peer, addresses);
  const lose = (name: TransportName): void => {
    linked.delete(name);
    fallback.linksChanged(peerId);
  };
  const connect = () => fallback.connect(peer, 'kept', new AbortController().signal);
  const come = (name: TransportName): void => {
    linked.add(name);
    fallback.linksChanged(peerId);
  };
  return { fallback, peer, linked, dials, goes, lose, come, connect };
};

test('libp2p has the first word, and where it works nothing else is dialled', async () => {
  const { connect, dials, goes, peer } = setUp(['libp2p', 'websocket'], [ADDRESS]);
  goes.libp2p = () => Promise.resolve();
  await connect();
  expect(dials).toEqual(['libp2p']);
  expect(peer.fallback).toBeNull();
});

test('a failure of libp2p is followed by WebSocket at once, and says why', async () => {
  const { connect, dials, peer } = setUp(['libp2p', 'websocket'], [ADDRESS]);
  await connect();
  expect(dials).toEqual(['libp2p', 'websocket']);
  expect(peer.fallback).toMatchObject({ reason: 'Nobody listens at that address.' });
  expect(peer.facts.lastError.libp2p).toBe('Nobody listens at that address.');
});

test('silence of libp2p is waited for three seconds', async () => {
  const { connect, dials, goes, peer } = setUp(['libp2p', 'websocket'], [ADDRESS]);
  goes.libp2p = () => Promise.withResolvers<undefined>().promise;
  const connected = connect();
  await vi.advanceTimersByTimeAsync(2900);
  expect(dials).toEqual(['libp2p']);
  await vi.advanceTimersByTimeAsync(200);
  await connected;
  expect(dials).toEqual(['libp2p', 'websocket']);
  expect(peer.fallback?.reason).toBe('It did not answer for 3.0 s.');
});

test('libp2p is tried again after 30 s, 60 s and so on, and the fallback is over once it works', async () => {
  const { connect, dials, goes, peer } = setUp(['libp2p', 'websocket'], [ADDRESS]);
  await connect();
  expect(peer.fallback?.nextTryAt).toBe(Date.now() + 30_000);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(dials).toEqual(['libp2p', 'websocket', 'libp2p']);
  await vi.advanceTimersByTimeAsync(59_000);
  expect(dials).toHaveLength(3);
  goes.libp2p = () => Promise.resolve();
  await vi.advanceTimersByTimeAsync(1000);
  expect(dials).toHaveLength(4);
  expect(peer.fallback).toBeNull();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(dials).toHaveLength(4);
});

test('a try that is under way is no promise of another time', async () => {
  const { connect, goes, peer } = setUp(['libp2p', 'websocket'], [ADDRESS]);
  await connect();
  goes.libp2p = () => Promise.withResolvers<undefined>().promise;
  await vi.advanceTimersByTimeAsync(32_000);
  expect(peer.fallback?.nextTryAt).toBe(Date.now() - 2000);
});

test('nothing is tried again once the WebSocket link is gone', async () => {
  const { connect, dials, lose, peer } = setUp(['libp2p', 'websocket'], [ADDRESS]);
  await connect();
  lose('websocket');
  expect(peer.fallback).toBeNull();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(dials).toHaveLength(2);
});

test('a link that the peer made over WebSocket says so, and libp2p is tried', async () => {
  const { come, dials, peer } = setUp(['libp2p', 'websocket'], [ADDRESS]);
  come('websocket');
  expect(peer.fallback).toMatchObject({ reason: 'The peer came over WebSocket.', afterMs: 0 });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(dials).toEqual(['libp2p']);
  expect(peer.fallback?.reason).toBe('Nobody listens at that address.');
});

test('a change of our own network tries libp2p again at once', async () => {
  const { connect, dials, fallback } = setUp(['libp2p', 'websocket'], [ADDRESS]);
  await connect();
  fallback.hurry();
  await vi.advanceTimersByTimeAsync(1);
  expect(dials).toEqual(['libp2p', 'websocket', 'libp2p']);
});

test('both reasons are said where both fail', async () => {
  const { connect, goes } = setUp(['libp2p', 'websocket'], [ADDRESS]);
  goes.websocket = () => Promise.reject(new NetworkError('REFUSED', 'It closed the connection.'));
  await expect(connect()).rejects.toThrow(
    'libp2p: Nobody listens at that address. WebSocket: It closed the connection.',
  );
});

test('only WebSocket is dialled where only WebSocket may be used', async () => {
  const { connect, dials, peer } = setUp(['websocket'], [ADDRESS]);
  await connect();
  expect(dials).toEqual(['websocket']);
  expect(peer.fallback).toBeNull();
});

test('a peer without an address of the transport that may be used says so', async () => {
  const { connect } = setUp(['websocket'], []);
  await expect(connect()).rejects.toThrow('No WebSocket address of this peer is known.');
});
