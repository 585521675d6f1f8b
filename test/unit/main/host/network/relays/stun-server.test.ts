import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import {
  bindingRequest,
  parseBindingSuccess,
} from '../../../../../../main/host/network/relays/stun-message.ts';
import { StunServer } from '../../../../../../main/host/network/relays/stun-server.ts';

const started: StunServer[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

async function startServer(host: string, maxPerSecond?: number): Promise<StunServer> {
  const server = new StunServer({
    ports: [0, 0],
    host,
    ...(maxPerSecond === undefined ? {} : { maxPerSecond }),
  });
  started.push(server);
  expect(await server.start()).toEqual([]);
  return server;
}

async function openSocket(host: string): Promise<Socket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  sockets.push(socket);
  socket.bind(0, host);
  await once(socket, 'listening');
  return socket;
}

async function ask(socket: Socket, port: number, host: string): Promise<{ sent: Uint8Array; got: Buffer }> {
  const sent = bindingRequest(new Uint8Array(randomBytes(12)));
  const answered = once(socket, 'message');
  socket.send(sent, port, host);
  const [got]: unknown[] = await answered;
  if (!Buffer.isBuffer(got)) throw new Error('No datagram.');
  return { sent, got };
}

describe('the STUN server', () => {
  it.each(['127.0.0.1', '::1'])('tells who asks from %s how it looks, on both ports', async (host) => {
    const server = await startServer(host);
    const socket = await openSocket(host);
    expect(server.ports).toHaveLength(2);
    for (const port of server.ports) {
      const { sent, got } = await ask(socket, port, host);
      expect(parseBindingSuccess(got)).toEqual({
        transaction: new Uint8Array(sent).slice(8),
        mapped: { host, port: socket.address().port },
      });
      expect(got.length).toBeLessThanOrEqual(sent.length * 3);
    }
  });

  it('says nothing to garbage, and goes on', async () => {
    const { ports } = await startServer('127.0.0.1');
    const [port = 0] = ports;
    const socket = await openSocket('127.0.0.1');
    const heard: Buffer[] = [];
    for (let round = 0; round < 60; round += 1)
      socket.send(randomBytes((round * 7) % 1400), port, '127.0.0.1');
    const notBinding = bindingRequest(new Uint8Array(12));
    notBinding[1] = 3;
    socket.send(notBinding, port, '127.0.0.1');
    socket.on('message', (datagram) => heard.push(datagram));
    const { sent } = await ask(socket, port, '127.0.0.1');
    expect(heard.map((datagram) => parseBindingSuccess(datagram)?.transaction)).toEqual([
      new Uint8Array(sent).slice(8),
    ]);
  });

  it('answers one source only so often in a second', async () => {
    const { ports } = await startServer('127.0.0.1', 3);
    const [port = 0, other = 0] = ports;
    const [asker, witness] = [await openSocket('127.0.0.1'), await openSocket('127.0.0.2')];
    let heard = 0;
    asker.on('message', () => (heard += 1));
    for (let round = 0; round < 50; round += 1)
      asker.send(bindingRequest(new Uint8Array(randomBytes(12))), port, '127.0.0.1');
    // Another source is answered all the same, and after the rest.
    await ask(witness, port, '127.0.0.1');
    await ask(witness, other, '127.0.0.1');
    expect(heard).toBeGreaterThan(0);
    // Three in each of the seconds that this may have touched.
    expect(heard).toBeLessThanOrEqual(6);
  });

  it('is silent while everything is stopped', async () => {
    let silent = true;
    const server = new StunServer({ ports: [0], host: '127.0.0.1', silent: () => silent });
    started.push(server);
    await server.start();
    const [port = 0] = server.ports;
    const socket = await openSocket('127.0.0.1');
    const heard: Buffer[] = [];
    socket.on('message', (datagram) => heard.push(datagram));
    socket.send(bindingRequest(new Uint8Array(randomBytes(12))), port, '127.0.0.1');
    // By the time that another one has been answered, this one has been read.
    const { ports } = await startServer('127.0.0.1');
    await ask(await openSocket('127.0.0.1'), ports[0] ?? 0, '127.0.0.1');
    silent = false;
    const { sent } = await ask(socket, port, '127.0.0.1');
    expect(heard.map((datagram) => parseBindingSuccess(datagram)?.transaction)).toEqual([
      new Uint8Array(sent).slice(8),
    ]);
  });

  it('says which ports it could not have', async () => {
    const { ports } = await startServer('127.0.0.1');
    const [port = 0] = ports;
    const second = new StunServer({ ports: [port], host: '127.0.0.1' });
    expect(await second.start()).toEqual([port]);
    expect(second.ports).toEqual([]);
    await second.stop();
  });
});
