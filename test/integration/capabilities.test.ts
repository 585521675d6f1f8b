import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Capability } from '../../shared/registry.ts';
import { linked, peerWhen, soon, startNode, stopAll, type TestNode } from './network-fixture.ts';

afterEach(stopAll);

const FORECAST: Capability = { kind: 'tool', name: 'forecast' };
const DEADLINE_MS = 20_000;

/** A hub, and two hosts that are linked to it and not to each other. Loopback addresses count as private. */
async function star(): Promise<[hub: TestNode, one: TestNode, other: TestNode]> {
  const [hub, one, other] = await Promise.all([
    startNode({ dht: true }),
    startNode({ dht: true }),
    startNode({ dht: true }),
  ]);
  for (const { network } of [one, other]) await network.dial(hub.at('tcp'), soon());
  for (const node of [one, other]) {
    await peerWhen(node, hub.peerId, ({ speaksGatehouse }) => speaksGatehouse === true);
  }
  return [hub, one, other];
}

/** Asks until the answer is as expected: records are offered in the background. */
async function foundBy(node: TestNode, capability: Capability, wanted: readonly string[]): Promise<void> {
  const late = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = await node.network.providersOf(capability, soon());
    if (JSON.stringify(found) === JSON.stringify(wanted)) return;
    if (performance.now() > late) throw new Error(`Found ${JSON.stringify(found)}.`);
    // No event tells that another node has taken a record.
    await setTimeout(20);
  }
}

describe('capabilities in the distributed table', () => {
  it('lead to who is announced for them, by way of a hub', async () => {
    const [, one, other] = await star();
    one.network.provide([FORECAST, { kind: 'tag', name: 'Sky' }]);
    await foundBy(other, FORECAST, [one.peerId]);
    await foundBy(other, { kind: 'tag', name: 'sky' }, [one.peerId]);
    // What came with the record is enough to get there.
    await other.network.fetchCards(one.peerId, { name: 'test', introduce: false }, soon());
    await peerWhen(other, one.peerId, linked);
  });

  it('lead nowhere for what nobody offers, without waiting for it', async () => {
    const [, one, other] = await star();
    one.network.provide([FORECAST]);
    await foundBy(other, FORECAST, [one.peerId]);
    const startedAt = performance.now();
    expect(await other.network.providersOf({ kind: 'tool', name: 'nothing' }, soon())).toStrictEqual([]);
    // A look-up that waits for somebody to answer ends after ten seconds.
    expect(performance.now() - startedAt).toBeLessThan(9000);
  });

  it('are offered to who is linked later', async () => {
    const [hub, one] = await Promise.all([startNode({ dht: true }), startNode({ dht: true })]);
    one.network.provide([FORECAST]);
    await one.network.dial(hub.at('tcp'), soon());
    await foundBy(hub, FORECAST, [one.peerId]);
  });

  it('are neither offered nor asked for while that is turned off', async () => {
    const [hub, one, other] = await star();
    other.network.setDht(false);
    one.network.provide([FORECAST]);
    await foundBy(hub, FORECAST, [one.peerId]);
    expect(await other.network.providersOf(FORECAST, soon())).toStrictEqual([]);
    other.network.setDht(true);
    await foundBy(other, FORECAST, [one.peerId]);
  });
});
