import { afterEach, describe, expect, it } from 'vitest';
import type { Stream } from '@libp2p/interface';
import { readFirstLine } from '../../main/host/network/channels/first-line.ts';
import { StreamChannel } from '../../main/host/network/channels/message-channel.ts';
import { sendLine } from '../../main/host/network/channels/mcp-protocol.ts';
import { openStream } from '../../main/host/network/channels/open-stream.ts';
import type { LinkConnection } from '../../main/host/network/transport.ts';
import { CARDS_PROTOCOL, MCP_PROTOCOL } from '../../shared/wire.ts';
import { Scope, startTransport } from './web-socket-fixture.ts';
import type { TestTransport } from './web-socket-fixture.ts';

const scope = new Scope();
afterEach(() => scope.end());
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

/** Two nodes, the first of which has dialled the second. */
async function linked(): Promise<{
  a: TestTransport;
  b: TestTransport;
  ab: LinkConnection;
  ba: LinkConnection;
}> {
  const a = await startTransport({ scope });
  const b = await startTransport({ scope });
  const ab = await a.transport.dial({ peerId: b.peerId, addresses: [b.url] }, { signal: soon() });
  await b.untilOpened(1);
  const [ba] = b.opened;
  if (ba === undefined) throw new Error('There is no link.');
  return { a, b, ab, ba };
}

const channelOver = (stream: Stream, connection: LinkConnection, peer: TestTransport): StreamChannel =>
  new StreamChannel(stream, {
    route: { peerId: peer.peerId, path: connection.kind?.path ?? 'lan', transport: 'websocket' },
    budget: null,
    linkOpen: () => connection.status === 'open',
  });

describe('a link', () => {
  it('is told of on both sides, with who is there and where', async () => {
    const { a, b, ab, ba } = await linked();
    expect(a.opened).toStrictEqual([ab]);
    expect(ab.remotePeer.toString()).toBe(b.peerId);
    expect(ba.remotePeer.toString()).toBe(a.peerId);
    expect([ab.direction, ba.direction]).toStrictEqual(['outbound', 'inbound']);
    expect(ab.kind).toStrictEqual({ path: 'lan', transport: 'websocket', address: b.url });
    expect(ab.remoteAddr.toString()).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/ws$/);
    expect(ba.kind?.address).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    for (const [node, other] of [
      [a, b],
      [b, a],
    ] as const) {
      expect(node.introductions).toStrictEqual([
        { software: 'gatehouse/test', speaksGatehouse: true, addresses: [other.url] },
      ]);
    }
    expect(await ab.roundTrip?.(soon())).toBeGreaterThan(0);
    expect(await ba.roundTrip?.(soon())).toBeGreaterThan(0);
  });

  it('is the one that there is, unless another is asked for', async () => {
    const { a, b, ab } = await linked();
    const target = { peerId: b.peerId, addresses: [b.url] };
    expect(await a.transport.dial(target, { signal: soon() })).toBe(ab);
    const another = await a.transport.dial({ ...target, another: true }, { signal: soon() });
    expect(another).not.toBe(ab);
    expect(a.transport.connections(b.peerId)).toStrictEqual([ab, another]);
  });

  it('ends on both sides, whoever ends it, in good order or not', async () => {
    for (const end of [
      ({ ab }: Awaited<ReturnType<typeof linked>>) => ab.close(),
      ({ ba }: Awaited<ReturnType<typeof linked>>) => ba.close(),
      async ({ ab }: Awaited<ReturnType<typeof linked>>) => ab.abort(new Error('Enough.')),
      ({ b }: Awaited<ReturnType<typeof linked>>) => b.transport.stop(),
    ]) {
      const nodes = await linked();
      await end(nodes);
      await Promise.all([nodes.a.untilClosed(1), nodes.b.untilClosed(1)]);
      expect(nodes.ab.status).not.toBe('open');
      expect(nodes.ba.status).not.toBe('open');
      expect(nodes.a.transport.connections()).toStrictEqual([]);
      await expect(nodes.ab.newStream([MCP_PROTOCOL])).rejects.toThrow('lost');
      await expect(nodes.ab.roundTrip?.(soon())).rejects.toThrow('ping');
    }
  });
});

