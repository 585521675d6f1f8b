import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { NetworkError, RemoteRefusal } from '../../main/host/network/index.ts';
import { AgentName } from '../../shared/ids.ts';
import type { NetworkPeer } from '../../main/host/network/index.ts';
import type { CardsRequest } from '../../shared/wire.ts';
import { MAX_MESSAGE_BYTES } from '../../shared/wire.ts';
import {
  ECHO,
  linesOf,
  newIdentity,
  peerWhen,
  soon,
  startNode,
  startPlainNode,
  stopAll,
} from './network-fixture.ts';

afterEach(stopAll);

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof NetworkError ? error.code : error),
  );

describe.each(['tcp', 'quic', 'ws'] as const)('a link over %s', (transport) => {
  it('is dialled, measured and shown on both sides', async () => {
    const [a, b] = await Promise.all([startNode(), startNode()]);
    expect(await b.network.dial(a.at(transport), soon())).toBe(a.peerId);
    const measured = (direction: string) => (peer: NetworkPeer) =>
      peer.links[0]?.rttMs !== null &&
      peer.links[0]?.direction === direction &&
      peer.speaksGatehouse === true;
    const seenByB = await peerWhen(b, a.peerId, measured('outbound'));
    const seenByA = await peerWhen(a, b.peerId, measured('inbound'));
    expect(seenByB).toMatchObject({ state: 'connected', foundBy: 'dialled', software: 'gatehouse/test' });
    expect(seenByA).toMatchObject({ state: 'connected', foundBy: 'inbound', software: 'gatehouse/test' });
    for (const { links } of [seenByA, seenByB]) expect(links).toMatchObject([{ path: 'lan', transport }]);
  });

  it('carries a thousand interleaved messages of two channels in order, both ways', async () => {
    const [a, b] = await Promise.all([startNode(), startNode()]);
    await b.network.dial(a.at(transport), soon());
    const open = () => b.network.openMcp(a.peerId, ECHO, soon());
    const [one, two] = await Promise.all([open(), open()]);
    expect(one).toMatchObject({ peerId: a.peerId, transport, path: 'lan' });
    const answers = Promise.all([linesOf(one, 1000), linesOf(two, 1000)]);
    const message = (name: string, id: number): string => JSON.stringify({ name, id, text: 'ä'.repeat(id) });
    for (let id = 0; id < 1000; id += 1) {
      one.send(message('one', id));
      two.send(message('two', id));
      if (id % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const [ofOne, ofTwo] = await answers;
    expect(ofOne).toEqual(Array.from({ length: 1000 }, (_, id) => message('one', id)));
    expect(ofTwo).toEqual(Array.from({ length: 1000 }, (_, id) => message('two', id)));
    await Promise.all([one.close(), two.close()]);
    await expect.poll(() => a.ends).toEqual([null, null]);
  });

  it('carries a message of the largest size', async () => {
    const [a, b] = await Promise.all([startNode(), startNode()]);
    await b.network.dial(a.at(transport), soon());
    const channel = await b.network.openMcp(a.peerId, ECHO, soon());
    const answer = linesOf(channel, 1);
    const message = 'x'.repeat(MAX_MESSAGE_BYTES);
    channel.send(message);
    expect((await answer)[0] === message).toBe(true);
  });

  it('tells its owner to wait, and when to go on, also around one large message', async () => {
    const [a, b] = await Promise.all([startNode(), startNode()]);
    await b.network.dial(a.at(transport), soon());
    const channel = await b.network.openMcp(a.peerId, ECHO, soon());
    for (const size of [1_500_000, 3_000_000, 2_222_222]) {
      const answer = linesOf(channel, 1);
      const drained = new Promise<void>((resolve) => {
        channel.onDrain = resolve;
      });
      expect(channel.send('x'.repeat(size))).toBe(false);
      await drained;
      expect((await answer)[0]).toHaveLength(size);
    }
  });

  it('tells both channels when it is lost', async () => {
    const [a, b] = await Promise.all([startNode(), startNode()]);
    await b.network.dial(a.at(transport), soon());
    const channel = await b.network.openMcp(a.peerId, ECHO, soon());
    const answer = linesOf(channel, 1);
    channel.send('x');
    await answer;
    const end = new Promise((resolve) => {
      channel.onClose = resolve;
    });
    a.network.setBlocked(b.peerId, true);
    expect(await end).toMatchObject({ code: 'LINK_LOST' });
    await expect.poll(() => a.ends).toMatchObject([{ code: 'LINK_LOST' }]);
  });
});

describe('cards', () => {
  it('are asked for and answered', async () => {
    const requests: CardsRequest[] = [];
    const cards = (_: unknown, request: CardsRequest) => {
      requests.push(request);
      return { name: 'Ada', contact: true, cards: [{ any: 'card' }] };
    };
    const [a, b] = await Promise.all([startNode({ handlers: { cards } }), startNode()]);
    await b.network.dial(a.at('tcp'), soon());
    const answer = await b.network.fetchCards(a.peerId, { name: 'Bob', introduce: true }, soon());
    expect(answer).toEqual({ name: 'Ada', contact: true, cards: [{ any: 'card' }] });
    expect(requests).toEqual([{ name: 'Bob', introduce: true }]);
  });

  it('that do not fit are left out rather than the answer refused', async () => {
    const card = { text: 'x'.repeat(300_000) };
    const cards = () => ({ name: 'Ada', contact: true, cards: Array.from({ length: 16 }, () => card) });
    const [a, b] = await Promise.all([startNode({ handlers: { cards } }), startNode()]);
    await b.network.dial(a.at('tcp'), soon());
    const answer = await b.network.fetchCards(a.peerId, { name: 'Bob', introduce: false }, soon());
    expect(answer.cards.length).toBe(4);
  });

  it('are not to be had from a plain libp2p node, which is shown as what it is', async () => {
    const [{ node }, b] = await Promise.all([startPlainNode(), startNode()]);
    const address = node.getMultiaddrs()[0]?.toString() ?? '';
    const peerId = await b.network.dial(address, soon());
    expect(await peerWhen(b, peerId, (peer) => peer.speaksGatehouse !== null)).toMatchObject({
      speaksGatehouse: false,
      state: 'connected',
    });
    expect(await failure(b.network.fetchCards(peerId, { name: 'Bob', introduce: false }, soon()))).toBe(
      'REFUSED',
    );
  });
});

describe('an agent', () => {
  it('that is not there is refused with the words of the other side', async () => {
    const [a, b] = await Promise.all([startNode(), startNode()]);
    await b.network.dial(a.at('tcp'), soon());
    const error = await failure(b.network.openMcp(a.peerId, AgentName.parse('nobody'), soon()));
    expect(error).toBeInstanceOf(RemoteRefusal);
    expect(error).toMatchObject({ rpc: { code: -32064, data: { reason: 'unknown-agent' } } });
    const channel = await b.network.openMcp(a.peerId, ECHO, soon());
    expect(channel.peerId).toBe(a.peerId);
  });

  it('is reached by the peer id alone, once an address is known', async () => {
    const [a, b] = await Promise.all([startNode(), startNode()]);
    await b.network.dial(a.at('tcp'), soon());
    await peerWhen(b, a.peerId, (peer) => peer.addresses.length > 0);
    await b.network.disconnect(a.peerId);
    const channel = await b.network.openMcp(a.peerId, ECHO, soon());
    expect(channel.transport).toBe('tcp');
  });
});

describe('a dial', () => {
  it('says what is wrong with an address', async () => {
    const [a, b] = await Promise.all([startNode(), startNode()]);
    const other = await newIdentity();
    const dial = (address: string): Promise<unknown> => failure(b.network.dial(address, soon()));
    for (const text of [
      '',
      'hello',
      '/ip4/127.0.0.1/tcp/1',
      `/p2p/${other.peerId}`,
      '/ip4/300.0.0.1/tcp/1/p2p/x',
    ]) {
      expect(await dial(text)).toBe('INVALID_ADDRESS');
    }
    expect(await dial(b.at('tcp'))).toBe('INVALID_ADDRESS');
    expect(await dial(other.peerId)).toBe('UNREACHABLE');
    expect(await dial(`/ip4/127.0.0.1/tcp/1/p2p/${other.peerId}`)).toBe('UNREACHABLE');
    expect(await dial(a.at('tcp').replace(a.peerId, other.peerId))).toBe('UNREACHABLE');
    const [shown] = b.network.peers().filter(({ peerId }) => peerId === other.peerId);
    expect(shown).toMatchObject({
      state: 'offline',
      dialError: expect.stringMatching(/Another peer answers/),
    });
  });

  it('ends when it is no longer wanted', async () => {
    const [{ node }, b] = await Promise.all([startPlainNode(), startNode()]);
    const ended = AbortSignal.abort();
    expect(await failure(b.network.dial(String(node.getMultiaddrs()[0]), { signal: ended }))).toBe('TIMEOUT');
  });
});

it('leaves nothing behind when it stops: a program that used it ends by itself', async () => {
  const program = spawn(process.execPath, [fileURLToPath(new URL('network-stop.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stopped = once(program.stdout, 'data');
  const ended = once(program, 'exit', { signal: AbortSignal.timeout(50_000) });
  await stopped;
  // Not by force, and not because of the patience of this test: libp2p's rate limiter keeps it for a second.
  const [code] = await ended;
  expect(code).toBe(0);
});
