import { streamPair } from '@libp2p/utils';
import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../../../../../../main/host/network/channels/byte-budget.ts';
import { NetworkError } from '../../../../../../main/host/network/errors.ts';
import { StreamChannel } from '../../../../../../main/host/network/channels/message-channel.ts';
import { MOVED_LINE, MovingChannel } from '../../../../../../main/host/network/channels/moving-channel.ts';
import { OpenChannels } from '../../../../../../main/host/network/channels/open-channels.ts';
import type { LinkConnection } from '../../../../../../main/host/network/transport.ts';
import { AgentName, PeerId } from '../../../../../../shared/ids.ts';
import type { Path } from '../../../../../../shared/peers.ts';

const peerId = PeerId.parse('12D3KooWJePmyH5GBfPkLdvUF51yRQFmf7fSkC3uTg6HvhzMnzcG');
const otherPeerId = PeerId.parse('12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp');

/** Both ends of one link's stream. */
async function link(
  path: Path,
  delay = 0,
  budget: ByteBudget | null = null,
): Promise<[StreamChannel, StreamChannel]> {
  const transport = budget === null ? 'tcp' : 'quic';
  const options = { route: { peerId, path, transport }, budget, linkOpen: () => true } as const;
  const [near, far] = await streamPair({ capacity: 4, delay });
  return [new StreamChannel(near, options), new StreamChannel(far, options)];
}

async function movingPair(
  delay = 0,
): Promise<{ ours: MovingChannel; theirs: MovingChannel; old: StreamChannel[] }> {
  const old = await link('relayed', delay);
  return { ours: new MovingChannel(old[0]), theirs: new MovingChannel(old[1]), old };
}

/** As the two sides do it: theirs goes on when it is asked, ours when it has the answer. */
async function move(
  ours: MovingChannel,
  theirs: MovingChannel,
  path: Path = 'punched',
): Promise<StreamChannel[]> {
  const next = await link(path);
  ours.ask();
  theirs.goOn(next[1]);
  await Promise.resolve();
  ours.goOn(next[0]);
  return next;
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `{"id":${i}}`);

const collect = (channel: MovingChannel, count: number): Promise<string[]> =>
  new Promise((resolve) => {
    const lines: string[] = [];
    channel.onLine = (line) => {
      lines.push(line);
      if (lines.length === count) resolve(lines);
    };
  });

const ended = (channel: MovingChannel | StreamChannel): Promise<Error | null> =>
  new Promise((resolve) => {
    channel.onClose = resolve;
  });

const untilMovable = async (channel: MovingChannel): Promise<void> => {
  while (!channel.movable) await new Promise(setImmediate);
};

