/** What every transport does, shown of each by the same tests: links, and who is at their ends. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { sendLine } from '../../main/host/network/channels/mcp-protocol.ts';
import { MCP_PROTOCOL } from '../../shared/wire.ts';
import { newIdentity, soon, stopAll, stopLater } from './network-fixture.ts';
import { atPort, bare, linkedEnds, nowhere, startEnd, TRANSPORTS } from './transport-fixture.ts';
import type { LinkedEnds } from './transport-fixture.ts';

afterEach(stopAll);

/** Takes connections, and never says a word on them. */
async function silentPort(): Promise<{ port: number; server: Server; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.resume().on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stopLater({
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return { port: (server.address() as AddressInfo).port, server, sockets };
}

describe.each(TRANSPORTS)('%s: a dial', (name) => {
  it('by an address that says who is there, or to a peer by a bare address, makes a link', async () => {
    const [a, b, c] = await Promise.all([startEnd(name), startEnd(name), startEnd(name)]);
    const named = await a.transport.dial({ peerId: null, addresses: [b.address] }, soon());
    const known = await c.transport.dial({ peerId: b.peerId, addresses: [bare(b.address)] }, soon());
    for (const link of [named, known]) {
      expect(link.remotePeer.toString()).toBe(b.peerId);
      expect([link.direction, link.status]).toEqual(['outbound', 'open']);
    }
    await b.untilOpened(2);
    expect(b.opened.map(({ remotePeer }) => remotePeer.toString()).toSorted()).toEqual(
      [a.peerId, c.peerId].toSorted(),
    );
    expect(a.transport.connections(b.peerId)).toEqual([named]);
    expect(a.transport.connections(c.peerId)).toEqual([]);
  });

  it('passes over addresses of the other transport and those where nobody is', async () => {
    const [a, b] = await Promise.all([startEnd(name), startEnd(name)]);
    const other = name === 'libp2p' ? 'websocket' : 'libp2p';
    expect([a.transport.dials(b.address), a.transport.dials(nowhere(other))]).toEqual([true, false]);
    const addresses = [nowhere(other), nowhere(name), bare(b.address)];
    const link = await a.transport.dial({ peerId: b.peerId, addresses }, soon());
    expect(link.remotePeer.toString()).toBe(b.peerId);
  });

  it('gives the link that there is, unless another is asked for', async () => {
    const { a, b, ab } = await linkedEnds(name);
    const target = { peerId: b.peerId, addresses: [bare(b.address)] };
    expect((await a.transport.dial(target, soon())).id).toBe(ab.id);
    const another = await a.transport.dial({ ...target, another: true }, soon());
    // Compared by their ids: a connection of libp2p cannot be printed.
    const ids = a.transport.connections(b.peerId).map(({ id }) => id);
    expect(ids).toEqual([ab.id, another.id]);
    expect(ids[0]).not.toBe(ids[1]);
    await b.untilOpened(2);
    expect(b.opened).toHaveLength(2);
  });

  it('that leads to somebody else, to nobody or to this machine itself says so, and makes no link', async () => {
    const [a, b, { peerId }] = await Promise.all([startEnd(name), startEnd(name), newIdentity()]);
    const dial = (to: typeof peerId, address: string) =>
      a.transport.dial({ peerId: to, addresses: [address] }, soon());
    await expect(dial(peerId, bare(b.address))).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('Another peer answers'),
    });
    await expect(dial(peerId, nowhere(name))).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('Nobody listens'),
    });
    await expect(dial(a.peerId, bare(a.address))).rejects.toMatchObject({
      code: 'INVALID_ADDRESS',
      message: expect.stringContaining('this machine itself'),
    });
    await expect(a.transport.dial({ peerId, addresses: [] }, soon())).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('address of this peer is known'),
    });
    expect([a.opened, b.opened]).toEqual([[], []]);
    expect(a.transport.connections()).toEqual([]);
  });

  it('to whom nobody answers ends by itself, or when it is given up, and leaves no socket', async () => {
    const [a, { peerId }] = await Promise.all([startEnd(name), newIdentity()]);
    const { port, server, sockets } = await silentPort();
    const target = { peerId, addresses: [atPort(name, port)] };
    const begun = performance.now();
    await expect(a.transport.dial(target, soon())).rejects.toMatchObject({ code: 'TIMEOUT' });
    // One address has 4 s.
    expect(performance.now() - begun).toBeLessThan(10_000);
    const giveUp = new AbortController();
    const accepted = once(server, 'connection');
    const dial = a.transport.dial(target, { signal: giveUp.signal });
    const ended = expect(dial).rejects.toMatchObject({ code: 'TIMEOUT' });
    await accepted;
    giveUp.abort();
    await ended;
    await expect.poll(() => sockets.map(({ destroyed }) => destroyed)).toEqual([true, true]);
    await expect(a.transport.dial(target, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'NetworkError',
    });
    expect(sockets).toHaveLength(2);
  });
});

