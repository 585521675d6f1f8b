import { afterEach, describe, expect, it } from 'vitest';
import { NetworkError, RemoteRefusal } from '../../main/host/network/index.ts';
import { AgentName } from '../../shared/ids.ts';
import type { CardsRequest } from '../../shared/wire.ts';
import { ECHO, newIdentity, peerWhen, soon, startNode, startPlainNode, stopAll } from './network-fixture.ts';

afterEach(stopAll);

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof NetworkError ? error.code : error),
  );

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
