import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { DawnLink } from '../../main/host/network/transport.ts';
import type { DawnDialling, DawnSocket } from '../../main/host/network/websocket/dawn-socket.ts';
import { NetworkError } from '../../main/host/network/errors.ts';
import type { PeerId } from '../../shared/ids.ts';
import { newKey, otherNonces, peerIdOf, serve, WireEnd } from '../fixtures/dawn/wire-end.ts';
import { PeerId as PeerIdSchema } from '../../shared/ids.ts';
import { Scope, startTransport } from './web-socket-fixture.ts';

const scope = new Scope();
afterEach(() => scope.end());
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

/** What comes of dialling a server that does so with each connection. */
async function dialled(
  take: (end: WireEnd) => void | Promise<void>,
  options: { own?: ReturnType<typeof newKey>; expected?: PeerId; dawn?: DawnDialling } = {},
): Promise<{ error: unknown; links: number }> {
  const own = options.own ?? newKey();
  const server = await serve(own, take);
  scope.defer(() => server.stop());
  const node = await startTransport({ scope, dawnDialling: options.dawn ?? null, handshakeTimeoutMs: 1000 });
  const peerId = options.expected ?? PeerIdSchema.parse(peerIdOf(own));
  try {
    await node.transport.dial({ peerId, addresses: [server.url] }, { signal: soon() });
    return { error: null, links: node.opened.length };
  } catch (error) {
    return { error, links: node.opened.length };
  }
}

const info = (end: WireEnd, gatehouse?: object): object => ({
  jsonrpc: '2.0',
  id: 1,
  result: { node_id: end.own.nodeId, agents: [], ...(gatehouse === undefined ? {} : { gatehouse }) },
});

describe('a dialled node', () => {
  it('that answers all of it rightly is linked', async () => {
    const { error, links } = await dialled(async (end) => {
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
    const { error, links } = await dialled(take);
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(/^[A-Z].*\.$/) });
    expect(links).toBe(0);
  });

  it('that is another than was wanted is not linked', async () => {
    const expected = PeerIdSchema.parse(peerIdOf(newKey()));
    const { error } = await dialled((end) => end.takeHand(), { expected });
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
    await expect(dial('/ip4/127.0.0.1/tcp/1')).rejects.toMatchObject({ code: 'INVALID_ADDRESS' });
    await expect(a.transport.dial({ peerId, addresses: [] }, { signal: soon() })).rejects.toMatchObject({
      code: 'INVALID_ADDRESS',
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

describe('a node that answers in plain text', () => {
  const nothing: DawnLink = {
    agents: [],
    refresh: async () => undefined,
    open: () => {
      throw new NetworkError('REFUSED', 'There is no such agent.');
    },
  };

  const dawnThat = (mayBeLegacy: boolean): DawnDialling & { offered: PeerId[]; sockets: DawnSocket[] } => {
    const offered: PeerId[] = [];
    const sockets: DawnSocket[] = [];
    return {
      offered,
      sockets,
      mayBeLegacy: () => mayBeLegacy,
      offersLegacy: (peerId) => offered.push(peerId),
      link: async (socket) => {
        sockets.push(socket);
        return nothing;
      },
    };
  };

  const plainly = async (end: WireEnd): Promise<void> => {
    await end.takeHand();
    await end.hear();
    end.send(info(end));
    for (;;) {
      const request = await end.hear();
      end.send({ jsonrpc: '2.0', id: 'fresh', result: { heard: request } });
    }
  };

  it('is refused, and said to do so', async () => {
    const dawn = dawnThat(false);
    const own = newKey();
    const { error, links } = await dialled(plainly, { own, dawn });
    expect(error).toMatchObject({ code: 'REFUSED', message: expect.stringContaining('without encryption') });
    expect(links).toBe(0);
    expect(dawn.offered).toStrictEqual([peerIdOf(own)]);
    expect(dawn.sockets).toStrictEqual([]);
  });

  it('is linked where that is allowed, and marked', async () => {
    const dawn = dawnThat(true);
    const server = await serve(newKey(), plainly);
    scope.defer(() => server.stop());
    const node = await startTransport({ scope, dawnDialling: dawn });
    const link = await node.transport.dial({ peerId: null, addresses: [server.url] }, { signal: soon() });
    expect(link.kind).toStrictEqual({ path: 'legacy', transport: 'websocket', address: server.url });
    expect(link.dawn).toBe(nothing);
    expect(node.introductions).toMatchObject([{ speaksGatehouse: false }]);
    await expect(link.newStream(['/x'])).rejects.toMatchObject({ name: 'UnsupportedProtocolError' });
    const [socket] = dawn.sockets;
    expect(socket).toMatchObject({ encrypted: false, info: { agents: [] } });
    const answer = new Promise<string>((resolve) => {
      if (socket !== undefined) socket.onText = resolve;
    });
    expect(socket?.send('{"jsonrpc":"2.0","id":7,"method":"node/list_peers"}')).toBe(true);
    expect(JSON.parse(await answer)).toMatchObject({ id: 'fresh', result: { heard: { id: 7 } } });
    const ended = new Promise((resolve) => {
      if (socket !== undefined) socket.onClose = resolve;
    });
    await server.stop();
    expect(await ended).toMatchObject({ code: 'LINK_LOST' });
    await node.untilClosed(1);
    expect(socket?.send('{}')).toBe(false);
  });

  it('that echoes, or sends what is no answer, is cut off even where it may', async () => {
    for (const frame of [
      { jsonrpc: '2.0', id: 1, method: 'node/get_info', params: {} },
      { jsonrpc: '2.0', id: 1, error: { code: 1, message: '' } },
      { hello: 1 },
    ]) {
      const { error } = await dialled(
        async (end) => {
          await end.takeHand();
          await end.next();
          end.send(frame);
        },
        { dawn: dawnThat(true) },
      );
      expect(error).toMatchObject({ code: 'PROTOCOL' });
    }
  });

  it('cannot do so once it has answered in an envelope', async () => {
    const node = await startTransport({ scope, dawnDialling: dawnThat(true) });
    const server = await serve(newKey(), async (end) => {
      await end.takeHand();
      await end.hear();
      end.say(info(end, { version: 1, transcript: end.transcript, software: 'x', addresses: [] }));
      await end.hear();
      end.send({ jsonrpc: '2.0', id: 2, result: {} });
    });
    scope.defer(() => server.stop());
    await node.transport.dial({ peerId: null, addresses: [server.url] }, { signal: soon() });
    await node.untilClosed(1);
  });

  it('in envelopes is linked as any, but for streams', async () => {
    const dawn = dawnThat(false);
    const server = await serve(newKey(), async (end) => {
      await end.takeHand(otherNonces());
      await end.hear();
      end.say(info(end));
      end.say({ jsonrpc: '2.0', id: 8, result: (await end.hear()) as object });
    });
    scope.defer(() => server.stop());
    const node = await startTransport({ scope, dawnDialling: dawn });
    const link = await node.transport.dial({ peerId: null, addresses: [server.url] }, { signal: soon() });
    expect(link.kind?.path).toBe('lan');
    const [socket] = dawn.sockets;
    expect(socket?.encrypted).toBe(true);
    const answer = new Promise<string>((resolve) => {
      if (socket !== undefined) socket.onText = resolve;
    });
    socket?.send('{"jsonrpc":"2.0","id":8,"method":"node/list_peers"}');
    expect(JSON.parse(await answer)).toMatchObject({ id: 8, result: { method: 'node/list_peers' } });
  });
});
