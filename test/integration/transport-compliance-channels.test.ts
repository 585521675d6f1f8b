/** What a channel between two networks does, whatever carries it: the same tests over each. */
import { afterEach, describe, expect, it } from 'vitest';
import { AgentName } from '../../shared/ids.ts';
import type { MessageChannel, NetworkPeer } from '../../main/host/network/index.ts';
import { MAX_MESSAGE_BYTES } from '../../shared/wire.ts';
import { ECHO, endOf, linesOf, peerWhen, soon, startNode, stopAll } from './network-fixture.ts';
import type { TestNode, TestNodeOptions } from './network-fixture.ts';

afterEach(stopAll);

const MIB = 1024 * 1024;

describe.each(['tcp', 'quic', 'ws', 'websocket'] as const)('a link over %s', (kind) => {
  const start = (options: TestNodeOptions = {}): Promise<TestNode> =>
    startNode({ transport: kind === 'websocket' ? 'websocket' : 'libp2p', ...options });

  /** The second has dialled the first. */
  const pair = async (options: TestNodeOptions = {}): Promise<[TestNode, TestNode]> => {
    const [a, b] = await Promise.all([start(options), start()]);
    expect(await b.network.dial(a.at(kind), soon())).toBe(a.peerId);
    return [a, b];
  };
  const openTo = (from: TestNode, to: TestNode): Promise<MessageChannel> =>
    from.network.openMcp(to.peerId, ECHO, soon());

  it('is dialled, measured and shown on both sides', async () => {
    const [a, b] = await pair();
    const measured = (direction: string) => (peer: NetworkPeer) =>
      peer.links[0]?.rttMs !== null &&
      peer.links[0]?.direction === direction &&
      peer.speaksGatehouse === true;
    const seenByB = await peerWhen(b, a.peerId, measured('outbound'));
    const seenByA = await peerWhen(a, b.peerId, measured('inbound'));
    expect(seenByB).toMatchObject({ state: 'connected', foundBy: 'dialled', software: 'gatehouse/test' });
    expect(seenByA).toMatchObject({ state: 'connected', foundBy: 'inbound', software: 'gatehouse/test' });
    for (const { links } of [seenByA, seenByB])
      expect(links).toMatchObject([{ path: 'lan', transport: kind }]);
  });

  it('carries a thousand interleaved messages of two channels in order, both ways', async () => {
    const [a, b] = await pair();
    const [one, two] = await Promise.all([openTo(b, a), openTo(b, a)]);
    expect(one).toMatchObject({ peerId: a.peerId, transport: kind, path: 'lan' });
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

  it('carries eight agents in each direction at once, none of which gets what is for another', async () => {
    const agents = Array.from({ length: 8 }, (_, at) => AgentName.parse(`agent-${at}`));
    const mcp = (_: unknown, agent: AgentName) => ({
      take: (channel: MessageChannel) => {
        channel.onLine = (line) => channel.send(`${agent} ${line}`);
      },
    });
    const [a, b] = await Promise.all([start({ handlers: { mcp } }), start({ handlers: { mcp } })]);
    await b.network.dial(a.at(kind), soon());
    await peerWhen(a, b.peerId, ({ links }) => links.length > 0);
    await Promise.all(
      (
        [
          [a, b],
          [b, a],
        ] as const
      ).flatMap(([from, to]) =>
        agents.map(async (agent) => {
          const channel = await from.network.openMcp(to.peerId, agent, soon());
          const answers = linesOf(channel, 100);
          for (let at = 0; at < 100; at += 1) {
            channel.send(`${from.peerId} ${at}`);
            if (at % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
          }
          expect(await answers).toEqual(
            Array.from({ length: 100 }, (_, at) => `${agent} ${from.peerId} ${at}`),
          );
        }),
      ),
    );
  });

  it('carries a message of the largest size; one byte more ends that channel and no other', async () => {
    const [a, b] = await pair();
    const [channel, beside] = await Promise.all([openTo(b, a), openTo(b, a)]);
    const answer = linesOf(channel, 1);
    const message = 'x'.repeat(MAX_MESSAGE_BYTES);
    channel.send(message);
    expect((await answer)[0] === message).toBe(true);
    const end = endOf(channel);
    expect(channel.send(`${message}x`)).toBe(false);
    expect(await end).toMatchObject({
      code: 'TOO_LARGE',
      message: 'A message to the peer is longer than it would accept.',
    });
    const still = linesOf(beside, 1);
    beside.send('still here');
    expect(await still).toEqual(['still here']);
  });

  it('tells its owner to wait, and when to go on, also around one large message', async () => {
    const [a, b] = await pair();
    const channel = await openTo(b, a);
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

  it('holds back a sender whose reader pauses, within bounds, while the channel beside it goes on', async () => {
    const taken: MessageChannel[] = [];
    const [a, b] = await pair({ take: (channel) => taken.push(channel) });
    const [channel, beside] = [await openTo(b, a), await openTo(b, a)];
    await expect.poll(() => taken.length).toBe(2);
    const [paused, echoing] = taken;
    if (paused === undefined || echoing === undefined) throw new Error('They were not taken.');
    const came: string[] = [];
    paused.onLine = (line) => came.push(line);
    paused.pause();
    echoing.onLine = (line) => echoing.send(line);
    let sent = 0;
    const total = 64;
    /** As an owner does: no more than is taken. */
    const send = (): void => {
      while (sent < total && channel.send(`${sent} ${'x'.repeat(MIB / 2)}`)) sent += 1;
      if (sent < total) sent += 1;
    };
    channel.onDrain = send;
    send();
    for (let turn = 0; turn < 50; turn += 1) {
      const answer = linesOf(beside, 1);
      beside.send(`${turn}`);
      expect(await answer).toEqual([`${turn}`]);
    }
    expect(came).toEqual([]);
    // Over UDP a reader cannot be paused: what comes is held for it, up to 16 MiB. Elsewhere the windows are full.
    expect(sent).toBeLessThan(kind === 'quic' ? 48 : 16);
    paused.resume();
    await expect.poll(() => came.length).toBe(total);
    expect(came.map((line) => line.slice(0, line.indexOf(' ')))).toEqual(
      Array.from({ length: total }, (_, at) => `${at}`),
    );
  });

  it('tells both channels when it is lost', async () => {
    const [a, b] = await pair();
    const channel = await openTo(b, a);
    const answer = linesOf(channel, 1);
    channel.send('x');
    await answer;
    const end = endOf(channel);
    a.network.setBlocked(b.peerId, true);
    expect(await end).toMatchObject({ code: 'LINK_LOST' });
    await expect.poll(() => a.ends).toMatchObject([{ code: 'LINK_LOST' }]);
  });
});
