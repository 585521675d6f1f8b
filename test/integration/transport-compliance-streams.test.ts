/** What every transport does, shown of each by the same tests: the streams of a link. */
import type { Stream } from '@libp2p/interface';
import { afterEach, describe, expect, it } from 'vitest';
import { readFirstLine } from '../../main/host/network/channels/first-line.ts';
import type { StreamChannel } from '../../main/host/network/channels/message-channel.ts';
import { sendLine } from '../../main/host/network/channels/mcp-protocol.ts';
import { openStream } from '../../main/host/network/channels/open-stream.ts';
import type { LinkConnection } from '../../main/host/network/transport.ts';
import { CARDS_PROTOCOL, MAX_MESSAGE_BYTES, MCP_PROTOCOL } from '../../shared/wire.ts';
import { endOf, soon, stopAll } from './network-fixture.ts';
import { allOf, channelOver, linkedEnds, TRANSPORTS } from './transport-fixture.ts';
import type { End } from './transport-fixture.ts';

afterEach(stopAll);

const MIB = 1024 * 1024;
const open = (link: LinkConnection, protocol = MCP_PROTOCOL): Promise<Stream> =>
  openStream(link, protocol, soon().signal);
const firstLine = (stream: Stream): Promise<string> => readFirstLine(stream, 1000, soon().signal);
/** Those of ours; libp2p has some of its own at the beginning of a link. */
const streamsOf = (link: LinkConnection): Stream[] =>
  link.streams.filter(({ protocol }) => protocol === MCP_PROTOCOL || protocol === CARDS_PROTOCOL);

/** Says each line again. */
const echoing = (end: End): void => {
  end.answers.set(MCP_PROTOCOL, (stream, connection) => {
    const channel = channelOver(stream, connection);
    channel.onLine = (line) => {
      if (!channel.send(line)) channel.pause();
    };
    channel.onDrain = () => channel.resume();
  });
};

/** Sends lines as fast as they are taken, and gives what comes back. */
const thereAndBack = (channel: StreamChannel, lines: readonly string[]): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const back: string[] = [];
    channel.onLine = (line) => {
      if (back.push(line) === lines.length) resolve(back);
    };
    channel.onClose = (error) => reject(error ?? new Error('It was closed.'));
    for (const line of lines) channel.send(line);
  });

