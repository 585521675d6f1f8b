/** A hostile peer at the end of a link of either transport: its streams, and what it writes on them. */
import type { Stream } from '@libp2p/interface';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MessageChannel } from '../../main/host/network/index.ts';
import type { LinkConnection } from '../../main/host/network/transport.ts';
import { CARDS_PROTOCOL, MAX_HELLO_BYTES, MAX_MESSAGE_BYTES, MCP_PROTOCOL } from '../../shared/wire.ts';
import { eventually } from '../fixtures/eventually.ts';
import { ECHO, endOf, linesOf, linked, peerWhen, soon, startNode, stopAll } from './network-fixture.ts';
import type { TestNode, TestNodeOptions } from './network-fixture.ts';
import { allOf as bytesOf, bare, startEnd, TRANSPORTS } from './transport-fixture.ts';
import type { End } from './transport-fixture.ts';

afterEach(stopAll);

const allOf = async (stream: Stream): Promise<string> => String(await bytesOf(stream));

describe.each(TRANSPORTS)('over %s', (name) => {
  let host: TestNode;
  let peer: End;
  let connection: LinkConnection;

  const addressOf = (node: TestNode): string => node.at(name === 'libp2p' ? 'tcp' : 'websocket');

  /** A host, and the end of a link to it that does as the test says. */
  async function meet(options: TestNodeOptions = {}): Promise<void> {
    host = await startNode({ transport: name, ...options });
    peer = await startEnd(name);
    const target = { peerId: host.peerId, addresses: [bare(addressOf(host))] };
    connection = await peer.transport.dial(target, soon());
    await peerWhen(host, peer.peerId, linked);
  }
  beforeEach(() => meet());

  const open = (protocol = MCP_PROTOCOL): Promise<Stream> =>
    connection.newStream([protocol], { maxOutboundStreams: 10_000 });

  async function openChannel(): Promise<Stream> {
    const stream = await open();
    const answered = new Promise((resolve) => {
      stream.addEventListener('message', resolve, { once: true });
    });
    stream.send(Buffer.from('{"agent":"echo"}\n'));
    await answered;
    return stream;
  }

  it('a hello with fields that nobody knows is a hello', async () => {
    const stream = await open();
    const answer = new Promise<string>((resolve) => {
      stream.addEventListener('message', ({ data }) => resolve(Buffer.from(data.subarray()).toString()));
    });
    stream.send(Buffer.from('{"version":9,"agent":"echo","more":{"agent":"other"}}\n'));
    expect(await answer).toMatch(/^\{"ok":true,"channel":"[\w-]{22}"\}\n$/);
    stream.close().catch(() => undefined);
  });

  const worksStill = async (): Promise<void> => {
    const stream = await openChannel();
    const answer = new Promise<string>((resolve) => {
      stream.addEventListener('message', ({ data }) => resolve(Buffer.from(data.subarray()).toString()), {
        once: true,
      });
    });
    stream.send(Buffer.from('{"still":"here"}\n'));
    expect(await answer).toBe('{"still":"here"}\n');
  };

  describe('a hello', () => {
    it.each([
      ['that is not JSON', Buffer.from('hello\n')],
      ['of another shape', Buffer.from('{"agents":["echo"]}\n')],
      ['with a name that no agent has', Buffer.from('{"agent":"../../etc/passwd"}\n')],
      ['that is not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x0a])],
      ['without end', Buffer.alloc(MAX_HELLO_BYTES + 1, 0x20)],
    ])('%s is answered with bad-hello and the stream closed', async (_, bytes) => {
      const stream = await open();
      const answer = allOf(stream);
      stream.send(bytes);
      expect(JSON.parse(await answer)).toMatchObject({
        ok: false,
        error: { code: -32600, data: { reason: 'bad-hello' } },
      });
      await worksStill();
    });

    it('that never comes is waited for no longer than it should', async () => {
      await meet({ helloTimeoutMs: 150 });
      const answer = await allOf(await open());
      expect(JSON.parse(answer)).toMatchObject({ ok: false, error: { data: { reason: 'bad-hello' } } });
      expect(host.channels).toEqual([]);
    });

    it('that comes in pieces is taken', async () => {
      const stream = await open();
      const answer = new Promise((resolve) => {
        stream.addEventListener('message', ({ data }) => resolve(Buffer.from(data.subarray()).toString()));
      });
      for (const byte of Buffer.from('{"agent":"echo","later":1}\n')) stream.send(Uint8Array.of(byte));
      expect(await answer).toMatch(/^\{"ok":true,"channel":"[\w-]{22}"\}\n$/);
    });

    it('of a peer that closes at once leaves nothing', async () => {
      const stream = await open();
      await stream.close();
      await worksStill();
    });
  });

  describe('a channel', () => {
    it('ends with an error at a message that is too long, at invalid UTF-8, and when closed in mid-message', async () => {
      for (const [bytes, code] of [
        [Buffer.alloc(MAX_MESSAGE_BYTES + 1, 0x61), 'TOO_LARGE'],
        [Buffer.from([0x22, 0xc3, 0x28, 0x22, 0x0a]), 'PROTOCOL'],
      ] as const) {
        const stream = await openChannel();
        const closed = new Promise((resolve) => {
          stream.addEventListener('close', resolve);
        });
        stream.send(bytes);
        await closed;
        expect(host.ends.at(-1)).toMatchObject({ code });
      }
      const stream = await openChannel();
      stream.send(Buffer.from('{"half":'));
      await stream.close();
      await eventually(() =>
        expect(host.ends.at(-1)).toMatchObject({ code: 'PROTOCOL', message: /middle of a message/ }),
      );
      await worksStill();
    });

    it('of a peer that half-closes answers what it was asked before, and ends in order', async () => {
      const stream = await openChannel();
      const rest = allOf(stream);
      stream.send(Buffer.from('{"last":1}\n'));
      await stream.close();
      expect(await rest).toBe('{"last":1}\n');
      await eventually(() => expect(host.ends).toEqual([null]));
    });

    it('of a peer that sends and never reads is paused, and its memory bounded', async () => {
      const stream = await openChannel();
      stream.pause();
      const line = Buffer.from(`${'x'.repeat(65_535)}\n`);
      let sent = 0;
      // As much as it takes: both windows, both buffers, and what the echo may queue.
      while (stream.writeBufferLength < 8 * 1024 * 1024 && sent < 2000) {
        stream.send(line);
        sent += 1;
        if (sent % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(sent * line.length).toBeLessThan(40 * 1024 * 1024);
      await worksStill();
      // Nothing was lost on the way: once it reads, all comes back.
      let received = 0;
      const all = new Promise<void>((resolve) => {
        stream.addEventListener('message', ({ data }) => {
          received += data.byteLength;
          if (received === sent * line.length) resolve();
        });
      });
      stream.resume();
      await all;
    });

    it('of a peer that never reads gives up its close in the end', async () => {
      let taken: MessageChannel | undefined;
      const slow = await startNode({ transport: name, take: (channel) => (taken = channel) });
      const other = await startNode({ transport: name });
      await other.network.dial(addressOf(slow), soon());
      const channel = await other.network.openMcp(slow.peerId, ECHO, soon());
      await eventually(() => expect(taken).toBeDefined());
      if (taken !== undefined) taken.onLine = () => taken?.pause();
      const end = endOf(channel);
      while (channel.send('x'.repeat(100_000)));
      for (let i = 0; i < 50; i += 1) channel.send('x'.repeat(100_000));
      await channel.close();
      expect(await end).toMatchObject({ code: 'TIMEOUT' });
    });
  });

  describe('a peer', () => {
    it('that opens streams without end is refused those beyond its share, told so, and counted once', async () => {
      const streams: Stream[] = [];
      for (let i = 0; i < 256; i += 1) streams.push(await openChannel());
      const stream = await open();
      const answer = JSON.parse(await allOf(stream)) as unknown;
      expect(answer).toMatchObject({
        ok: false,
        error: { code: -32065, data: { reason: 'too-many-calls' } },
      });
      await allOf(await open());
      expect(host.notices.filter(({ id }) => id === `streams:${peer.peerId}`)).toHaveLength(1);
      expect(host.channels).toHaveLength(256);
      await streams[0]?.close();
      await eventually(() => expect(host.ends).toHaveLength(1));
      await worksStill();
    });

    it('that holds unfinished messages on many streams is bounded for all of them together', async () => {
      const part = Buffer.alloc(4 * 1024 * 1024 + 1, 0x61);
      for (let i = 0; i < 10; i += 1) {
        const stream = await openChannel();
        stream.send(part);
      }
      await eventually(() => expect(host.ends.length).toBeGreaterThan(0));
      expect(host.ends[0]).toMatchObject({ code: 'TOO_LARGE' });
      await worksStill();
    });

    it('that sends nonsense for a request for cards gets no answer', async () => {
      for (const bytes of [
        Buffer.from('nonsense\n'),
        Buffer.from('{"name":5}\n'),
        Buffer.alloc(5000, 0x20),
      ]) {
        const stream = await open(CARDS_PROTOCOL);
        const answer = allOf(stream);
        stream.send(bytes);
        expect(await answer).toBe('');
      }
      await worksStill();
    });
  });

  describe('a peer that answers', () => {
    it('nonsense to our hello, or nothing, is given up', async () => {
      let reply = Buffer.from('what?\n');
      peer.answers.set(MCP_PROTOCOL, (stream) => void stream.send(reply));
      const openMcp = (signal = soon().signal) => host.network.openMcp(peer.peerId, ECHO, { signal });
      await expect(openMcp()).rejects.toMatchObject({ code: 'PROTOCOL' });
      reply = Buffer.from('{"ok":false,"error":{"code":-1,"message":"No."}}\n');
      await expect(openMcp()).rejects.toMatchObject({
        name: 'RemoteRefusal',
        rpc: { code: -1, message: 'No.' },
      });
      reply = Buffer.alloc(0);
      await expect(openMcp(AbortSignal.timeout(200))).rejects.toMatchObject({ code: 'TIMEOUT' });
      reply = Buffer.from('{"ok":true}\n{"first":1}\n');
      expect(await linesOf(await openMcp(), 1)).toEqual(['{"first":1}']);
    });
  });
});
