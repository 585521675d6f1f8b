import { expect } from 'vitest';
import { PeerId } from '../../shared/ids.ts';
import type { DawnDialling } from '../../main/host/network/websocket/dawn-socket.ts';
import { newKey, peerIdOf, serve, WireEnd } from '../fixtures/dawn/wire-end.ts';
import { startTransport } from './web-socket-fixture.ts';
import type { Scope, TestTransport } from './web-socket-fixture.ts';

/** What each Gatehouse asks first. */
export const INFO = { jsonrpc: '2.0', id: 1, method: 'node/get_info', params: {} };

/** A connection to a node, on which a test does what it likes. */
export async function attacker(scope: Scope, node: TestTransport, own = newKey()): Promise<WireEnd> {
  const end = await WireEnd.connect(node.url, own);
  scope.defer(async () => end.socket.terminate());
  return end;
}

/** Nothing came of it: there are so many links, and others get one. */
export async function expectUnharmed(scope: Scope, node: TestTransport, links = 0): Promise<void> {
  expect(node.opened).toHaveLength(links);
  const friend = await startTransport({ scope });
  const target = { peerId: node.peerId, addresses: [node.url] };
  await friend.transport.dial(target, { signal: AbortSignal.timeout(20_000) });
  await node.untilOpened(links + 1);
}

/** What comes of dialling a server that does so with each connection. */
export async function dialled(
  scope: Scope,
  take: (end: WireEnd) => void | Promise<void>,
  options: { own?: ReturnType<typeof newKey>; expected?: PeerId; dawn?: DawnDialling } = {},
): Promise<{ error: unknown; links: number }> {
  const own = options.own ?? newKey();
  const server = await serve(own, take);
  scope.defer(() => server.stop());
  const node = await startTransport({ scope, dawnDialling: options.dawn ?? null, handshakeTimeoutMs: 1000 });
  const peerId = options.expected ?? PeerId.parse(peerIdOf(own));
  try {
    await node.transport.dial({ peerId, addresses: [server.url] }, { signal: AbortSignal.timeout(20_000) });
    return { error: null, links: node.opened.length };
  } catch (error) {
    return { error, links: node.opened.length };
  }
}

/** What a node answers to `node/get_info`. */
export const info = (end: WireEnd, gatehouse?: object): object => ({
  jsonrpc: '2.0',
  id: 1,
  result: { node_id: end.own.nodeId, agents: [], ...(gatehouse === undefined ? {} : { gatehouse }) },
});
