import { setTimeout } from 'node:timers/promises';
import { noise } from '@chainsafe/libp2p-noise';
import { identify } from '@libp2p/identify';
import type { Libp2p } from '@libp2p/interface';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { afterEach, describe, expect, it } from 'vitest';
import { tableServices, type Table } from '../../main/host/network/discovery/distributed-table.ts';
import { Provided } from '../../main/host/network/discovery/provided.ts';
import type { Capability } from '../../shared/registry.ts';

const FORECAST: Capability = { kind: 'tool', name: 'forecast' };
const LIFETIME_MS = 1500;
const WIDE = '/gatehouse/kad/1.0.0';

const running: { stop(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

interface TableNode {
  readonly node: Libp2p;
  readonly tables: Table[];
  readonly provided: Provided;
}

async function startTables(announce: string[] = []): Promise<TableNode> {
  const tables: Table[] = [];
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'], appendAnnounce: announce },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      ping: ping(),
      ...tableServices(tables, { serves: false, recordLifetimeMs: LIFETIME_MS }),
    },
  });
  const provided = new Provided(node, tables, true, () => true);
  node.addEventListener('peer:identify', ({ detail }) => provided.linked(detail.protocols));
  running.push(node, provided);
  return { node, tables, provided };
}

const find = async ({ provided }: TableNode): Promise<string[]> =>
  (await provided.find(FORECAST, AbortSignal.timeout(5000))).map(({ peerId }) => peerId);

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const late = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > late) throw new Error(`Waited in vain for ${what}.`);
    await setTimeout(20);
  }
}

const modeOf = ({ tables }: TableNode): string | undefined =>
  tables.find(({ protocol }) => protocol === WIDE)?.dht.getMode();

describe('records in the distributed table', { timeout: 90_000 }, () => {
  it('are renewed as long as they are wanted, and are gone soon after that', async () => {
    const [hub, one] = await Promise.all([startTables(), startTables()]);
    const [address] = hub.node.getMultiaddrs();
    if (address === undefined) throw new Error('It does not listen.');
    await one.node.dial(address);
    one.provided.provide([FORECAST]);
    await until('the record', async () => (await find(hub)).length === 1);
    // Far beyond the time that the first one was good for. On a machine that is held up one may run out in between.
    await setTimeout(3 * LIFETIME_MS);
    await until('the renewed record', async () => (await find(hub))[0] === one.node.peerId.toString());
    one.provided.provide([]);
    await until('the record to expire', async () => (await find(hub)).length === 0);
  });

  it('are held by whoever can be reached from the internet, and by nobody else', async () => {
    const inside = await startTables();
    expect(modeOf(inside)).toBe('client');
    const outside = await startTables(['/ip4/11.0.0.1/tcp/4001']);
    await until('the switch to a server', () => modeOf(outside) === 'server');
    expect(modeOf(inside)).toBe('client');
  });
});
