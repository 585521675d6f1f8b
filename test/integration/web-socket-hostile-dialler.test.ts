import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { signHex } from '../../main/host/network/websocket/ed25519.ts';
import { signedTextOf, writeKeyExchange } from '../../main/host/network/websocket/key-exchange.ts';
import { newEphemeralKey } from '../../main/host/network/websocket/session-key.ts';
import {
  newKey,
  otherNonces,
  partsOf,
  peerIdOf,
  serve,
  signedBy,
  WireEnd,
} from '../fixtures/dawn/wire-end.ts';
import { Scope, startTransport } from './web-socket-fixture.ts';
import type { TestTransport } from './web-socket-fixture.ts';

const scope = new Scope();
afterEach(() => scope.end());
const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const SOON_MS = 300;
/** Of order one. */
const POINT_OF_NOBODY = `01${'00'.repeat(31)}`;
const INFO = { jsonrpc: '2.0', id: 1, method: 'node/get_info', params: {} };

async function attacked(handshakeTimeoutMs?: number): Promise<TestTransport> {
  return startTransport({ scope, ...(handshakeTimeoutMs === undefined ? {} : { handshakeTimeoutMs }) });
}

async function attacker(node: TestTransport, own = newKey()): Promise<WireEnd> {
  const end = await WireEnd.connect(node.url, own);
  scope.defer(async () => end.socket.terminate());
  return end;
}

/** The node is as it was: it takes others. */
async function expectUnharmed(node: TestTransport, links = 0): Promise<void> {
  expect(node.opened).toHaveLength(links);
  const friend = await startTransport({ scope });
  await friend.transport.dial({ peerId: node.peerId, addresses: [node.url] }, { signal: soon() });
  await node.untilOpened(links + 1);
}

describe('a handshake', () => {
  it.each([
    [
      'with a wrong signature',
      (own: ReturnType<typeof newKey>) => ({ signature: signHex(Buffer.from('other'), own.key) }),
    ],
    ['with the id of another node', () => ({ node_id: newKey().nodeId })],
    ['with another ephemeral key', () => ({ public_key: newEphemeralKey().publicKey })],
    [
      'with the id of a point that makes any signature fit',
      () => ({ node_id: POINT_OF_NOBODY, signature: `${POINT_OF_NOBODY}${'00'.repeat(32)}` }),
    ],
  ])('%s is refused', async (_, change) => {
    const node = await attacked();
    const end = await attacker(node);
    end.send({ ...writeKeyExchange(newEphemeralKey().publicKey, end.own), ...change(end.own) });
    expect(await end.closed).toMatchObject({
      code: 1008,
      reason: expect.stringContaining('not signed by the node'),
    });
    await expectUnharmed(node);
  });

  it.each([
    ['a request in plain text', JSON.stringify(INFO)],
    ['no JSON', 'hello'],
    [
      'a field too many',
      JSON.stringify({ ...writeKeyExchange(newEphemeralKey().publicKey, newKey()), more: 1 }),
    ],
    [
      'an id in capitals',
      JSON.stringify(writeKeyExchange(newEphemeralKey().publicKey, newKey())).toUpperCase(),
    ],
    ['deep nesting', '['.repeat(4000)],
  ])('that is %s is refused', async (_, frame) => {
    const node = await attacked();
    const end = await attacker(node);
    end.send(frame);
    expect(await end.closed).toMatchObject({ code: 1002 });
    await expectUnharmed(node);
  });

  it('in a binary frame is refused', async () => {
    const node = await attacked();
    const end = await attacker(node);
    end.socket.send(Buffer.from(JSON.stringify(writeKeyExchange(newEphemeralKey().publicKey, end.own))));
    expect(await end.closed).toMatchObject({ code: 1003 });
  });

  it('with an ephemeral key that makes a known secret is refused', async () => {
    const node = await attacked();
    const end = await attacker(node);
    end.send(writeKeyExchange(`01${'00'.repeat(31)}`, end.own));
    expect(await end.closed).toMatchObject({ code: 1002 });
  });

  it('of the node itself, sent back, is refused', async () => {
    const node = await attacked();
    const first = await attacker(node);
    await first.shakeHands();
    const second = await attacker(node);
    second.send(first.theirs);
    expect(await second.closed).toMatchObject({ code: 1008, reason: 'That is this node itself.' });
    await expectUnharmed(node);
  });

  it('of somebody else, sent again, makes no link', async () => {
    const node = await attacked(SOON_MS);
    const victim = await attacker(node);
    await victim.shakeHands();
    const replayed = await attacker(node);
    replayed.send(victim.ours);
    // The node cannot know yet.
    expect(partsOf(await replayed.next())['type']).toBe('key_exchange');
    // Envelopes of the victim are of another session.
    replayed.send(victim.sealed(INFO));
    expect(await replayed.closed).toMatchObject({
      code: 1008,
      reason: expect.stringContaining('not made for this session'),
    });
    const silent = await attacker(node);
    silent.send(victim.ours);
    await silent.next();
    await silent.closed;
    await expectUnharmed(node);
  });

  it('of a peer that is blocked, and anybody while everything is stopped, is refused', async () => {
    const node = await attacked();
    const friend = await startTransport({ scope });
    node.blocked.add(friend.peerId);
    const dial = (): Promise<unknown> =>
      friend.transport.dial({ peerId: node.peerId, addresses: [node.url] }, { signal: soon() });
    await expect(dial()).rejects.toMatchObject({ code: 'REFUSED' });
    node.blocked.clear();
    node.freeze(true);
    await expect(dial()).rejects.toMatchObject({ code: 'REFUSED' });
    node.freeze(false);
    await dial();
  });
});

