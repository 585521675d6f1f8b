import { afterEach, describe, expect, it } from 'vitest';
import { signHex } from '../../main/host/network/websocket/ed25519.ts';
import { signedTextOf, writeKeyExchange } from '../../main/host/network/websocket/key-exchange.ts';
import { newEphemeralKey } from '../../main/host/network/websocket/session-key.ts';
import { newKey, partsOf, serve, signedBy } from '../fixtures/dawn/wire-end.ts';
import type { WireEnd } from '../fixtures/dawn/wire-end.ts';
import { attacker, expectUnharmed, INFO } from './web-socket-attack.ts';
import { Scope, startTransport } from './web-socket-fixture.ts';
import type { TestTransport } from './web-socket-fixture.ts';

const scope = new Scope();
afterEach(() => scope.end());
const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const SOON_MS = 300;
/** Of order one. */
const POINT_OF_NOBODY = `01${'00'.repeat(31)}`;

async function attacked(handshakeTimeoutMs?: number): Promise<TestTransport> {
  return startTransport({ scope, ...(handshakeTimeoutMs === undefined ? {} : { handshakeTimeoutMs }) });
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
    const end = await attacker(scope, node);
    end.send({ ...writeKeyExchange(newEphemeralKey().publicKey, end.own), ...change(end.own) });
    expect(await end.closed).toMatchObject({
      code: 1008,
      reason: expect.stringContaining('not signed by the node'),
    });
    await expectUnharmed(scope, node);
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
    const end = await attacker(scope, node);
    end.send(frame);
    expect(await end.closed).toMatchObject({ code: 1002 });
    await expectUnharmed(scope, node);
  });

  it('in a binary frame is refused', async () => {
    const node = await attacked();
    const end = await attacker(scope, node);
    end.socket.send(Buffer.from(JSON.stringify(writeKeyExchange(newEphemeralKey().publicKey, end.own))));
    expect(await end.closed).toMatchObject({ code: 1003 });
  });

  it('with an ephemeral key that makes a known secret is refused', async () => {
    const node = await attacked();
    const end = await attacker(scope, node);
    end.send(writeKeyExchange(`01${'00'.repeat(31)}`, end.own));
    expect(await end.closed).toMatchObject({ code: 1002 });
  });

  it('of the node itself, sent back, is refused', async () => {
    const node = await attacked();
    const first = await attacker(scope, node);
    await first.shakeHands();
    const second = await attacker(scope, node);
    second.send(first.theirs);
    expect(await second.closed).toMatchObject({ code: 1008, reason: 'That is this node itself.' });
    await expectUnharmed(scope, node);
  });

  it('of somebody else, sent again, makes no link', async () => {
    const node = await attacked(SOON_MS);
    const victim = await attacker(scope, node);
    await victim.shakeHands();
    const replayed = await attacker(scope, node);
    replayed.send(victim.ours);
    // The node cannot know yet.
    expect(partsOf(await replayed.next())['type']).toBe('key_exchange');
    // Envelopes of the victim are of another session.
    replayed.send(victim.sealed(INFO));
    expect(await replayed.closed).toMatchObject({
      code: 1008,
      reason: expect.stringContaining('not made for this session'),
    });
    const silent = await attacker(scope, node);
    silent.send(victim.ours);
    await silent.next();
    await silent.closed;
    await expectUnharmed(scope, node);
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
    const end = await attacker(scope, node);
    await end.shakeHands();
    end.say(INFO);
    await end.hear();
    end.hello('00'.repeat(32));
    expect(await end.closed).toMatchObject({
      code: 1008,
      reason: expect.stringContaining('somebody is in between'),
    });
    await expectUnharmed(scope, node);
  });
});

/** Passes frames on between whoever dials it and a node, changed. */
async function inBetween(
  node: TestTransport,
  own: ReturnType<typeof newKey>,
  change: { toListener(frame: string): string; toDialler(frame: string): string },
): Promise<{ url: string }> {
  const server = await serve(own, async (victim) => {
    const onwards = await attacker(scope, node, own);
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
