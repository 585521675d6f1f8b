import type { Stream } from '@libp2p/interface';
import { lpStream } from '@libp2p/utils';
import { multiaddr } from '@multiformats/multiaddr';
import { afterEach, expect, it } from 'vitest';
import { startNode, startPlainNode, stopAll } from './network-fixture.ts';

const HOP = '/libp2p/circuit/relay/0.2.0/hop';
/** Circuit Relay v2, message HopMessage: a type that ends at once, and a field of so many bytes that nobody knows. */
const padded = (bytes: number): Uint8Array => {
  const field = Buffer.alloc(6);
  field.set([0x08, 0x00, 0x7a]);
  field.set([(bytes & 0x7f) | 0x80, ((bytes >> 7) & 0x7f) | 0x80, bytes >> 14], 3);
  return Buffer.concat([field, Buffer.alloc(bytes)]);
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
  await relay.dial(multiaddr(host.at('tcp')));
  const stream = await asked.promise;
  await failed;
  expect(stream.status).toBe('reset');
});

it('a relay that is asked at length does not read it', async () => {
  const relay = await startNode({
    relayServer: {
      maxReservations: 8,
      circuitSeconds: 60,
      circuitBytes: 1_000_000,
      stunPorts: [],
      contactsOnly: false,
    },
  });
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
