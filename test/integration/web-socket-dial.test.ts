import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createLibp2p } from 'libp2p';
import { expect, onTestFinished, test } from 'vitest';
import { abortableWebSockets } from '../../main/host/network/node/web-socket-transport.ts';

const PEER = '12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5';

test('a WebSocket dial that is given up leaves no socket that goes on connecting', async () => {
  // Takes the connection, and never answers what is asked on it.
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const node = await createLibp2p({
    transports: [abortableWebSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
  });
  onTestFinished(() => node.stop());
  const { port } = server.address() as AddressInfo;
  const giveUp = new AbortController();
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const dial = node.dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}/ws/p2p/${PEER}`), { signal: giveUp.signal });
  dial.catch(() => undefined);
  const [socket] = await accepted;
  socket.resume().on('error', () => undefined);
  const closed = once(socket, 'close');
  giveUp.abort();
  await expect(dial).rejects.toThrow();
  await closed;
});
