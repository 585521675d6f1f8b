import type { Stream } from '@libp2p/interface';
import { lpStream } from '@libp2p/utils';
import { multiaddr } from '@multiformats/multiaddr';
import { afterEach, expect, it } from 'vitest';
import type { RelayServerOptions } from '../../main/host/network/index.ts';
import { soon, startNode, startPlainNode, stopAll } from './network-fixture.ts';

const HOP = '/libp2p/circuit/relay/0.2.0/hop';
/** Circuit Relay v2, message HopMessage: a type that ends at once, and a field of so many bytes that nobody knows. */
const padded = (bytes: number): Uint8Array => {
  const field = Buffer.alloc(6);
  field.set([0x08, 0x00, 0x7a]);
  field.set([(bytes & 0x7f) | 0x80, ((bytes >> 7) & 0x7f) | 0x80, bytes >> 14], 3);
  return Buffer.concat([field, Buffer.alloc(bytes)]);
};

const RELAY: RelayServerOptions = {
  maxReservations: 8,
  circuitSeconds: 60,
  circuitBytes: 1_000_000,
  stunPorts: [],
  contactsOnly: false,
};

afterEach(stopAll);

it('a relay that answers at length is not read', async () => {
  const { node: relay } = await startPlainNode();
  const asked = Promise.withResolvers<Stream>();
  await relay.handle(HOP, async (stream) => {
    const messages = lpStream(stream);
    await messages.read();
    asked.resolve(stream);
    await messages.write(padded(100_000)).catch(() => undefined);
  });
  const host = await startNode({ relays: true, backoffMs: () => 60_000 });
  const failed = new Promise<void>((resolve) => {
    host.network.on('evidence', () => {
      if (host.network.reachEvidence().relays.some(({ state }) => state === 'failed')) resolve();
    });
  });
  const [address] = relay.getMultiaddrs();
  await host.network.dial(String(address), soon());
  const stream = await asked.promise;
  await failed;
  expect(stream.status).toBe('reset');
});

it('a relay gives strangers at one address a share of its places only, and contacts theirs', async () => {
  const contacts = new Set<string>();
  const relay = await startNode({
    relayServer: { ...RELAY, maxReservations: 64 },
    handlers: { isContact: (peerId) => contacts.has(peerId) },
  });
  const reserve = async (isContact: boolean): Promise<boolean> => {
    const { node } = await startPlainNode();
    if (isContact) contacts.add(node.peerId.toString());
    const connection = await node.dial(multiaddr(relay.at('tcp')));
    const messages = lpStream(await connection.newStream(HOP));
    await messages.write(Uint8Array.of(0x08, 0x00));
    const answer = (await messages.read()).subarray();
    // Its last field is the status, which is 100 for OK.
    return answer.at(-2) === 0x28 && answer.at(-1) === 100;
  };
  const given: boolean[] = [];
  for (let asked = 0; asked < 34; asked += 1) given.push(await reserve(false));
  expect(given.map(Number).join('')).toBe(`${'1'.repeat(32)}00`);
  expect(await reserve(true)).toBe(true);
  expect(relay.network.relayView()).toMatchObject({ reservations: 33 });
});

it('a relay that is asked at length does not read it', async () => {
  const relay = await startNode({ relayServer: RELAY });
  const { node } = await startPlainNode();
  const connection = await node.dial(multiaddr(relay.at('tcp')));
  const short = await connection.newStream(HOP);
  await lpStream(short).write(padded(2000));
  // A status, as to any request.
  expect((await lpStream(short).read()).byteLength).toBeGreaterThan(0);
  const long = await connection.newStream(HOP);
  const answer = lpStream(long);
  await answer.write(padded(5000));
  await expect(answer.read()).rejects.toThrow();
  expect(long.status).toBe('reset');
});