describe('an envelope', () => {
  it.each([
    ['with a wrong signature', 1008, (frame: string) => signedWith(frame, 'ab'.repeat(64))],
    [
      'signed by another than its sender',
      1008,
      (frame: string, end: WireEnd) => ({ ...partsOf(signedBy(frame, newKey())), sender: end.own.nodeId }),
    ],
    ['of another sender', 1008, (frame: string) => signedBy(frame, newKey())],
    [
      'changed and signed anew',
      1008,
      (frame: string, end: WireEnd) => signedBy(frame.replace(/(ciphertext":")./, '$1f'), end.own),
    ],
    ['without a signature', 1002, (frame: string) => ({ ...partsOf(frame), signature: undefined })],
    ['with a nonce too short', 1002, (frame: string) => ({ ...partsOf(frame), nonce: 'ab' })],
    [
      'with text that is not hex',
      1002,
      (frame: string) => ({ ...partsOf(frame), ciphertext: 'xy'.repeat(40) }),
    ],
    ['deeply nested', 1002, () => `{"type":"encrypted","nonce":${'['.repeat(500_000)}`],
    ['in plain text', 1002, () => INFO],
  ])('%s is refused', async (_, code, change) => {
    const node = await attacked();
    const end = await attacker(node);
    await end.shakeHands();
    end.send(change(end.sealed(INFO), end));
    expect(await end.closed).toMatchObject({ code });
    await expectUnharmed(node);
  });

  it('in a binary frame is refused', async () => {
    const node = await attacked();
    const end = await attacker(node);
    await end.shakeHands();
    end.socket.send(Buffer.from(end.sealed(INFO)));
    expect(await end.closed).toMatchObject({ code: 1003 });
  });

  it.each([
    ['sent again', (sealed: string[]) => [sealed[0], sealed[0]]],
    ['left out', (sealed: string[]) => [sealed[0], sealed[2]]],
    ['reordered', (sealed: string[]) => [sealed[0], sealed[2], sealed[1]]],
  ])('%s is noticed', async (_, order) => {
    const node = await attacked();
    const end = await attacker(node);
    await end.shakeHands();
    const sealed = [1, 2, 3].map((id) => end.sealed({ ...INFO, id }));
    for (const frame of order(sealed)) end.send(frame);
    expect(await end.closed).toMatchObject({ code: 1008, reason: expect.stringContaining('repeated') });
    await expectUnharmed(node);
  });

  it('of a Dawn-style client, sent again, is noticed', async () => {
    const node = await attacked();
    const end = await attacker(node);
    await end.shakeHands(otherNonces());
    const frame = end.sealed(INFO);
    end.send(frame);
    expect(await end.hear()).toMatchObject({ id: 1, result: { node_id: node.identity.dawnNodeId } });
    end.send(frame);
    expect(await end.closed).toMatchObject({ code: 1008, reason: 'A nonce was used twice.' });
  });

  it('of the node itself, sent back, is refused', async () => {
    const node = await attacked();
    const end = await attacker(node);
    await end.shakeHands();
    end.say(INFO);
    end.send(await end.next());
    expect(await end.closed).toMatchObject({ code: 1008, reason: expect.stringContaining('another sender') });
  });

  it.each([
    [
      'nests deeply',
      `{"jsonrpc":"2.0","id":1,"method":"x","params":${'['.repeat(100)}${']'.repeat(100)}}`,
      1008,
    ],
    ['is no JSON-RPC', '{"hello":1}', 1002],
    ['is no JSON', 'hello', 1002],
    ['has a list of nothing', '[]', 1002],
    ['has too long a list', `[${'1,'.repeat(9000)}1]`, 1002],
    ['has a list in a list', `[[${JSON.stringify(INFO)}]]`, 1002],
  ])('that %s is refused', async (_, text, code) => {
    const node = await attacked();
    const end = await attacker(node);
    await end.shakeHands();
    end.say(text);
    expect(await end.closed).toMatchObject({ code });
  });

  it('with several messages is for Gatehouses only', async () => {
    const node = await attacked();
    const end = await attacker(node);
    await end.shakeHands(otherNonces());
    end.say([INFO, INFO]);
    expect(await end.closed).toMatchObject({ code: 1002 });
  });
});