describe('a moving channel', () => {
  it('keeps every line and its order, both ways, through several moves under way', async () => {
    const { ours, theirs } = await movingPair(2);
    const sent = numbers(3000);
    const here = collect(ours, sent.length);
    const there = collect(theirs, sent.length);
    for (const [index, line] of sent.entries()) {
      ours.send(line);
      theirs.send(line);
      if (index % 50 === 0) await new Promise(setImmediate);
      if (index === 700 || index === 1400 || index === 2100) {
        await untilMovable(ours);
        await untilMovable(theirs);
        await move(ours, theirs);
      }
    }
    expect(await there).toEqual(sent);
    expect(await here).toEqual(sent);
    expect([ours.path, theirs.path]).toEqual(['punched', 'punched']);
  });

  it('closes the old stream once both sides have said their last on it, and not its owner’s channel', async () => {
    const { ours, theirs, old } = await movingPair();
    const [, farOld] = old;
    const [here, there] = [collect(ours, 1), collect(theirs, 1)];
    await move(ours, theirs);
    ours.send('a');
    theirs.send('b');
    expect([await here, await there]).toEqual([['b'], ['a']]);
    if (farOld === undefined) throw new Error('There are two ends.');
    expect(await ended(farOld)).toBeNull();
    expect([ours.movable, theirs.movable]).toEqual([true, true]);
  });

  it('waits for a reader that pauses, and tells nothing of the move', async () => {
    const { ours, theirs } = await movingPair();
    const got: string[] = [];
    theirs.onLine = (line) => got.push(line);
    theirs.pause();
    ours.send('before');
    await move(ours, theirs);
    ours.send('after');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(got).toEqual([]);
    const both = collect(theirs, 2);
    theirs.resume();
    expect(await both).toEqual(['before', 'after']);
  });

  it('understands a last line that comes before the answer to its question', async () => {
    const { ours, theirs } = await movingPair();
    const here = collect(ours, 2);
    theirs.onLine = () => undefined;
    const next = await link('direct');
    ours.ask();
    theirs.send('last on the old link');
    theirs.goOn(next[1]);
    theirs.send('first on the new one');
    await new Promise((resolve) => setTimeout(resolve, 20));
    ours.goOn(next[0]);
    expect(await here).toEqual(['last on the old link', 'first on the new one']);
  });

  it('fails on both sides when the old link breaks before all was said on it', async () => {
    const { ours, theirs, old } = await movingPair(50);
    ours.onLine = () => undefined;
    theirs.onLine = () => undefined;
    const ends = Promise.all([ended(ours), ended(theirs)]);
    ours.send('under way');
    await move(ours, theirs);
    for (const channel of old) channel.abort(new NetworkError('LINK_LOST', 'The cable was pulled.'));
    for (const error of await ends) expect(error).toMatchObject({ code: 'LINK_LOST' });
  });

  it('stays where it is when the other side does not want to move', async () => {
    const { ours, theirs } = await movingPair();
    const there = collect(theirs, 1);
    ours.ask();
    expect(ours.movable).toBe(false);
    ours.stay(true);
    ours.send('still here');
    expect(await there).toEqual(['still here']);
    expect([ours.path, ours.movable]).toEqual(['relayed', true]);
  });

  it('ends when the other side goes after an answer that was lost, and does not ask again until that is over', async () => {
    const { ours, theirs } = await movingPair();
    const lines: string[] = [];
    ours.onLine = (line) => lines.push(line);
    theirs.onLine = () => undefined;
    const end = ended(ours);
    ours.ask();
    ours.stay(false);
    expect(ours.movable).toBe(false);
    theirs.goOn((await link('punched'))[1]);
    expect(await end).toMatchObject({ code: 'LINK_LOST' });
    expect(lines).toEqual([]);
  });

  it('counts what comes over the new link before its turn against the budget of the peer', async () => {
    const budget = new ByteBudget(64 * 1024);
    const { ours, theirs } = await movingPair();
    ours.onLine = () => undefined;
    theirs.onLine = () => undefined;
    const [near, far] = await link('punched', 0, budget);
    const end = ended(theirs);
    theirs.goOn(far);
    // Never the last line on the old link, but more and more on the new one.
    for (let i = 0; i < 100; i += 1) near.send('x'.repeat(10_000));
    expect(await end).toMatchObject({ code: 'TOO_LARGE' });
  });

  it('takes the last line for a message like any other where nobody moves', async () => {
    const { ours, theirs } = await movingPair();
    const there = collect(theirs, 1);
    ours.send(MOVED_LINE);
    expect(await there).toEqual([MOVED_LINE]);
  });

  it('closes on both links when it is closed in the middle of a move', async () => {
    const { ours, theirs } = await movingPair();
    ours.onLine = () => undefined;
    theirs.onLine = () => undefined;
    const theirEnd = ended(theirs);
    await move(ours, theirs);
    await ours.close();
    await theirEnd;
    expect([ours.movable, theirs.movable]).toEqual([false, false]);
  });

  it('lets a caller go on that waited for the old link to take more', async () => {
    const { ours, theirs } = await movingPair();
    theirs.pause();
    theirs.onLine = () => undefined;
    const line = 'x'.repeat(700 * 1024);
    while (ours.send(line)) await Promise.resolve();
    const drained = new Promise<void>((resolve) => {
      ours.onDrain = resolve;
    });
    await move(ours, theirs);
    await drained;
  });
});

describe('the channels that peers opened', () => {
  it('are moved by the peer that opened them, under their own name and agent, only', async () => {
    const channels = new OpenChannels(() => undefined);
    const name = channels.newName();
    const [agent, other] = [AgentName.parse('echo'), AgentName.parse('other')];
    const [near, far] = await link('relayed');
    const channel = channels.opened(name, agent, near, { id: 'a link' } as LinkConnection);
    expect(await channels.isMovable(name, otherPeerId, agent)).toBe(false);
    expect(await channels.isMovable(name, peerId, other)).toBe(false);
    expect(await channels.isMovable(channels.newName(), peerId, agent)).toBe(false);
    expect(await channels.isMovable(name, peerId, agent)).toBe(true);
    channel.onLine = () => undefined;
    await far.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await channels.isMovable(name, peerId, agent)).toBe(false);
  });
});