describe.each(TRANSPORTS)('%s: who is let in', (name) => {
  const dial = ({ a, b }: Pick<LinkedEnds, 'a' | 'b'>): Promise<unknown> =>
    a.transport.dial({ peerId: b.peerId, addresses: [bare(b.address)] }, soon());

  it('is nobody who is blocked, on either side', async () => {
    const [a, b] = await Promise.all([startEnd(name), startEnd(name)]);
    b.gatekeeper.blocked.add(a.peerId);
    await expect(dial({ a, b })).rejects.toMatchObject({ code: 'REFUSED' });
    await expect(dial({ a: b, b: a })).rejects.toMatchObject({ code: 'REFUSED' });
    await expect.poll(() => [...a.transport.connections(), ...b.transport.connections()]).toEqual([]);
    b.gatekeeper.blocked.delete(a.peerId);
    await dial({ a, b });
    await b.untilOpened(1);
  });

  it('is nobody at all while everything is stopped, and whoever comes after that', async () => {
    const [a, b] = await Promise.all([startEnd(name), startEnd(name)]);
    b.gatekeeper.frozen = true;
    await expect(dial({ a, b })).rejects.toMatchObject({ name: 'NetworkError' });
    await expect(dial({ a: b, b: a })).rejects.toMatchObject({ code: 'REFUSED' });
    expect(b.opened).toEqual([]);
    b.gatekeeper.frozen = false;
    await dial({ a, b });
    await b.untilOpened(1);
  });

  it('is nobody once it has stopped, which it says to its own side as well', async () => {
    const [a, b] = await Promise.all([startEnd(name), startEnd(name)]);
    await b.transport.stop();
    await expect(dial({ a, b })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await expect(dial({ a: b, b: a })).rejects.toMatchObject({ code: 'STOPPED' });
    expect(b.transport.addresses()).toEqual([]);
  });

  it('is answered on no stream once it is turned away', async () => {
    const { a, b, ab } = await linkedEnds(name);
    b.answers.set(MCP_PROTOCOL, (stream) => sendLine(stream, 'welcome'));
    b.gatekeeper.blocked.add(a.peerId);
    const said: string[] = [];
    const ended = new Promise<void>((resolve) => {
      ab.newStream([MCP_PROTOCOL], { signal: soon().signal }).then(
        (stream) => {
          stream.addEventListener('message', ({ data }) =>
            said.push(Buffer.from(data.subarray()).toString()),
          );
          stream.addEventListener('close', () => resolve());
          if (stream.status !== 'open') resolve();
        },
        () => resolve(),
      );
    });
    await ended;
    expect(said).toEqual([]);
  });
});

describe.each(TRANSPORTS)('%s: a link', (name) => {
  it('is told of on both sides, with who is there by its key, and what it says of itself', async () => {
    const { a, b, ab, ba } = await linkedEnds(name);
    expect([a.opened, b.opened]).toEqual([[ab], [ba]]);
    expect([ab.remotePeer.toString(), ba.remotePeer.toString()]).toEqual([b.peerId, a.peerId]);
    expect([ab.direction, ba.direction]).toEqual(['outbound', 'inbound']);
    for (const link of [ab, ba]) expect(link.remoteAddr.toString()).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+/);
    await Promise.all([a.untilIntroduced(1), b.untilIntroduced(1)]);
    for (const [end, other] of [
      [a, b],
      [b, a],
    ] as const) {
      expect(end.introductions[0]).toMatchObject({ software: 'gatehouse/test', speaksGatehouse: true });
      expect(end.introductions[0]?.addresses).toContain(bare(other.address));
    }
  });

  it('ends on both sides, whoever ends it, in good order or not', async () => {
    const ends: ((nodes: LinkedEnds) => Promise<void>)[] = [
      ({ ab }) => ab.close(),
      ({ ba }) => ba.close(),
      async ({ ab }) => ab.abort(new Error('Enough.')),
      async ({ ba }) => ba.abort(new Error('Enough.')),
      ({ a }) => a.transport.stop(),
      ({ b }) => b.transport.stop(),
    ];
    await Promise.all(
      ends.map(async (end) => {
        const nodes = await linkedEnds(name);
        await end(nodes);
        await Promise.all([nodes.a.untilClosed(1), nodes.b.untilClosed(1)]);
        expect(nodes.a.closed).toEqual([nodes.ab]);
        expect(nodes.b.closed).toEqual([nodes.ba]);
        for (const link of [nodes.ab, nodes.ba]) {
          expect(link.status).not.toBe('open');
          await expect(link.newStream([MCP_PROTOCOL])).rejects.toThrow();
        }
        expect([...nodes.a.transport.connections(), ...nodes.b.transport.connections()]).toEqual([]);
      }),
    );
  });
});
