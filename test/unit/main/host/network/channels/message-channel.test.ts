import type { Stream } from '@libp2p/interface';
import { streamPair } from '@libp2p/utils';
import { describe, expect, it, vi } from 'vitest';
import { ByteBudget } from '../../../../../../main/host/network/channels/byte-budget.ts';
import { NetworkError } from '../../../../../../main/host/network/errors.ts';
import { StreamChannel } from '../../../../../../main/host/network/channels/message-channel.ts';
import type { ChannelOptions } from '../../../../../../main/host/network/channels/message-channel.ts';
import { PeerId } from '../../../../../../shared/ids.ts';

const route = {
  peerId: PeerId.parse('12D3KooWJePmyH5GBfPkLdvUF51yRQFmf7fSkC3uTg6HvhzMnzcG'),
  path: 'lan',
  transport: 'tcp',
} as const;

const basics: ChannelOptions = { route, budget: null, linkOpen: () => true };

interface Ends {
  readonly channel: StreamChannel;
  readonly far: StreamChannel;
  readonly stream: Stream;
  readonly farStream: Stream;
}

async function ends(options: Partial<ChannelOptions> = {}, capacity = 100): Promise<Ends> {
  const [stream, farStream] = await streamPair({ capacity });
  return {
    channel: new StreamChannel(stream, { ...basics, ...options }),
    far: new StreamChannel(farStream, basics),
    stream,
    farStream,
  };
}

const ended = (channel: StreamChannel): Promise<Error | null> =>
  new Promise((resolve) => {
    channel.onClose = resolve;
  });

const collect = (channel: StreamChannel, count: number): Promise<string[]> =>
  new Promise((resolve) => {
    const lines: string[] = [];
    channel.onLine = (line) => {
      lines.push(line);
      if (lines.length === count) resolve(lines);
    };
  });

const codeOf = (error: Error | null): unknown => (error instanceof NetworkError ? error.code : error);