const signedWith = (frame: string, signature: string): unknown => ({ ...partsOf(frame), signature });

describe('somebody in between', () => {
  it('who signs the key of the dialler as its own is found out on both sides', async () => {
    const listener = await attacked();
    const dialler = await startTransport({ scope });
    const middle = newKey();
    const towards = await inBetween(listener, middle, {
      toListener: (frame) =>
        frame.includes('key_exchange') ? resigned(frame, middle) : signedBy(frame, middle),
      toDialler: (frame) => frame,
    });
    const dial = dialler.transport.dial(
      { peerId: listener.peerId, addresses: [towards.url] },
      { signal: soon() },
    );
    await expect(dial).rejects.toThrow('Somebody stands between this machine and the peer.');
    expect(dialler.opened).toStrictEqual([]);
    expect(listener.opened).toStrictEqual([]);
  });

  it('who signs the key of the listener as its own is found out on both sides', async () => {
    const listener = await attacked();
    const dialler = await startTransport({ scope });
    const middle = newKey();
    const towards = await inBetween(listener, middle, {
      toListener: (frame) => frame,
      toDialler: (frame) =>
        frame.includes('key_exchange') ? resigned(frame, middle) : signedBy(frame, middle),
    });
    // Whoever is there: the dialler takes the one in between for the peer.
    const dial = dialler.transport.dial({ peerId: null, addresses: [towards.url] }, { signal: soon() });
    await expect(dial).rejects.toMatchObject({ code: 'PROTOCOL' });
    expect(dialler.opened).toStrictEqual([]);
    expect(listener.opened).toStrictEqual([]);
  });

  it('is found out by the listener, too, where the dialler does not look', async () => {
    const node = await attacked();
    const end = await attacker(node);
    await end.shakeHands();
    end.say(INFO);
    await end.hear();
    end.hello('00'.repeat(32));
    expect(await end.closed).toMatchObject({
      code: 1008,
      reason: expect.stringContaining('somebody is in between'),
    });
    await expectUnharmed(node);
  });
});

