import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Trusting } from '../../../../main/host/trusting.ts';
import type { PeerId } from '../../../../shared/ids.ts';
import type { PeerView, Trust } from '../../../../shared/peers.ts';
import { aPeer } from '../../../fixtures/fake-host.ts';
import { alice, makeWorld, rule, type World } from './gate/setup.ts';
import { ask, isSettled } from './gate/asking.ts';

let world: World;
let trusting: Trusting;
let removed: PeerId[];

/** What the peers room would answer. */
const viewOf = (peerId: PeerId, trust: Trust): PeerView => {
  world.trust.set(peerId, trust);
  return aPeer({ peerId, trust });
};

beforeEach(() => {
  world = makeWorld();
  removed = [];
  trusting = new Trusting({
    gate: world.gate,
    peers: {
      accept: (peerId, { trust }) => viewOf(peerId, trust),
      setTrust: viewOf,
      remove: (peerId) => {
        removed.push(peerId);
        return Promise.resolve();
      },
    },
  });
  world.gate.addRule(rule({ peerId: alice, tool: 'other' }));
});
afterEach(() => world.gate.stop());

describe('how far a peer is trusted', () => {
  it('bears on what waits of it', async () => {
    world.gate.addRule(rule({ trust: 'known', effect: 'deny' }));
    world.trust.set(alice, 'trusted');
    const { outcome } = ask(world, { trust: 'trusted' });
    expect(trusting.setTrust(alice, 'known').trust).toBe('known');
    expect(await outcome).toMatchObject({ effect: 'deny', decision: { by: 'rule' } });
  });

  it('bears on it also where the peer is accepted', async () => {
    world.gate.addRule(rule({ trust: 'trusted' }));
    const { outcome } = ask(world);
    expect(await isSettled(outcome)).toBe(false);
    trusting.accept(alice, { trust: 'trusted' });
    expect(await outcome).toMatchObject({ effect: 'allow', decision: { by: 'rule' } });
  });

  it.each(['blocked', 'unknown'] as const)(
    'is %s whatever the disk says, and its rules are gone',
    (trust) => {
      world.failStore.removal = true;
      expect(() => trusting.setTrust(alice, trust)).toThrow('disk full');
      expect(world.trust.get(alice)).toBe(trust);
      expect(world.gate.rules()).toEqual([]);
    },
  );

  it('is forgotten whatever the disk says', async () => {
    world.failStore.removal = true;
    await expect(trusting.remove(alice)).rejects.toThrow('disk full');
    expect(removed).toEqual([alice]);
  });
});
