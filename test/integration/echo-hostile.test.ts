import type { Connection, Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PeerId } from '../../shared/ids.ts';
import { CARDS_PROTOCOL, ECHO_PROTOCOL, MAX_ECHO_BYTES, MCP_PROTOCOL } from '../../shared/wire.ts';
import { linked, peerWhen, startNode, startPlainNode, stopAll, type TestNode } from './network-fixture.ts';

const SECRET = 'a-secret-of-sixteen-or-more';

let isContact: boolean;
let host: TestNode;
let peerId: PeerId;
let connection: Connection;
let again: () => Promise<Connection>;

/** A host, and a plain libp2p node linked to it that does as the test says. */
beforeEach(async () => {
  isContact = true;
  host = await startNode({ handlers: { isContact: () => isContact } });
  const { node } = await startPlainNode();
  peerId = PeerId.parse(node.peerId.toString());
  again = () => node.dial(multiaddr(host.at('tcp')), { force: true });
  connection = await again();
  await peerWhen(host, peerId, linked);
});
afterEach(stopAll);

/** What the host answers to a first line; null: the stream was cut. */
async function said(over: Connection, hello: unknown): Promise<{ stream: Stream; answer: unknown }> {
  const stream = await over.newStream([ECHO_PROTOCOL], { maxOutboundStreams: 1000 });
  const answer = nextLine(stream);
  stream.send(Buffer.from(`${JSON.stringify(hello)}\n`));
  const told = await answer;
  if (typeof hello !== 'object' || hello === null || !('lines' in hello)) await stream.close();
  return { stream, answer: told };
}

const nextLine = (stream: Stream): Promise<unknown> =>
  new Promise((resolve) => {
    let text = '';
    stream.addEventListener('message', ({ data }) => {
      text += Buffer.from(data.subarray()).toString();
      const end = text.indexOf('\n');
      if (end !== -1) resolve(JSON.parse(text.slice(0, end)));
    });
    stream.addEventListener('close', () => resolve(null));
  });

const closed = (stream: Stream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.status === 'open') stream.addEventListener('close', () => resolve(), { once: true });
    else resolve();
  });

const links = (): number => host.network.peers().find((peer) => peer.peerId === peerId)?.links.length ?? 0;

test('a stranger gets nothing of it', async () => {
  isContact = false;
  for (const hello of [{ lines: true }, { expect: SECRET }, { show: SECRET }]) {
    expect((await said(connection, hello)).answer).toEqual({ ok: false, error: 'refused' });
  }
});

test('what makes no sense is cut off', async () => {
  for (const hello of [{}, { lines: false }, { expect: 'short' }, { show: 'x'.repeat(65) }, []]) {
    expect((await said(connection, hello)).answer).toBeNull();
  }
});

test('no peer has more streams that send lines back than there are ways', async () => {
  const answers: unknown[] = [];
  let last: Stream | null = null;
  const second = await again();
  for (let count = 0; count < 9; count += 1) {
    const { stream, answer } = await said(count < 5 ? connection : second, { lines: true });
    answers.push(answer);
    last ??= stream;
  }
  expect(answers.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => ({ ok: true })));
  expect(answers[8]).toEqual({ ok: false, error: 'busy' });
});

test('a line that is too long costs the stream', async () => {
  const { stream, answer } = await said(connection, { lines: true });
  expect(answer).toEqual({ ok: true });
  const whole = nextLine(stream);
  stream.send(Buffer.from(`"${'x'.repeat(1000)}"\n`));
  expect(await whole).toBe('x'.repeat(1000));
  const gone = closed(stream);
  for (let sent = 0; sent <= MAX_ECHO_BYTES && stream.status === 'open'; sent += 65_536) {
    stream.send(Buffer.alloc(65_536, 'x'));
  }
  await gone;
});

test('who does not read what comes back is not read either', async () => {
  const { stream } = await said(connection, { lines: true });
  stream.pause();
  const line = Buffer.from(`${'x'.repeat(65_535)}\n`);
  let sent = 0;
  while (stream.status === 'open' && stream.send(line) && sent < 64 * 2 ** 20) {
    sent += line.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  // Its window, ours, and what is held between: far from all of it.
  expect(sent).toBeLessThan(16 * 2 ** 20);
  expect(links()).toBe(1);
});

test('a link cannot be made one apart, by whatever is shown', async () => {
  expect((await said(connection, { show: SECRET })).answer).toEqual({ ok: false, error: 'unknown' });
  await said(connection, { expect: SECRET });
  expect((await said(connection, { show: SECRET })).answer).toEqual({ ok: false, error: 'unknown' });
  expect(links()).toBe(1);
});

test('a connection that was announced is one apart once it has shown that, and carries no cards', async () => {
  expect((await said(connection, { expect: SECRET })).answer).toEqual({ ok: true });
  const apart = await again();
  expect((await said(apart, { show: SECRET })).answer).toEqual({ ok: true });
  expect(links()).toBe(1);
  const cards = await apart.newStream([CARDS_PROTOCOL]);
  await closed(cards);
  const mcp = await apart.newStream([MCP_PROTOCOL]);
  const answer = nextLine(mcp);
  mcp.send(Buffer.from('{"agent":"echo"}\n'));
  expect(await answer).toMatchObject({ ok: true });
  expect(links()).toBe(1);
  // A secret is good for one.
  const other = await again();
  expect((await said(other, { show: SECRET })).answer).toEqual({ ok: false, error: 'unknown' });
  await peerWhen(host, peerId, (peer) => peer.links.length === 2);
});

test('a connection that was announced and begins anything else is a link', async () => {
  await said(connection, { expect: SECRET });
  const link = await again();
  const mcp = await link.newStream([MCP_PROTOCOL]);
  const answer = nextLine(mcp);
  mcp.send(Buffer.from('{"agent":"echo"}\n'));
  expect(await answer).toMatchObject({ ok: true });
  await peerWhen(host, peerId, (peer) => peer.links.length === 2);
});

test('no more are announced than there are ways', async () => {
  for (let count = 0; count < 8; count += 1) {
    expect((await said(connection, { expect: `${SECRET}-${count}` })).answer).toEqual({ ok: true });
  }
  expect((await said(connection, { expect: `${SECRET}-8` })).answer).toEqual({ ok: false, error: 'busy' });
});
