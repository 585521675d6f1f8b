import type { Connection } from '@libp2p/interface';
import type { TransportManager } from '@libp2p/interface-internal';
import { multiaddr } from '@multiformats/multiaddr';
import { noise } from '@chainsafe/libp2p-noise';
import { identify } from '@libp2p/identify';
import { tcp } from '@libp2p/tcp';
import { webSockets } from '@libp2p/websockets';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { DialBack } from '../../main/host/network/reachability/dial-back-protocol.ts';
import type { DialBackParts } from '../../main/host/network/reachability/dial-back-protocol.ts';
import { TestConnections } from '../../main/host/network/reachability/test-connections.ts';
import { readFirstLine } from '../../main/host/network/channels/first-line.ts';
import { PeerId } from '../../shared/ids.ts';
import { DIAL_BACK_PROTOCOL, DialBackAnswer, DialBackHello } from '../../shared/wire.ts';
import { soon, startNode } from './network-fixture.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Side {
  readonly dialBack: DialBack;
  readonly tests: TestConnections;
  readonly connections: Connection[];
  /** Connections that were held back, and those that were taken for a link after all. */
  readonly claimed: Connection[];
  readonly adopted: Connection[];
  /** Where it listens, without its peer id. */
  at(kind: 'tcp' | 'ws'): string;
  to(other: Side): Promise<Connection>;
  readonly node: Awaited<ReturnType<typeof createLibp2p>>;
}

/** A real node that speaks the protocol, and nothing else of Gatehouse. */
async function side(change: Partial<DialBackParts> = {}): Promise<Side> {
  let transports: TransportManager | null = null;
  const connections: Connection[] = [];
  const claimed: Connection[] = [];
  const adopted: Connection[] = [];
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'] },
    transports: [tcp(), webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    services: {
      identify: identify(),
      parts: (components: { transportManager: TransportManager }) => {
        transports = components.transportManager;
        return {};
      },
    },
  });
  const listening = node.getMultiaddrs().map((address) => address.toString().replace(/\/p2p\/[^/]+$/, ''));
  const tests = new TestConnections((connection) => adopted.push(connection));
  const dialBack = new DialBack({
    transports: () => transports,
    isContact: () => false,
    admits: () => true,
    running: () => new AbortController().signal,
    self: () => ({ ips: new Set(['127.0.0.1']), ports: new Set() }),
    tests,
    ...change,
  });
  node.addEventListener('connection:open', ({ detail }) => {
    connections.push(detail);
    if (tests.claims(detail)) claimed.push(detail);
  });
  await node.handle(DIAL_BACK_PROTOCOL, (stream, connection) => dialBack.answer(stream, connection));
  stops.push(async () => {
    dialBack.stop();
    tests.stop();
    await node.stop();
  });
  return {
    dialBack,
    tests,
    connections,
    claimed,
    adopted,
    node,
    at: (kind) => {
      const found = listening.find((address) => address.endsWith('/ws') === (kind === 'ws'));
      if (found === undefined) throw new Error(`It does not listen by ${kind}.`);
      return found;
    },
    to: (other) => node.dial(other.node.getMultiaddrs()[0] ?? multiaddr('/ip4/127.0.0.1/tcp/1')),
  };
}

