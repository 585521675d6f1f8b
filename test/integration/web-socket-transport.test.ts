/** What is peculiar to links of the WebSocket transport; the rest is in `transport-compliance*.test.ts`. */
import { afterEach, describe, expect, it } from 'vitest';
import type { LinkConnection } from '../../main/host/network/transport.ts';
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

  it('is not measured any more once it has ended', async () => {
    const { a, ab } = await linked();
    await ab.close();
    await a.untilClosed(1);
    await expect(ab.roundTrip?.(soon())).rejects.toThrow('ping');
  });
});