/** Passes frames on between whoever dials it and a node, changed. */
async function inBetween(
  node: TestTransport,
  own: ReturnType<typeof newKey>,
  change: { toListener(frame: string): string; toDialler(frame: string): string },
): Promise<{ url: string }> {
  const server = await serve(own, async (victim) => {
    const onwards = await attacker(node, own);
    const pass = async (from: WireEnd, to: WireEnd, by: (frame: string) => string): Promise<void> => {
      for (;;) to.send(by(await from.next()));
    };
    const ignore = (): undefined => undefined;
    void pass(victim, onwards, (frame) => change.toListener(frame)).catch(ignore);
    void pass(onwards, victim, (frame) => change.toDialler(frame)).catch(ignore);
  });
  scope.defer(() => server.stop());
  return server;
}

/** A key exchange, as if its ephemeral key were ours. */
function resigned(frame: string, own: ReturnType<typeof newKey>): string {
  const unsigned = {
    type: 'key_exchange',
    public_key: partsOf(frame)['public_key'] ?? '',
    node_id: own.nodeId,
  } as const;
  return JSON.stringify({ ...unsigned, signature: signHex(Buffer.from(signedTextOf(unsigned)), own.key) });
}

describe('too much', () => {
  it('before the handshake is cut off, in one frame or in many parts', async () => {
    const node = await attacked();
    const one = await attacker(node);
    one.send('x'.repeat(500_000));
    expect((await one.closed).code).toBe(1009);
    const many = await attacker(node);
    many.socket.on('error', () => undefined);
    for (let part = 0; part < 500; part += 1) many.socket.send('x'.repeat(100), { fin: false });
    expect((await many.closed).code).toBe(1009);
    await expectUnharmed(node);
  });

  it('after the handshake is cut off', async () => {
    const node = await attacked();
    const end = await attacker(node);
    await end.becomePeer();
    await node.untilOpened(1);
    end.send(`{"type":"encrypted","ciphertext":"${'00'.repeat(1024 * 1024)}"}`);
    expect((await end.closed).code).toBe(1009);
    await node.untilClosed(1);
    await expectUnharmed(node, 1);
  });

  it('without reading what comes back is cut off', async () => {
    const node = await attacked();
    const end = await attacker(node);
    await end.becomePeer();
    await node.untilOpened(1);
    end.socket.pause();
    // Each costs us a signature and about a kilobyte; none is read.
    const flood = (): void => {
      if (node.closed.length > 0) return;
      end.say(Array.from({ length: 2000 }, (_, id) => ({ ...INFO, id: `${id}${'x'.repeat(180)}` })));
      setImmediate(flood);
    };
    flood();
    await node.untilClosed(1);
    await expectUnharmed(node, 1);
  }, 60_000);
});

