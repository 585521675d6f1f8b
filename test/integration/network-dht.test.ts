import type { PeerId as Libp2pPeerId } from '@libp2p/interface';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Gatekeeper } from '../../main/host/network/gatekeeper.ts';
import { NetworkError } from '../../main/host/network/index.ts';
import { linked, newIdentity, peerWhen, soon, startNode, stopAll, type TestNode } from './network-fixture.ts';

afterEach(stopAll);

/** Ada knows Ben, and Ben knows Cleo; loopback addresses count as private. */
async function chain(): Promise<[TestNode, TestNode, TestNode]> {
  const [ada, ben, cleo] = await Promise.all([
    startNode({ dht: true }),
    startNode({ dht: true }),
    startNode({ dht: true }),
  ]);
  await Promise.all([ada.network.dial(ben.at('tcp'), soon()), ben.network.dial(cleo.at('tcp'), soon())]);
  await peerWhen(ben, cleo.peerId, ({ addresses }) => addresses.length > 0);
  await peerWhen(ada, ben.peerId, ({ speaksGatehouse }) => speaksGatehouse === true);
  return [ada, ben, cleo];
}

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => (error instanceof NetworkError ? error.code : error));

describe('the distributed table', () => {
  it('leads to a peer of which only the id is known', async () => {
    const [ada, , cleo] = await chain();
    expect(ada.network.peers().map(({ peerId }) => peerId)).not.toContain(cleo.peerId);
    expect(await ada.network.dial(cleo.peerId, soon())).toBe(cleo.peerId);
    const seen = await peerWhen(ada, cleo.peerId, linked);
    expect(seen.addresses.length).toBeGreaterThan(0);
    expect(await peerWhen(cleo, ada.peerId, linked)).toMatchObject({ foundBy: 'inbound' });
  });

  it('leads to a peer that is not any more where it was known to be', async () => {
    const [ada, , cleo] = await chain();
    const nowhere = `/ip4/127.0.0.1/tcp/1/p2p/${cleo.peerId}`;
    expect(await failure(ada.network.dial(nowhere, soon()))).toBe('UNREACHABLE');
    ada.network.keep(cleo.peerId, ['/ip4/127.0.0.1/tcp/1']);
    ada.network.release(cleo.peerId);
    expect(await ada.network.dial(cleo.peerId, soon())).toBe(cleo.peerId);
  });

  it('says in time that nobody knows a peer', async () => {
    const [ada] = await chain();
    const stranger = await newIdentity();
    expect(await failure(ada.network.dial(stranger.peerId, soon()))).toBe('UNREACHABLE');
    const lonely = await startNode({ dht: true });
    const before = performance.now();
    expect(await failure(lonely.network.dial(stranger.peerId, soon()))).toBe('UNREACHABLE');
    // A look-up that waits for somebody to answer ends after ten seconds.
    expect(performance.now() - before).toBeLessThan(9000);
  });

  it('makes nobody dial a peer that it heard of and nobody asked for', async () => {
    const { promise: denied, resolve } = Promise.withResolvers<string>();
    const asGater = Gatekeeper.prototype.asGater;
    const spy = vi.spyOn(Gatekeeper.prototype, 'asGater').mockImplementation(function (
      this: Gatekeeper,
      ...more
    ) {
      const gater = asGater.apply(this, more);
      const denyDialPeer = async (peer: Libp2pPeerId): Promise<boolean> => {
        const isDenied = (await gater.denyDialPeer?.(peer)) === true;
        if (isDenied) resolve(peer.toString());
        return isDenied;
      };
      return { ...gater, denyDialPeer };
    });
    const [ada, ben, cleo] = await chain().finally(() => spy.mockRestore());
    // A second after the start each table looks around, and hears of the others.
    expect([ada.peerId, cleo.peerId]).toContain(await denied);
    expect(ada.network.peers().filter(linked)).toMatchObject([{ peerId: ben.peerId }]);
    expect(cleo.network.peers().filter(linked)).toMatchObject([{ peerId: ben.peerId }]);
  });
});
