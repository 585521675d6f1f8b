import { afterEach, describe, expect, it } from 'vitest';
import { newKey, otherNonces, partsOf, peerIdOf, signedBy } from '../fixtures/dawn/wire-end.ts';
import type { WireEnd } from '../fixtures/dawn/wire-end.ts';
import { attacker, expectUnharmed, INFO } from './web-socket-attack.ts';
import { Scope, startTransport } from './web-socket-fixture.ts';
import type { TestTransport } from './web-socket-fixture.ts';

const scope = new Scope();
afterEach(() => scope.end());

async function attacked(handshakeTimeoutMs?: number): Promise<TestTransport> {
  return startTransport({ scope, ...(handshakeTimeoutMs === undefined ? {} : { handshakeTimeoutMs }) });
}

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
    const end = await attacker(scope, node);
    await end.shakeHands();
    end.send(change(end.sealed(INFO), end));
    expect(await end.closed).toMatchObject({ code });
    await expectUnharmed(scope, node);
  });

  it('in a binary frame is refused', async () => {
    const node = await attacked();
    const end = await attacker(scope, node);
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
    const end = await attacker(scope, node);
    await end.shakeHands();
    const sealed = [1, 2, 3].map((id) => end.sealed({ ...INFO, id }));
    for (const frame of order(sealed)) end.send(frame);
    expect(await end.closed).toMatchObject({ code: 1008, reason: expect.stringContaining('repeated') });
    await expectUnharmed(scope, node);
  });

  it('of a Dawn-style client, sent again, is noticed', async () => {
    const node = await attacked();
    const end = await attacker(scope, node);
    await end.shakeHands(otherNonces());
    const frame = end.sealed(INFO);
    end.send(frame);
    expect(await end.hear()).toMatchObject({ id: 1, result: { node_id: node.identity.dawnNodeId } });
    end.send(frame);
    expect(await end.closed).toMatchObject({ code: 1008, reason: 'A nonce was used twice.' });
  });

  it('of the node itself, sent back, is refused', async () => {
    const node = await attacked();
    const end = await attacker(scope, node);
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
    const end = await attacker(scope, node);
    await end.shakeHands();
    end.say(text);
    expect(await end.closed).toMatchObject({ code });
  });

  it('with several messages is for Gatehouses only', async () => {
    const node = await attacked();
    const end = await attacker(scope, node);
    await end.shakeHands(otherNonces());
    end.say([INFO, INFO]);
    expect(await end.closed).toMatchObject({ code: 1002 });
  });
});

const signedWith = (frame: string, signature: string): unknown => ({ ...partsOf(frame), signature });

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
    const end = await attacker(scope, node);
    await end.becomePeer();
    await node.untilOpened(1);
    if (typeof messages === 'string') end.hello();
    else for (const message of messages) end.say(message);
    expect(await end.closed).toMatchObject({ code });
    await node.untilClosed(1);
    await expectUnharmed(scope, node, 1);
  });

  it.each([
    ['before its hello', undefined],
    ['without counting its envelopes', otherNonces()],
  ])('cannot open streams %s', async (_, nonces) => {
    const node = await attacked();
    const end = await attacker(scope, node);
    await end.shakeHands(nonces);
    if (nonces !== undefined) end.hello();
    end.say(open(1));
    expect(await end.closed).toMatchObject({ code: 1002 });
    await expectUnharmed(scope, node);
  });

  it('is who shook hands', async () => {
    const node = await attacked();
    const end = await attacker(scope, node);
    await end.becomePeer();
    await node.untilOpened(1);
    expect(node.opened[0]?.remotePeer.toString()).toBe(peerIdOf(end.own));
  });
});
