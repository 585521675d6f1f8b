import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { findNatMapping, mappingOf } from '../../../../../../main/host/network/reachability/nat-mapping.ts';
import {
  bindingSuccess,
  parseBindingRequest,
} from '../../../../../../main/host/network/relays/stun-message.ts';
import type { UdpAddress } from '../../../../../../main/host/network/relays/stun-message.ts';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

interface ServerOptions {
  /** How the asker looks from there. */
  readonly sees?: (from: UdpAddress) => UdpAddress;
  /** Questions that it does not answer. */
  readonly deaf?: number;
  readonly host?: string;
}

/** A STUN server on loopback. @returns it as `host:port` */
async function stunServer({
  sees = (from) => from,
  deaf = 0,
  host = '127.0.0.1',
}: ServerOptions = {}): Promise<string> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  sockets.push(socket);
  let heard = 0;
  socket.on('message', (datagram, { address, port }) => {
    heard += 1;
    const request = parseBindingRequest(datagram);
    if (request === null || heard <= deaf) return;
    const answer = bindingSuccess(request.transaction, sees({ host: address, port }));
    if (answer !== null) socket.send(answer, port, address);
  });
  socket.bind(0, host);
  await once(socket, 'listening');
  const { port } = socket.address();
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const outside =
  (port?: number) =>
  (from: UdpAddress): UdpAddress => ({ host: '11.0.0.2', port: port ?? from.port });
const find = (...servers: string[]): ReturnType<typeof findNatMapping> =>
  findNatMapping(servers, AbortSignal.timeout(10_000), 800);

describe('how the router maps UDP', () => {
  test('not at all', async () => {
    expect(await find(await stunServer(), await stunServer())).toEqual({
      mapping: 'none',
      externalIps: ['127.0.0.1'],
      asked: 2,
      answered: 2,
    });
  });

  test('to the same port for all destinations', async () => {
    const sees = outside(6000);
    expect(await find(await stunServer({ sees }), await stunServer({ sees }))).toMatchObject({
      mapping: 'same',
      externalIps: ['11.0.0.2'],
    });
  });

  test('to our own port, but at an address that is not ours', async () => {
    const sees = outside();
    expect(await find(await stunServer({ sees }), await stunServer({ sees }))).toMatchObject({
      mapping: 'same',
    });
  });

  test('to another port for each', async () => {
    const servers = [await stunServer({ sees: outside(6000) }), await stunServer({ sees: outside(6001) })];
    expect(await find(...servers)).toMatchObject({ mapping: 'varies', externalIps: ['11.0.0.2'] });
  });

  test('one answer alone tells the address, but not that', async () => {
    expect(await find(await stunServer({ sees: outside(6000) }))).toMatchObject({
      mapping: 'unknown',
      externalIps: ['11.0.0.2'],
    });
  });

  test('no answer: UDP does not get out', async () => {
    const silent = await stunServer({ deaf: Infinity });
    expect(await find(silent, '127.0.0.1:9')).toEqual({
      mapping: 'blocked',
      externalIps: [],
      asked: 2,
      answered: 0,
    });
  });

  test('a question that was lost is asked again', async () => {
    const sees = outside(6000);
    expect(await find(await stunServer({ sees, deaf: 1 }), await stunServer({ sees }))).toMatchObject({
      mapping: 'same',
      answered: 2,
    });
  });

  test('no server: nothing is known', async () => {
    expect(await find()).toEqual({ mapping: 'unknown', externalIps: [], asked: 0, answered: 0 });
    expect(await find('stun.invalid:3478', 'nonsense')).toMatchObject({ mapping: 'unknown', asked: 0 });
  });

  test('by IPv6 as well, by name as well; IPv4 decides', async () => {
    const six = [await stunServer({ host: '::1' }), await stunServer({ host: '::1' })];
    expect(await find(...six)).toMatchObject({ mapping: 'none', externalIps: ['::1'] });
    const port = (await stunServer({ sees: outside(6000) })).split(':')[1] ?? '';
    const four = [`localhost:${port}`, await stunServer({ sees: outside(6001) })];
    expect(await find(...six, ...four)).toMatchObject({
      mapping: 'varies',
      externalIps: ['11.0.0.2', '::1'],
    });
  });

  test('an answer to a question that was not asked is passed over', async () => {
    const socket = createSocket('udp4');
    sockets.push(socket);
    socket.on('message', (datagram, { address, port }) => {
      const request = parseBindingRequest(datagram);
      const answer = request && bindingSuccess(new Uint8Array(12), { host: '11.6.6.6', port: 1 });
      if (answer) socket.send(answer, port, address);
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    expect(await find(`127.0.0.1:${socket.address().port}`)).toMatchObject({
      mapping: 'blocked',
      externalIps: [],
    });
  });

  test('two spellings of our own address are one', () => {
    const mapped = [{ host: '2001:4:112:0:0:0:0:7', port: 5000 }];
    expect(mappingOf({ localPort: 5000, mapped }, new Set(['2001:4:112::7']))).toBe('none');
  });
});