describe('streams', () => {
  it('answer under their names, and say where there is none', async () => {
    const { b, ab, ba } = await linked();
    b.answers.set(CARDS_PROTOCOL, async (stream, connection, peerId) => {
      expect(connection).toBe(ba);
      sendLine(stream, `${await readFirstLine(stream, 100, soon())} says ${peerId}`);
      await stream.close({ signal: soon() });
    });
    const stream = await openStream(ab, CARDS_PROTOCOL, soon());
    sendLine(stream, 'hello');
    await stream.close({ signal: soon() });
    expect(await readFirstLine(stream, 1000, soon())).toBe(`hello says ${ba.remotePeer.toString()}`);
    await expect(openStream(ab, '/nobody/knows/1', soon())).rejects.toMatchObject({ code: 'REFUSED' });
    await expect(ab.newStream(['/nobody/knows/1'])).rejects.toMatchObject({
      name: 'UnsupportedProtocolError',
    });
    expect(ab.streams).toStrictEqual([]);
    expect(ba.streams).toStrictEqual([]);
  });

  it('are not answered once their peer is turned away', async () => {
    const { a, b, ab } = await linked();
    b.answers.set(CARDS_PROTOCOL, (stream) => sendLine(stream, 'welcome'));
    b.blocked.add(a.peerId);
    const stream = await openStream(ab, CARDS_PROTOCOL, soon());
    await expect(readFirstLine(stream, 100, soon())).rejects.toMatchObject({ name: 'NetworkError' });
  });

  it('are opened by either side', async () => {
    const { a, ba } = await linked();
    a.answers.set(MCP_PROTOCOL, (stream) => sendLine(stream, 'welcome'));
    const stream = await openStream(ba, MCP_PROTOCOL, soon());
    expect(stream.direction).toBe('outbound');
    expect(await readFirstLine(stream, 100, soon())).toBe('welcome');
  });

  it('carry channels: a line of 8 MiB and thousands of short ones, there and back', async () => {
    const { a, b, ab } = await linked();
    b.answers.set(MCP_PROTOCOL, (stream, connection) => {
      const channel = channelOver(stream, connection, a);
      channel.onLine = (line) => {
        if (!channel.send(line)) channel.pause();
      };
      channel.onDrain = () => channel.resume();
    });
    const channel = channelOver(await openStream(ab, MCP_PROTOCOL, soon()), ab, b);
    const lines = [
      'x'.repeat(8 * 1024 * 1024),
      ...Array.from({ length: 3000 }, (_, at) => `{"n":${at},"text":"héllo 👋"}`),
    ];
    const back: string[] = [];
    const done = Promise.withResolvers<void>();
    channel.onLine = (line) => {
      back.push(line);
      if (back.length === lines.length) done.resolve();
    };
    channel.onClose = (error) => done.reject(error ?? new Error('It closed.'));
    for (const line of lines) channel.send(line);
    await done.promise;
    expect(back).toStrictEqual(lines);
    channel.onClose = null;
    await channel.close();
    expect(ab.streams).toStrictEqual([]);
  });

  it('stop the sender while the reader pauses, and others go on', async () => {
    const { b, ab, ba } = await linked();
    const taken = Promise.withResolvers<Stream>();
    b.answers.set(MCP_PROTOCOL, (stream) => {
      stream.pause();
      let received = 0;
      stream.addEventListener('message', ({ data }) => {
        received += data.byteLength;
        if (received === 8 * 1024 * 1024) sendLine(stream, 'got it');
      });
      taken.resolve(stream);
    });
    b.answers.set(CARDS_PROTOCOL, (stream) => sendLine(stream, 'me first'));
    const stream = await openStream(ab, MCP_PROTOCOL, soon());
    expect(stream.send(new Uint8Array(8 * 1024 * 1024))).toBe(false);
    const reader = await taken.promise;
    // Another stream has its turn while this one is full.
    const other = await openStream(ab, CARDS_PROTOCOL, soon());
    expect(await readFirstLine(other, 100, soon())).toBe('me first');
    await ba.roundTrip?.(soon());
    expect(stream.writeBufferLength).toBe(7 * 1024 * 1024);
    expect(reader.readBufferLength).toBe(1024 * 1024);
    reader.resume();
    expect(await readFirstLine(stream, 100, soon())).toBe('got it');
    expect(stream.writeBufferLength).toBe(0);
  });

  it('say that there is room again', async () => {
    const { b, ab } = await linked();
    b.answers.set(MCP_PROTOCOL, (stream) => stream.addEventListener('message', () => undefined));
    const stream = await openStream(ab, MCP_PROTOCOL, soon());
    let sent = 0;
    const done = Promise.withResolvers<void>();
    const write = (): void => {
      while (sent < 16 * 1024 * 1024) {
        sent += 256 * 1024;
        if (!stream.send(new Uint8Array(256 * 1024))) return;
      }
      done.resolve();
    };
    stream.addEventListener('drain', write);
    write();
    await done.promise;
    await stream.close({ signal: soon() });
    expect(stream.writeBufferLength).toBe(0);
  });

  it('end where their link ends, and where either side resets them', async () => {
    const { b, ab, ba } = await linked();
    const taken: Stream[] = [];
    b.answers.set(MCP_PROTOCOL, (stream) => {
      taken.push(stream);
      sendLine(stream, 'here');
    });
    const closed = (stream: Stream): Promise<string> =>
      new Promise((resolve) => {
        stream.addEventListener('close', () => resolve(stream.status), { once: true });
      });
    const open = async (): Promise<[Stream, Stream]> => {
      const stream = await openStream(ab, MCP_PROTOCOL, soon());
      await readFirstLine(stream, 100, soon());
      const theirs = taken.at(-1);
      if (theirs === undefined) throw new Error('It was not taken.');
      return [stream, theirs];
    };
    const [first, itsOther] = await open();
    const reset = closed(itsOther);
    first.abort(new Error('No more.'));
    expect(await reset).toBe('reset');
    const [second, itsOther2] = await open();
    const ends = [closed(second), closed(itsOther2)];
    ba.abort(new Error('The end.'));
    expect(await Promise.all(ends)).toStrictEqual(['aborted', 'aborted']);
  });

  it('are bounded', async () => {
    const { b, ab } = await linked();
    b.answers.set(MCP_PROTOCOL, () => undefined);
    b.answers.set(CARDS_PROTOCOL, () => undefined);
    await Promise.all(
      Array.from({ length: 512 }, () => ab.newStream([MCP_PROTOCOL], { maxOutboundStreams: 512 })),
    );
    await expect(ab.newStream([MCP_PROTOCOL])).rejects.toThrow('512 streams');
    await expect(ab.newStream([CARDS_PROTOCOL])).rejects.toThrow('did not take');
    ab.streams[0]?.abort(new Error('Room.'));
    await ab.newStream([CARDS_PROTOCOL]);
  });
});
