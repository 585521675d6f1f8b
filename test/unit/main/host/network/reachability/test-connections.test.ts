import type { Connection } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { noise } from '@chainsafe/libp2p-noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { afterEach, describe, expect, it } from 'vitest';
import { TestConnections } from '../../../../../../main/host/network/reachability/test-connections.ts';
import { PeerId } from '../../../../../../shared/ids.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const node = async (): ReturnType<typeof createLibp2p> => {
  const made = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
  });
  stops.push(async () => made.stop());
  return made;
};

async function two(): Promise<{
  dial: () => Promise<Connection>;
  target: ReturnType<typeof multiaddr>;
  claims: Map<Connection, boolean>;
  adopted: Connection[];
  tests: TestConnections;
}> {
  const [here, there] = [await node(), await node()];
  const [target] = there.getMultiaddrs();
  if (target === undefined) throw new Error('It listens nowhere.');
  const adopted: Connection[] = [];
  const claims = new Map<Connection, boolean>();
  const tests = new TestConnections((connection) => adopted.push(connection));
  here.addEventListener('connection:open', ({ detail }) => claims.set(detail, tests.claims(detail)));
  return { dial: () => here.dial(target, { force: true }), target, claims, adopted, tests };
}

describe('connections that are made for a test', () => {
  it('are no links, with the peer named or not; others to the same address are', async () => {
    const { dial, target, claims, adopted, tests } = await two();
    const nameless = multiaddr(target.toString().replace(/\/p2p\/.*$/, ''));
    const link = await dial();
    const made = [await tests.make(target, dial), await tests.make(nameless, dial)];
    expect(made.map((connection) => [claims.get(connection), tests.isTest(connection)])).toEqual([
      [true, true],
      [true, true],
    ]);
    expect([claims.get(link), tests.isLink(link)]).toEqual([false, true]);
    expect(adopted).toEqual([]);
  });

  it('one that came up meanwhile for another reason is a link after all', async () => {
    const { dial, target, adopted, tests } = await two();
    let other: Connection | null = null;
    const made = await tests.make(target, async () => {
      other = await dial();
      return await dial();
    });
    expect(tests.isTest(made)).toBe(true);
    expect(adopted).toEqual([other]);
  });

  it('of two that are made at one time for one address, neither is a link', async () => {
    const { dial, target, adopted, tests } = await two();
    const later = Promise.withResolvers<void>();
    const second = tests.make(target, async () => {
      await later.promise;
      return await dial();
    });
    const first = await tests.make(target, async () => {
      const connection = await dial();
      later.resolve();
      await second;
      return connection;
    });
    expect([first, await second].map((connection) => tests.isTest(connection))).toEqual([true, true]);
    expect(adopted).toEqual([]);
  });

  it('what fails leaves nothing behind', async () => {
    const { dial, target, claims, adopted, tests } = await two();
    await expect(tests.make(target, () => Promise.reject(new Error('Nobody answers.')))).rejects.toThrow(
      'Nobody',
    );
    const link = await dial();
    expect(claims.get(link)).toBe(false);
    expect(adopted).toEqual([]);
  });

  it('a link does not become one by showing what a test shows', async () => {
    const { dial, tests } = await two();
    const link = await dial();
    const expected = tests.expect(PeerId.parse(link.remotePeer.toString()));
    tests.proven(link);
    tests.over(expected);
    expect([tests.isTest(link), link.status]).toEqual([false, 'open']);
  });
});
