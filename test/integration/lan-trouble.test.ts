import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { startNode, stopAll, stopLater } from './network-fixture.ts';

afterEach(stopAll);

/** A program that keeps a port for itself. */
async function taken(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '0.0.0.0');
  await once(socket, 'listening');
  stopLater({ stop: () => new Promise((resolve) => socket.close(() => resolve())) });
  return socket.address().port;
}

test.each(['websocket', 'libp2p'] as const)(
  'the person is told where nobody on this network can be found, while only %s runs',
  async (transport) => {
    const lan = { interface: '127.0.0.1', port: await taken(), intervalMs: 20 };
    const { notices } = await startNode({ transport, mdns: true, lan });
    await vi.waitUntil(() => notices.length > 0, 10_000);
    expect(notices).toMatchObject([
      { id: 'mdns', text: expect.stringContaining('another program keeps the mDNS port') },
    ]);
  },
);