describe('a dial-back', () => {
  test('is proven by a nonce on new connections, which are hung up and are no links', async () => {
    const [asker, asked] = [await side(), await side()];
    const link = await asker.to(asked);
    const addresses = [asker.at('tcp'), asker.at('ws')];
    const results = await asker.dialBack.ask(link, addresses, soon().signal);
    expect(results).toEqual(addresses.map((address) => ({ address, outcome: 'ok', from: '127.0.0.1' })));
    expect(asker.claimed).toHaveLength(2);
    expect(asked.claimed).toHaveLength(2);
    const tests = [...asker.claimed, ...asked.claimed];
    await expect.poll(() => tests.filter(({ status }) => status !== 'closed')).toEqual([]);
    expect(asker.adopted).toEqual([]);
    expect(link.status).toBe('open');
  });

  test('a Gatehouse does it for everybody, at the address he comes from', async () => {
    const [asker, asked] = [await side(), await startNode()];
    const link = await asker.node.dial(multiaddr(asked.at('tcp')));
    const [result] = await asker.dialBack.ask(link, [asker.at('ws')], soon().signal);
    expect(result).toMatchObject({ outcome: 'ok' });
    expect(asked.network.peers()[0]?.links).toHaveLength(1);
  });

  test('an address at which nobody listens fails', async () => {
    const [asker, asked] = [await side(), await side()];
    const link = await asker.to(asked);
    const results = await asker.dialBack.ask(
      link,
      ['/ip4/127.0.0.1/tcp/65001', asker.at('tcp')],
      soon().signal,
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'ok']);
  });

  test('an address at which somebody else listens fails', async () => {
    const [asker, asked, third] = [await side(), await side(), await side()];
    const link = await asker.to(asked);
    const [result] = await asker.dialBack.ask(link, [third.at('tcp')], soon().signal);
    expect(result).toMatchObject({ outcome: 'failed' });
  });

  test('a private address, a name, and that of another are refused to a stranger', async () => {
    const [asker, asked] = [await side(), await side()];
    const link = await asker.to(asked);
    const addresses = [
      '/ip4/192.168.1.1/tcp/80',
      '/ip4/11.0.0.9/tcp/4001',
      '/dns4/example.org/tcp/4001',
      '/ip6/::1/tcp/4001',
      `${asker.at('tcp')}/p2p/${asker.node.peerId.toString()}/p2p-circuit`,
    ];
    const results = await asker.dialBack.ask(link, addresses, soon().signal);
    expect(results.map(({ outcome }) => outcome)).toEqual(addresses.map(() => 'refused'));
    expect(asked.claimed).toEqual([]);
  });

  test('more than a few in a minute are turned away', async () => {
    const [asker, asked] = [await side(), await side()];
    const link = await asker.to(asked);
    for (let count = 0; count < 6; count += 1) {
      await asker.dialBack.ask(link, ['/ip4/192.168.1.1/tcp/80'], soon().signal);
    }
    const late = asker.dialBack.ask(link, [asker.at('tcp')], soon().signal);
    await expect(late).rejects.toThrow('does not connect back now');
  });

  test('nobody is dialled while everything is stopped', async () => {
    const [asker, asked] = [await side(), await side({ admits: () => false })];
    const link = await asker.to(asked);
    await expect(asker.dialBack.ask(link, [asker.at('tcp')], soon().signal)).rejects.toThrow(
      'not connect back',
    );
  });

  test('who only claims it proves nothing', async () => {
    const [asker, liar] = [await side(), await side()];
    await liar.node.unhandle(DIAL_BACK_PROTOCOL);
    await liar.node.handle(DIAL_BACK_PROTOCOL, async (stream, connection) => {
      const hello = DialBackHello.parse(JSON.parse(await readFirstLine(stream, 4096, soon().signal)));
      if ('proof' in hello) throw new Error('It is the liar who is asked.');
      // The nonce is shown on the link that is there, which proves nothing.
      const proof = await connection.newStream([DIAL_BACK_PROTOCOL]);
      proof.send(Buffer.from(`${JSON.stringify({ proof: hello.nonce, address: hello.addresses[0] })}\n`));
      await proof.close();
      // It has been read once the other end closes.
      await readFirstLine(proof, 16, soon().signal).catch(() => undefined);
      const results = hello.addresses.map((address) => ({ address, ok: true }));
      stream.send(Buffer.from(`${JSON.stringify(DialBackAnswer.parse({ ok: true, results }))}\n`));
      await stream.close();
    });
    const link = await asker.to(liar);
    const [result] = await asker.dialBack.ask(link, [asker.at('tcp')], soon().signal);
    expect(result).toMatchObject({ outcome: 'unproven' });
  });

  test('one connection proves one address, and only one that it can have come by', async () => {
    const [asker, liar] = [await side(), await side()];
    await liar.node.unhandle(DIAL_BACK_PROTOCOL);
    await liar.node.handle(DIAL_BACK_PROTOCOL, async (stream) => {
      const hello = DialBackHello.parse(JSON.parse(await readFirstLine(stream, 4096, soon().signal)));
      if ('proof' in hello) throw new Error('It is the liar who is asked.');
      const target = multiaddr(`${asker.at('tcp')}/p2p/${asker.node.peerId.toString()}`);
      const made = await liar.node.dial(target, { force: true });
      for (const address of hello.addresses) {
        const proof = await made.newStream([DIAL_BACK_PROTOCOL]);
        proof.send(Buffer.from(`${JSON.stringify({ proof: hello.nonce, address })}\n`));
        await proof.close();
        await readFirstLine(proof, 16, soon().signal).catch(() => undefined);
      }
      const results = hello.addresses.map((address) => ({ address, ok: true }));
      stream.send(Buffer.from(`${JSON.stringify({ ok: true, results })}\n`));
      await stream.close();
    });
    const link = await asker.to(liar);
    const addresses = [
      asker.at('ws'),
      '/ip6/2001:4:112::1/tcp/4001',
      asker.at('tcp'),
      '/ip4/11.0.0.2/tcp/4001',
    ];
    const results = await asker.dialBack.ask(link, addresses, soon().signal);
    expect(results.map(({ outcome }) => outcome)).toEqual(['unproven', 'unproven', 'ok', 'unproven']);
    // The liar keeps it, but not for long, and nothing else runs over it.
    const [kept] = asker.claimed;
    expect(kept !== undefined && asker.tests.isLink(kept)).toBe(false);
    await expect.poll(() => kept?.status).not.toBe('open');
    expect(asker.adopted).toEqual([]);
  });

  test('a connection over which something else begins is no test', async () => {
    const [asker, slow] = [await side(), await side()];
    await slow.node.unhandle(DIAL_BACK_PROTOCOL);
    await slow.node.handle(DIAL_BACK_PROTOCOL, async (stream) => {
      const target = multiaddr(`${asker.at('tcp')}/p2p/${asker.node.peerId.toString()}`);
      await slow.node.dial(target, { force: true });
      await expect.poll(() => asker.adopted.length).toBe(1);
      stream.send(Buffer.from(`${JSON.stringify({ ok: true, results: [] })}\n`));
      await stream.close();
    });
    const asking = asker.dialBack.ask(await asker.to(slow), [asker.at('tcp')], soon().signal);
    await expect.poll(() => asker.claimed.length).toBe(1);
    const [claimed] = asker.claimed;
    expect(claimed !== undefined && asker.tests.isLink(claimed)).toBe(true);
    await asking;
    expect(claimed?.status).toBe('open');
  });

  test('stopping all, blocking and disconnecting cut what is no link, too', async () => {
    const { network, at } = await startNode();
    const claims = vi.spyOn(TestConnections.prototype, 'claims').mockReturnValue(true);
    stops.push(async () => Promise.resolve(claims.mockRestore()));
    const cuts = [
      async (): Promise<void> => network.freeze(),
      async (peerId: PeerId): Promise<void> => network.disconnect(peerId),
      async (peerId: PeerId): Promise<void> => Promise.resolve(network.setBlocked(peerId, true)),
    ];
    for (const cut of cuts) {
      const other = await side();
      const connection = await other.node.dial(multiaddr(at('tcp')));
      const peerId = PeerId.parse(other.node.peerId.toString());
      await expect
        .poll(() => claims.mock.calls.some(([one]) => one.remotePeer.equals(other.node.peerId)))
        .toBe(true);
      expect(network.peers().flatMap(({ links }) => links)).toEqual([]);
      await cut(peerId);
      await expect.poll(() => connection.status).not.toBe('open');
      network.unfreeze();
    }
  });

  test('a connection of the asked that is no test becomes a link', async () => {
    const asker = await side();
    const slow = await side();
    await slow.node.unhandle(DIAL_BACK_PROTOCOL);
    let answer = (): void => undefined;
    await slow.node.handle(DIAL_BACK_PROTOCOL, async (stream) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      stream.send(Buffer.from(`${JSON.stringify({ ok: true, results: [] })}\n`));
      await stream.close();
    });
    const link = await asker.to(slow);
    const asking = asker.dialBack.ask(link, [asker.at('tcp')], soon().signal);
    await expect.poll(() => asker.connections.length).toBe(1);
    const target = multiaddr(`${asker.at('tcp')}/p2p/${asker.node.peerId.toString()}`);
    await expect.poll(() => answer.name).not.toBe('');
    await slow.node.dial(target, { force: true });
    await expect.poll(() => asker.adopted, { timeout: 5000 }).toHaveLength(1);
    answer();
    expect(await asking).toMatchObject([{ outcome: 'unproven' }]);
  });
});
