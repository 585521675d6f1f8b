import { createServer as createTcpServer } from 'node:net';
import { createServer } from 'node:http';
import type { Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { NetworkError } from '../../main/host/network/errors.ts';
import { newKey, otherNonces, peerIdOf } from '../fixtures/dawn/wire-end.ts';
import type { WireEnd } from '../fixtures/dawn/wire-end.ts';
import { dialled, info } from './web-socket-attack.ts';
import { Scope, startTransport } from './web-socket-fixture.ts';
import { PeerId } from '../../shared/ids.ts';

const scope = new Scope();
afterEach(() => scope.end());
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

describe('a dialled node', () => {
  it('that answers all of it rightly is linked', async () => {
    const { error, links } = await dialled(scope, async (end) => {
      await end.takeHand();
      await end.hear();
      end.say(info(end, { version: 1, transcript: end.transcript, software: 'x', addresses: [] }));
    });
    expect({ error, links }).toStrictEqual({ error: null, links: 1 });
  });

  it.each<[string, (end: WireEnd) => void | Promise<void>, string]>([
    ['sends our own key exchange back', async (end) => end.send(await end.next()), 'INVALID_ADDRESS'],
    ['closes at once', (end) => end.socket.close(1008), 'REFUSED'],
    ['sends far too much before the handshake', (end) => end.send('x'.repeat(10_000_000)), 'PROTOCOL'],
    ['sends something else than a handshake', (end) => end.send('{}'), 'PROTOCOL'],
    ['sends a binary frame', (end) => end.socket.send(Buffer.alloc(10)), 'PROTOCOL'],
    [
      'sends our envelope back',
      async (end) => {
        await end.takeHand();
        end.send(await end.next());
      },
      'PROTOCOL',
    ],
    [
      'names another handshake',
      async (end) => {
        await end.takeHand();
        await end.hear();
        end.say(info(end, { version: 1, transcript: '00'.repeat(32), software: 'x', addresses: [] }));
      },
      'PROTOCOL',
    ],
    [
      'speaks Gatehouse and does not count its envelopes',
      async (end) => {
        await end.takeHand(otherNonces());
        await end.hear();
        end.say(info(end, { version: 1, transcript: end.transcript, software: 'x', addresses: [] }));
      },
      'PROTOCOL',
    ],
    [
      'says that it is another',
      async (end) => {
        await end.takeHand();
        await end.hear();
        end.say({ jsonrpc: '2.0', id: 1, result: { node_id: newKey().nodeId } });
      },
      'PROTOCOL',
    ],
    [
      'opens a stream before it has said who it is',
      async (end) => {
        await end.takeHand();
        end.say({ jsonrpc: '2.0', id: 5, method: 'gatehouse/stream.open', params: {} });
      },
      'PROTOCOL',
    ],
    [
      'sends a frame out of all measure',
      async (end) => {
        await end.takeHand();
        end.send(`{"type":"encrypted","ciphertext":"${'00'.repeat(4 * 1024 * 1024)}"}`);
      },
      'PROTOCOL',
    ],
    [
      'knows Dawn only, in envelopes, where nobody here speaks Dawn',
      async (end) => {
        await end.takeHand();
        await end.hear();
        end.say(info(end));
      },
      'PROTOCOL',
    ],
    [
      'shakes hands and says no more',
      async (end) => {
        await end.takeHand();
      },
      'TIMEOUT',
    ],
  ])('that %s is not linked', async (_, take, code) => {
    const { error, links } = await dialled(scope, take);
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(/^[A-Z].*\.$/) });
    expect(links).toBe(0);
  });

  it('that is another than was wanted is not linked', async () => {
    const expected = PeerId.parse(peerIdOf(newKey()));
    const { error } = await dialled(scope, (end) => end.takeHand(), { expected });
    expect(error).toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('Another peer') });
  });

  it('may be whoever it is, where nobody was named, and is known by its key then', async () => {
    const a = await startTransport({ scope });
    const b = await startTransport({ scope });
    const link = await a.transport.dial({ peerId: null, addresses: [b.url] }, { signal: soon() });
    expect(link.remotePeer.toString()).toBe(b.peerId);
    const target = { peerId: null, addresses: [`${a.url}#${b.identity.dawnNodeId}`] };
    await expect(b.transport.dial(target, { signal: soon() })).rejects.toMatchObject({
      code: 'INVALID_ADDRESS',
    });
    const wrong = { peerId: null, addresses: [`${b.url}#${newKey().nodeId}`] };
    await expect(a.transport.dial(wrong, { signal: soon() })).rejects.toThrow('Another peer');
    const own = { peerId: null, addresses: [a.url] };
    await expect(a.transport.dial(own, { signal: soon() })).rejects.toThrow('this machine itself');
  });

  it('is found at the first address where it is, whatever the others do', async () => {
    const silent = createTcpServer();
    const web = createServer((_, response) => response.end('Hello.'));
    const ports = await Promise.all([silent, web].map(listening));
    const b = await startTransport({ scope });
    const other = await startTransport({ scope });
    const a = await startTransport({ scope });
    const addresses = [
      ...ports.map((port) => `ws://127.0.0.1:${port}`),
      'ws://127.0.0.1:1',
      other.url,
      b.url,
    ];
    await a.transport.dial({ peerId: b.peerId, addresses }, { signal: soon() });
    expect(a.opened).toHaveLength(1);
    await b.untilOpened(1);
    expect(other.opened).toHaveLength(0);
  });

  it('that is none says so in a sentence', async () => {
    const web = createServer((_, response) => response.end('Hello.'));
    const port = await listening(web);
    const a = await startTransport({ scope });
    const { peerId } = await startTransport({ scope });
    const dial = (address: string): Promise<unknown> =>
      a.transport.dial({ peerId, addresses: [address] }, { signal: soon() });
    await expect(dial(`ws://127.0.0.1:${port}`)).rejects.toThrow('What answers at that address is no node.');
    await expect(dial('ws://127.0.0.1:1')).rejects.toThrow('Nobody listens at that address');
    await expect(dial('/ip4/127.0.0.1/tcp/1')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await expect(a.transport.dial({ peerId, addresses: [] }, { signal: soon() })).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
  });

  it('is given up where nobody wants it any more, and where the transport stops', async () => {
    const silent = createTcpServer();
    const port = await listening(silent);
    const a = await startTransport({ scope });
    const target = { peerId: null, addresses: [`ws://127.0.0.1:${port}`] };
    const control = new AbortController();
    const first = a.transport.dial(target, { signal: control.signal });
    control.abort(new Error('Never mind.'));
    await expect(first).rejects.toBeInstanceOf(NetworkError);
    const second = a.transport.dial(target, { signal: soon() });
    const outcome = expect(second).rejects.toBeInstanceOf(NetworkError);
    await a.transport.stop();
    await outcome;
    await expect(a.transport.dial(target, { signal: soon() })).rejects.toMatchObject({ code: 'STOPPED' });
  });
});

async function listening(server: Server): Promise<number> {
  const sockets = new Set<{ destroy(): unknown }>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scope.defer(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It does not listen.');
  return address.port;
}