describe('a message channel', () => {
  it('sends all of one turn in one write', async () => {
    const { channel, far, stream } = await ends();
    const write = vi.spyOn(stream, 'send');
    const received = collect(far, 100);
    // A turn has many microtasks: an agent's answers, say, that were all read at once.
    for (let i = 0; i < 100; i += 1) {
      channel.send(`{"id":${i}}`);
      await Promise.resolve();
    }
    expect((await received)[99]).toBe('{"id":99}');
    expect(write).toHaveBeenCalledTimes(1);
  });

  it('knows what has certainly not left, when it is cut and after it', async () => {
    const { channel, far } = await ends();
    const received = collect(far, 2);
    channel.send('one');
    channel.send('two');
    expect(channel.unsent).toBe(2);
    expect(await received).toEqual(['one', 'two']);
    expect(channel.unsent).toBe(0);
    channel.send('three');
    channel.abort(new Error('cut'));
    channel.send('four');
    expect(channel.unsent).toBe(2);
  });

  it('takes what a stream holds back for sent', async () => {
    const { channel, far } = await ends({}, 1);
    far.pause();
    for (let i = 0; i < 8; i += 1) channel.send('x'.repeat(200_000));
    await new Promise((resolve) => setImmediate(resolve));
    const { unsent } = channel;
    expect(unsent).toBeGreaterThan(0);
    expect(unsent).toBeLessThan(8);
    channel.abort(new Error('cut'));
    expect(channel.unsent).toBe(unsent);
  });

  it('drops what is sent after its close, and says so', async () => {
    const { channel, far } = await ends();
    const received = collect(far, 1);
    channel.send('last');
    const closed = channel.close();
    channel.send('too late');
    expect(await received).toEqual(['last']);
    await closed;
    expect(channel.unsent).toBe(1);
  });

  it('splits a large turn into several writes, and keeps the order', async () => {
    const { channel, far, stream } = await ends();
    const write = vi.spyOn(stream, 'send');
    const sent = Array.from({ length: 50 }, (_, i) => `${i}:${'é'.repeat(10_000)}`);
    const received = collect(far, sent.length);
    for (const line of sent) channel.send(line);
    expect(await received).toEqual(sent);
    expect(write.mock.calls.length).toBeGreaterThan(1);
    expect(write.mock.calls.length).toBeLessThan(10);
  });

  it('keeps what came before its owner listened', async () => {
    const { channel, far } = await ends();
    channel.send('early');
    await vi.waitFor(() => expect(far).toBeDefined());
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await collect(far, 1)).toEqual(['early']);
  });

  it('stops at once when paused, in the middle of what has come, and goes on without loss', async () => {
    const { channel, far } = await ends();
    const lines: string[] = [];
    const all = new Promise<void>((resolve) => {
      far.onLine = (line) => {
        lines.push(line);
        if (lines.length === 3) far.pause();
        if (lines.length === 10) resolve();
      };
    });
    for (let i = 0; i < 10; i += 1) channel.send(String(i));
    await vi.waitFor(() => expect(lines).toHaveLength(3));
    far.resume();
    await all;
    expect(lines).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  });

  it('tells its owner to stop when the other side is slow, and when to go on', async () => {
    const { channel, far } = await ends({}, 1);
    const line = 'x'.repeat(100_000);
    let sent = 0;
    while (channel.send(line)) sent += 1;
    sent += 1;
    expect(sent).toBeLessThan(20);
    const drained = new Promise<void>((resolve) => {
      channel.onDrain = resolve;
    });
    const received = collect(far, sent);
    await drained;
    expect(await received).toHaveLength(sent);
    expect(channel.send('more')).toBe(true);
  });

  it('is cut when its owner goes on all the same', async () => {
    const { channel } = await ends({ maxQueuedBytes: 500_000 }, 1);
    const end = ended(channel);
    for (let i = 0; i < 20; i += 1) channel.send('x'.repeat(100_000));
    expect(codeOf(await end)).toBe('TOO_LARGE');
    expect(channel.send('y')).toBe(false);
  });

  it('flushes before it closes, and both sides end in order', async () => {
    const { channel, far } = await ends({}, 1);
    const lines: string[] = [];
    far.onLine = (line) => lines.push(line);
    const bothEnded = Promise.all([ended(channel), ended(far)]);
    for (let i = 0; i < 20; i += 1) channel.send(`${i}:${'x'.repeat(50_000)}`);
    await channel.close();
    expect(await bothEnded).toEqual([null, null]);
    expect(lines).toHaveLength(20);
  });

  it('delivers what came before the close, even when it was paused', async () => {
    const { channel, far } = await ends();
    const lines: string[] = [];
    far.onLine = (line) => {
      lines.push(line);
      if (lines.length === 1) far.pause();
    };
    const end = ended(far);
    channel.send('1');
    channel.send('2');
    await Promise.race([channel.close(), new Promise((resolve) => setTimeout(resolve, 50))]);
    expect(lines).toEqual(['1']);
    far.resume();
    expect(await end).toBeNull();
    expect(lines).toEqual(['1', '2']);
  });

  it('ends with an error when the other side closes in the middle of a message', async () => {
    const { channel, farStream } = await ends();
    const lines: string[] = [];
    channel.onLine = (line) => lines.push(line);
    const end = ended(channel);
    farStream.send(Buffer.from('whole\nhal'));
    await farStream.close();
    expect(codeOf(await end)).toBe('PROTOCOL');
    expect(lines).toEqual(['whole']);
  });

  it('ends with an error when the stream is reset, and drops what was queued', async () => {
    const { channel, farStream } = await ends();
    channel.onLine = () => undefined;
    const end = ended(channel);
    farStream.abort(new Error('gone'));
    expect(codeOf(await end)).toBe('LINK_LOST');
    expect(channel.send('x')).toBe(false);
    await channel.close();
  });

  it('ends on invalid UTF-8 and on an overlong line, after the good lines', async () => {
    for (const [bytes, code] of [
      [Buffer.concat([Buffer.from('good\n'), Buffer.from([0xff, 0x0a])]), 'PROTOCOL'],
      [Buffer.from(`good\n${'x'.repeat(101)}`), 'TOO_LARGE'],
    ] as const) {
      const { channel, farStream } = await ends({ maxMessageBytes: 100 });
      const end = ended(channel);
      channel.onLine = () => undefined;
      farStream.send(bytes);
      expect(codeOf(await end)).toBe(code);
    }
  });

  it('aborts rather than send what the other side would refuse', async () => {
    const { channel } = await ends({ maxMessageBytes: 100 });
    const end = ended(channel);
    expect(channel.send('é'.repeat(51))).toBe(false);
    expect(codeOf(await end)).toBe('TOO_LARGE');
  });

  it('costs itself, not the host, when its owner fails', async () => {
    const { channel, far } = await ends();
    const fault = new Error('a fault');
    far.onLine = () => {
      throw fault;
    };
    const end = ended(far);
    channel.send('x');
    expect(await end).toBe(fault);
  });

  it('tells the end once, also to an owner who listens late', async () => {
    const { channel } = await ends();
    channel.abort(new Error('over'));
    channel.abort(new Error('again'));
    const onClose = vi.fn();
    channel.onClose = onClose;
    await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
    await channel.close();
    expect(onClose.mock.calls).toEqual([[new Error('over')]]);
  });

  it('holds what QUIC brings while paused, within the budget of the peer', async () => {
    const budget = new ByteBudget(200_000);
    const { channel, farStream } = await ends({ route: { ...route, transport: 'quic' }, budget });
    const lines: string[] = [];
    channel.onLine = (line) => lines.push(line);
    const end = ended(channel);
    channel.pause();
    farStream.send(Buffer.from(`${'x'.repeat(100_000)}\n`));
    await vi.waitFor(() => expect(budget.used).toBeGreaterThan(90_000));
    channel.resume();
    expect(lines).toHaveLength(1);
    channel.pause();
    for (let i = 0; i < 5; i += 1) farStream.send(Buffer.from(`${'x'.repeat(100_000)}\n`));
    expect(codeOf(await end)).toBe('TOO_LARGE');
    expect(budget.used).toBe(0);
  });
});
