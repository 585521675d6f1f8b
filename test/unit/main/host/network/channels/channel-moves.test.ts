import type { Stream } from '@libp2p/interface';
import { streamPair } from '@libp2p/utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChannelMoves } from '../../../../../../main/host/network/channels/channel-moves.ts';
import { StreamChannel } from '../../../../../../main/host/network/channels/message-channel.ts';
import { OpenChannels } from '../../../../../../main/host/network/channels/open-channels.ts';
import { NetworkError, RemoteRefusal } from '../../../../../../main/host/network/errors.ts';
import type { MessageChannel } from '../../../../../../main/host/network/index.ts';
import type { LinkConnection } from '../../../../../../main/host/network/transport.ts';
import { rpcError, RpcCode } from '../../../../../../shared/errors.ts';
import { AgentName, PeerId } from '../../../../../../shared/ids.ts';

const peerId = PeerId.parse('12D3KooWJePmyH5GBfPkLdvUF51yRQFmf7fSkC3uTg6HvhzMnzcG');
const agent = AgentName.parse('echo');
const NAME = 'the-name-of-a-channel';

const link = (id: string): LinkConnection => ({ id }) as LinkConnection;
const [old, better, best] = [link('old'), link('better'), link('best')];

const channelOn = (stream: Stream): StreamChannel =>
  new StreamChannel(stream, {
    route: { peerId, path: 'relayed', transport: 'tcp' },
    budget: null,
    linkOpen: () => true,
  });

/** A channel to a peer that follows where it is asked to, and both sides of it. */
class Rig {
  best = old;
  /** What becomes of each question before it is asked: a link that comes up meanwhile, say. */
  readonly onOpen: (() => void)[] = [];
  /** Where the channel was asked to go. */
  readonly asked: LinkConnection[] = [];
  readonly #ends = new Map<Stream, Stream>();
  readonly channels = new OpenChannels(() => undefined);
  readonly moves = new ChannelMoves({
    openStream: async (connection) => {
      this.onOpen.shift()?.();
      this.asked.push(connection);
      return await this.#stream();
    },
    sayHello: async (stream, connection, { move }) => {
      const name = String(move);
      if (!(await this.channels.isMovable(name, peerId, agent)))
        throw new RemoteRefusal(rpcError(RpcCode.invalidRequest, 'bad-hello', 'There is no such channel.'));
      this.channels.goOn(name, channelOn(this.#endOf(stream)), connection);
      return { channel: channelOn(stream), name: null };
    },
    again: () => this.moveToBest(),
    onIdle: () => undefined,
  });

  moveToBest(): void {
    void this.moves.moveTo(peerId, this.best);
  }

  async #stream(): Promise<Stream> {
    const [near, far] = await streamPair();
    this.#ends.set(near, far);
    return near;
  }

  #endOf(stream: Stream): Stream {
    const far = this.#ends.get(stream);
    if (far === undefined) throw new Error('It is no stream of this test.');
    return far;
  }

  async open(): Promise<{ ours: MessageChannel; theirs: MessageChannel }> {
    const stream = await this.#stream();
    const theirs = this.channels.opened(NAME, agent, channelOn(this.#endOf(stream)), old);
    const ours = this.moves.opened(agent, old, { channel: channelOn(stream), name: NAME });
    ours.onLine = () => undefined;
    theirs.onLine = (line) => theirs.send(line);
    return { ours, theirs };
  }

  get at(): LinkConnection[] {
    return [...this.moves.connectionsOf(peerId)];
  }
}

const nextLine = (channel: MessageChannel): Promise<string> =>
  new Promise((resolve, reject) => {
    channel.onLine = resolve;
    channel.onClose = (error) => reject(error ?? new Error('It was closed.'));
  });

describe('channels that follow to the best link', () => {
  it('follow to one that came up while they were moving to another, of which nobody tells again', async () => {
    const rig = new Rig();
    const { ours } = await rig.open();
    rig.onOpen.push(() => {
      rig.best = best;
      rig.moveToBest();
    });
    rig.best = better;
    rig.moveToBest();
    await expect.poll(() => rig.at).toEqual([best]);
    expect(rig.asked).toEqual([better, best]);
    const answer = nextLine(ours);
    ours.send('{}');
    expect(await answer).toBe('{}');
  });

  it('are waited for by the other side, where its question comes before the last line of the move before', async () => {
    const rig = new Rig();
    const { ours, theirs } = await rig.open();
    // It does not read, so that it has not arrived on one link when it is asked to go on to the next.
    theirs.pause();
    rig.best = better;
    rig.moveToBest();
    await expect.poll(() => rig.at).toEqual([better]);
    const isMovable = rig.channels.isMovable(NAME, peerId, agent);
    theirs.resume();
    expect(await isMovable).toBe(true);
    const answer = nextLine(ours);
    ours.send('{}');
    expect(await answer).toBe('{}');
  });
});

describe('a move that fails', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => vi.useRealTimers());

  const fail = (): never => {
    throw new NetworkError('LINK_LOST', 'The link to the peer was lost.');
  };

  it('is tried again later, while the better link stands', async () => {
    const rig = new Rig();
    await rig.open();
    rig.onOpen.push(fail);
    rig.best = better;
    rig.moveToBest();
    await vi.advanceTimersByTimeAsync(1000);
    expect(rig.at).toEqual([old]);
    await vi.advanceTimersByTimeAsync(1000);
    vi.useRealTimers();
    await expect.poll(() => rig.at).toEqual([better]);
  });

  it('is not tried again once the channel has ended', async () => {
    const rig = new Rig();
    const { ours } = await rig.open();
    rig.onOpen.push(fail);
    rig.best = better;
    rig.moveToBest();
    await vi.advanceTimersByTimeAsync(1000);
    ours.abort(new Error('It is over.'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rig.asked).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
