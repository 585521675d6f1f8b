/** What only a libp2p node can do to us: frames of the muxer below the streams. The rest is in `transport-compliance-hostile.test.ts`. */
import type { Connection } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PeerId } from '../../shared/ids.ts';
import { linked, peerWhen, startNode, startPlainNode, stopAll, unlinked } from './network-fixture.ts';
import type { TestNode } from './network-fixture.ts';

let host: TestNode;
let peerId: PeerId;
let connection: Connection;
/** Below the muxer: what is sent here is taken for yamux frames. */
let raw: { send(data: Uint8Array): boolean };

/** A host, and a plain libp2p node linked to it that does as the test says. */
beforeEach(async () => {
  host = await startNode();
  const { node, connections } = await startPlainNode();
  peerId = PeerId.parse(node.peerId.toString());
  connection = await node.dial(multiaddr(host.at('tcp')));
  const [own] = connections;
  if (own === undefined) throw new Error('There is no connection.');
  raw = own;
});
afterEach(stopAll);

describe('a peer', () => {
  it('that announces a yamux frame of 4 GiB is cut off before anything is collected', async () => {
    await peerWhen(host, peerId, linked);
    const header = Buffer.alloc(12);
    header.writeUInt32BE(1, 4);
    header.writeUInt32BE(0xffff_ffff, 8);
    const sentAt = performance.now();
    raw.send(header);
    await peerWhen(host, peerId, unlinked);
    // Not only once it has been silent: that takes 15 s and two questions of 10 s.
    expect(performance.now() - sentAt).toBeLessThan(15_000);
  });

  it('that makes us answer and does not read the answers is cut off', async () => {
    await peerWhen(host, peerId, linked);
    const own = connection as unknown as { maConn: { pause(): void } };
    own.maConn.pause();
    // Pings that ask for an answer of the same length.
    const pings = Buffer.alloc(12 * 5000);
    for (let at = 0; at < pings.length; at += 12) {
      pings[at + 1] = 2;
      pings[at + 3] = 1;
    }
    const cut = peerWhen(host, peerId, unlinked);
    try {
      for (;;) {
        raw.send(pings);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    } catch {
      // It can send no more: the link is gone.
    }
    await cut;
  });
});