describe('who connects and', () => {
  const cut = async (socket: Socket): Promise<void> => {
    socket.resume();
    socket.on('error', () => undefined);
    await once(socket, 'close', { signal: soon() });
  };
  const port = (node: TestTransport): number => Number(new URL(node.url).port);

  it.each([
    ['says nothing', ''],
    ['asks for half of an upgrade', 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n'],
    ['asks for a page and stays', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('%s is cut off in time', async (_, text) => {
    const node = await attacked(SOON_MS);
    const socket = connect(port(node), '127.0.0.1');
    scope.defer(async () => void socket.destroy());
    socket.write(text);
    await cut(socket);
    await expectUnharmed(node);
  });

  it('shakes no hands, or says nothing after that, is cut off in time', async () => {
    const node = await attacked(SOON_MS);
    const silent = await attacker(node);
    await silent.closed;
    const shaken = await attacker(node);
    await shaken.shakeHands();
    await shaken.closed;
    const asked = await attacker(node);
    await asked.shakeHands();
    asked.say(INFO);
    await asked.hear();
    await asked.closed;
    await expectUnharmed(node);
  });

  it('comes from a web page, or wants something else than the node, is turned away', async () => {
    const node = await attacked();
    const turnedAway = (url: string, headers: Record<string, string>): Promise<unknown> =>
      WireEnd.connect(url, newKey(), { headers });
    await expect(turnedAway(node.url, { origin: 'https://example.org' })).rejects.toThrow('403');
    await expect(turnedAway(node.url, { origin: 'null' })).rejects.toThrow('403');
    await expect(turnedAway(`${node.url}/admin`, {})).rejects.toThrow('404');
    const page = await fetch(node.url.replace('ws:', 'http:'));
    expect(page.status).toBe(426);
    await page.text();
    await expectUnharmed(node);
  });

  it('comes a hundred times is let in a few times, and others get in once that is over', async () => {
    const node = await attacked(2000);
    const sockets = Array.from({ length: 100 }, () => connect(port(node), '127.0.0.1'));
    scope.defer(async () => sockets.forEach((socket) => socket.destroy()));
    let open = sockets.length;
    const few = Promise.withResolvers<void>();
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      socket.resume();
      socket.on('close', () => {
        open -= 1;
        if (open === 16) few.resolve();
      });
    }
    await few.promise;
    await Promise.all(sockets.filter((socket) => !socket.closed).map(cut));
    await expectUnharmed(node);
  });
});

describe('a peer', () => {
  const open = (stream: number): unknown => ({
    jsonrpc: '2.0',
    id: 9,
    method: 'gatehouse/stream.open',
    params: { stream, protocol: '/x', credit: 1 },
  });
  const data = (stream: number, text: string): unknown => ({
    jsonrpc: '2.0',
    method: 'gatehouse/stream.data',
    params: { stream, data: text },
  });
  const piece = Buffer.alloc(64 * 1024).toString('base64');

  it.each([
    ['uses a stream that there never was', [data(1, 'AAAA')], 1002],
    ['uses one of ours that there never was', [data(2, 'AAAA')], 1002],
    ['opens one with our numbers', [open(2)], 1002],
    ['opens one twice', [open(3), open(3)], 1002],
    ['opens one with an earlier number', [open(3), open(1)], 1002],
    [
      'sends more than there is credit for',
      [open(1), ...Array.from({ length: 17 }, () => data(1, piece))],
      1008,
    ],
    ['sends data that is not base64', [open(1), data(1, 'A?A=')], 1002],
    ['sends a piece too long', [open(1), data(1, `${piece}AAAA`)], 1002],
    [
      'gives credit out of all measure',
      [open(1), { jsonrpc: '2.0', method: 'gatehouse/stream.credit', params: { stream: 1, bytes: 1e15 } }],
      1002,
    ],
    ['says hello twice', 'hello', 1002],
  ])('that %s is cut off', async (_, messages, code) => {
    const node = await attacked();
    // Never reads.
    node.answers.set('/x', (stream) => stream.pause());
    const end = await attacker(node);
    await end.becomePeer();
    await node.untilOpened(1);
    if (typeof messages === 'string') end.hello();
    else for (const message of messages) end.say(message);
    expect(await end.closed).toMatchObject({ code });
    await node.untilClosed(1);
    await expectUnharmed(node, 1);
  });

  it.each([
    ['before its hello', undefined],
    ['without counting its envelopes', otherNonces()],
  ])('cannot open streams %s', async (_, nonces) => {
    const node = await attacked();
    const end = await attacker(node);
    await end.shakeHands(nonces);
    end.say(open(1));
    expect(await end.closed).toMatchObject({ code: 1002 });
    await expectUnharmed(node);
  });

  it('is who shook hands', async () => {
    const node = await attacked();
    const end = await attacker(node);
    await end.becomePeer();
    await node.untilOpened(1);
    expect(node.opened[0]?.remotePeer.toString()).toBe(peerIdOf(end.own));
  });
});
