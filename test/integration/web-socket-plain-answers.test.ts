import { afterEach, describe, expect, it } from 'vitest';
import { NetworkError } from '../../main/host/network/errors.ts';
import type { DawnLink } from '../../main/host/network/transport.ts';
import type { DawnDialling, DawnSocket } from '../../main/host/network/websocket/dawn-socket.ts';
import { newKey, otherNonces, peerIdOf, serve } from '../fixtures/dawn/wire-end.ts';
import type { WireEnd } from '../fixtures/dawn/wire-end.ts';
import { dialled, info } from './web-socket-attack.ts';
import { Scope, startTransport } from './web-socket-fixture.ts';
import type { PeerId } from '../../shared/ids.ts';

const scope = new Scope();
afterEach(() => scope.end());
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

describe('a node that answers in plain text', () => {
  const nothing: DawnLink = {
    agents: [],
    busy: false,
    retire: () => undefined,
    refresh: async () => undefined,
    open: () => {
      throw new NetworkError('REFUSED', 'There is no such agent.');
    },
    openEcho: () => {
      throw new NetworkError('REFUSED', 'There is no echo.');
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
    const { error, links } = await dialled(scope, plainly, { own, dawn });
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
        scope,
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