describe.each(TRANSPORTS)('%s: a stream', (name) => {
  it('is answered under its name, and refused where there is none of that name', async () => {
    const { a, b, ab, ba } = await linkedEnds(name);
    b.answers.set(CARDS_PROTOCOL, async (stream, connection, peerId) => {
      expect(connection.id).toBe(ba.id);
      sendLine(stream, `${await firstLine(stream)} says ${peerId}`);
      await stream.close(soon());
    });
    const stream = await open(ab, CARDS_PROTOCOL);
    expect([stream.protocol, stream.direction]).toEqual([CARDS_PROTOCOL, 'outbound']);
    sendLine(stream, 'hello');
    await stream.close(soon());
    expect(await firstLine(stream)).toBe(`hello says ${a.peerId}`);
    await expect(open(ab, '/nobody/knows/1')).rejects.toMatchObject({ code: 'REFUSED' });
    await expect(ab.newStream(['/nobody/knows/1'])).rejects.toMatchObject({
      name: 'UnsupportedProtocolError',
    });
    await expect.poll(() => [...streamsOf(ab), ...streamsOf(ba)].length).toBe(0);
  });

  it('is opened by either side', async () => {
    const { a, ba } = await linkedEnds(name);
    a.answers.set(MCP_PROTOCOL, (stream) => sendLine(stream, 'welcome'));
    const stream = await open(ba);
    expect(stream.direction).toBe('outbound');
    expect(await firstLine(stream)).toBe('welcome');
  });

  it('closed for writing by one side still carries all that the other has to say', async () => {
    const { b, ab, ba } = await linkedEnds(name);
    const answer = Buffer.alloc(3 * MIB, 'answer ');
    const asked = Promise.withResolvers<Buffer>();
    b.answers.set(MCP_PROTOCOL, async (stream) => {
      // Only once the asker is done, which half a close tells.
      asked.resolve(await allOf(stream));
      expect([stream.remoteWriteStatus, stream.writeStatus]).toEqual(['closed', 'writable']);
      stream.send(answer);
      await stream.close(soon());
    });
    const stream = await open(ab);
    const all = allOf(stream);
    const question = Buffer.alloc(3 * MIB, 'question ');
    stream.send(question);
    await stream.close(soon());
    expect((await asked.promise).equals(question)).toBe(true);
    expect((await all).equals(answer)).toBe(true);
    await expect.poll(() => [...streamsOf(ab), ...streamsOf(ba)].length).toBe(0);
  });

  it('ends on both sides where one resets it, or where its link ends', async () => {
    const { b, ab, ba } = await linkedEnds(name);
    const taken: Stream[] = [];
    b.answers.set(MCP_PROTOCOL, (stream) => {
      taken.push(stream);
      sendLine(stream, 'here');
    });
    const closed = (stream: Stream): Promise<string> =>
      new Promise((resolve) => {
        stream.addEventListener('close', () => resolve(stream.status), { once: true });
      });
    const pair = async (): Promise<[Stream, Stream]> => {
      const ours = await open(ab);
      await firstLine(ours);
      const theirs = taken.at(-1);
      if (theirs === undefined) throw new Error('It was not taken.');
      return [ours, theirs];
    };
    for (const [one, other] of [await pair(), (await pair()).toReversed()] as [Stream, Stream][]) {
      const reset = closed(other);
      one.abort(new Error('No more.'));
      expect(await reset).toBe('reset');
    }
    const [ours, theirs] = await pair();
    const ends = [closed(ours), closed(theirs)];
    ba.abort(new Error('The end.'));
    for (const end of await Promise.all(ends)) expect(end).toMatch(/^(aborted|reset)$/);
  });

  it('carries a line of 8 MiB and thousands of short ones in order, there and back', async () => {
    const { b, ab } = await linkedEnds(name);
    echoing(b);
    const channel = channelOver(await open(ab), ab);
    const lines = [
      'x'.repeat(MAX_MESSAGE_BYTES),
      ...Array.from({ length: 3000 }, (_, at) => `{"n":${at},"text":"héllo 👋"}`),
    ];
    const back = await thereAndBack(channel, lines);
    // Not by `toEqual`, which would print them.
    expect(back.every((line, at) => line === lines[at])).toBe(true);
    channel.onClose = null;
    await channel.close();
    await expect.poll(() => streamsOf(ab).length).toBe(0);
  });

  it('refuses a line of one byte more on either side, and the streams beside it go on', async () => {
    const { b, ab } = await linkedEnds(name);
    const theirs: StreamChannel[] = [];
    b.answers.set(MCP_PROTOCOL, (stream, connection) => {
      const channel = channelOver(stream, connection);
      theirs.push(channel);
      channel.onLine = (line) => channel.send(line);
    });
    const beside = channelOver(await open(ab), ab);
    expect(await thereAndBack(beside, ['before'])).toEqual(['before']);
    // Ours does not leave this machine.
    const channel = channelOver(await open(ab), ab);
    const end = endOf(channel);
    expect(channel.send('x'.repeat(MAX_MESSAGE_BYTES + 1))).toBe(false);
    const tooLong = { code: 'TOO_LARGE', message: expect.stringMatching(/longer|limit|large/) };
    expect(await end).toMatchObject(tooLong);
    expect(channel.unsent).toBe(1);
    // And what comes is cut off as soon as it is too long.
    const stream = await open(ab);
    await expect.poll(() => theirs.length).toBe(3);
    const theirEnd = endOf(theirs[2] ?? channel);
    stream.send(Buffer.alloc(MAX_MESSAGE_BYTES + 1, 0x61));
    expect(await theirEnd).toMatchObject({ code: 'TOO_LARGE' });
    await expect.poll(() => stream.status).not.toBe('open');
    expect(await thereAndBack(beside, ['after'])).toEqual(['after']);
    expect(ab.status).toBe('open');
  });

  it('whose reader pauses stops its sender at the window, and the others have their turn', async () => {
    const { b, ab } = await linkedEnds(name);
    const taken = Promise.withResolvers<Stream>();
    let received = 0;
    b.answers.set(MCP_PROTOCOL, (stream) => {
      stream.pause();
      stream.addEventListener('message', ({ data }) => {
        received += data.byteLength;
        if (received === 8 * MIB) sendLine(stream, 'got it');
      });
      taken.resolve(stream);
    });
    b.answers.set(CARDS_PROTOCOL, (stream) => sendLine(stream, 'me first'));
    const stream = await open(ab);
    expect(stream.send(new Uint8Array(8 * MIB))).toBe(false);
    const reader = await taken.promise;
    for (let turn = 0; turn < 20; turn += 1) {
      const other = await open(ab, CARDS_PROTOCOL);
      expect(await firstLine(other)).toBe('me first');
      other.abort(new Error('That is all.'));
    }
    // What the reader has not taken stays with the sender, but for one window.
    expect(received).toBe(0);
    expect(reader.readBufferLength).toBeLessThanOrEqual(MIB);
    expect(stream.writeBufferLength).toBeGreaterThanOrEqual(7 * MIB);
    reader.resume();
    expect(await firstLine(stream)).toBe('got it');
    expect(stream.writeBufferLength).toBe(0);
  });

  it('says when there is room again', async () => {
    const { b, ab } = await linkedEnds(name);
    b.answers.set(MCP_PROTOCOL, (stream) => stream.addEventListener('message', () => undefined));
    const stream = await open(ab);
    let sent = 0;
    let waits = 0;
    const done = Promise.withResolvers<void>();
    const write = (): void => {
      while (sent < 16 * MIB) {
        sent += MIB / 4;
        if (!stream.send(new Uint8Array(MIB / 4))) {
          waits += 1;
          return;
        }
      }
      done.resolve();
    };
    stream.addEventListener('drain', write);
    write();
    await done.promise;
    expect(waits).toBeGreaterThan(0);
    await stream.close(soon());
    expect(stream.writeBufferLength).toBe(0);
  });

  it('is one of 512 of a peer, and there is room again once one has ended', async () => {
    const { b, ab } = await linkedEnds(name);
    b.answers.set(MCP_PROTOCOL, (stream) => sendLine(stream, 'here'));
    const greeted = async (): Promise<Stream> => {
      const stream = await open(ab);
      await firstLine(stream);
      return stream;
    };
    const streams: Stream[] = [];
    for (let count = 0; count < 512; count += 1) streams.push(await greeted());
    await expect(greeted()).rejects.toThrow();
    expect(ab.status).toBe('open');
    streams[0]?.abort(new Error('Room.'));
    await expect.poll(() => greeted().then(() => 'here', String)).toBe('here');
  });
});
