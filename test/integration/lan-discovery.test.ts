import multicastDns from 'multicast-dns';
import type { MulticastDNS } from 'multicast-dns';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { LanDiscovery } from '../../main/host/network/discovery/lan-discovery.ts';
import { eventually } from '../fixtures/eventually.ts';
import { lanAnswers, lanQuestion, peerTold } from '../../main/host/network/discovery/lan-records.ts';

/** Multicast on loopback only, apart from the mDNS of this machine. */
const PORT = 25_361;
const OWN = '/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWGRUjR2dvZrHKvfw4uyaxYjDkRUDqy7jzm7xVPzNFoCZR';
const BEN = '12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function discovery(
  onPeer = vi.fn<(peerId: string, addresses: readonly string[]) => void>(),
  frozen = (): boolean => false,
) {
  const lan = new LanDiscovery(
    { interface: '127.0.0.1', port: PORT, intervalMs: 60_000 },
    { addresses: () => [OWN], interfaces: () => [], onPeer, frozen, onTrouble: () => undefined },
  );
  stops.push(() => lan.set(false));
  await lan.set(true);
  return onPeer;
}

/** Another program on the network. */
async function neighbour(): Promise<MulticastDNS> {
  const socket = multicastDns({ interface: '127.0.0.1', bind: '0.0.0.0', port: PORT });
  stops.push(() => new Promise((resolve) => socket.destroy(resolve)));
  await new Promise<void>((resolve) => socket.on('ready', resolve));
  return socket;
}

it('answers a storm of questions once a second', async () => {
  await discovery();
  const socket = await neighbour();
  let answers = 0;
  socket.on('response', (response) => {
    if (peerTold(response, 'neighbour') !== null) answers += 1;
  });
  const startedAt = performance.now();
  for (let i = 0; i < 50; i += 1) {
    socket.query(lanQuestion);
    await delay(10);
  }
  await eventually(() => expect(answers).toBeGreaterThan(0));
  const seconds = (performance.now() - startedAt) / 1000;
  expect(answers).toBeLessThanOrEqual(Math.floor(seconds) + 2);
});

it('neither asks nor answers while everything is stopped', async () => {
  let frozen = true;
  const socket = await neighbour();
  let heard = 0;
  socket.on('response', (response) => {
    if (peerTold(response, 'neighbour') !== null) heard += 1;
  });
  let asked = 0;
  socket.on('query', () => (asked += 1));
  await discovery(undefined, () => frozen);
  // Our own questions come back to us.
  for (let i = 1; i <= 5; i += 1) {
    socket.query(lanQuestion);
    await eventually(() => expect(asked).toBeGreaterThanOrEqual(i));
    await delay(100);
  }
  expect(asked).toBe(5);
  expect(heard).toBe(0);
  frozen = false;
  socket.query(lanQuestion);
  await eventually(() => expect(heard).toBe(1));
});

it('tells the same news once, takes no address on the internet, and forgets none that is near', async () => {
  const onPeer = await discovery();
  const socket = await neighbour();
  const told = [
    '/ip4/192.168.7.7/tcp/4001',
    '/ip4/8.8.8.8/tcp/4001',
    '/dns4/example.org/tcp/1',
    '/ip4/127.0.0.1/tcp/9',
  ];
  const [packet] = lanAnswers(
    'neighbour',
    told.map((address) => `${address}/p2p/${BEN}`),
  );
  for (let i = 0; i < 20; i += 1) socket.respond(packet ?? { answers: [] });
  await eventually(() => expect(onPeer).toHaveBeenCalled());
  await delay(200);
  expect(onPeer.mock.calls).toEqual([[BEN, ['/ip4/127.0.0.1/tcp/9', '/ip4/192.168.7.7/tcp/4001']]]);
});
