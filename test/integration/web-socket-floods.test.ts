import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { PeerId } from '../../shared/ids.ts';
import { newKey, peerIdOf, WireEnd } from '../fixtures/dawn/wire-end.ts';
import { attacker, expectUnharmed, INFO } from './web-socket-attack.ts';
import { Scope, startTransport } from './web-socket-fixture.ts';
import type { TestTransport } from './web-socket-fixture.ts';

const scope = new Scope();
afterEach(() => scope.end());
const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const SOON_MS = 300;

async function attacked(handshakeTimeoutMs?: number): Promise<TestTransport> {
  return startTransport({ scope, ...(handshakeTimeoutMs === undefined ? {} : { handshakeTimeoutMs }) });
}

describe('too much', () => {
  it('before the handshake is cut off, in one frame or in many parts', async () => {
    const node = await attacked();
    const one = await attacker(scope, node);
    one.send('x'.repeat(500_000));
    expect((await one.closed).code).toBe(1009);
    const many = await attacker(scope, node);
    many.socket.on('error', () => undefined);
    for (let part = 0; part < 500; part += 1) many.socket.send('x'.repeat(100), { fin: false });
    expect((await many.closed).code).toBe(1009);
    await expectUnharmed(scope, node);
  });

  it('after the handshake is cut off', async () => {
    const node = await attacked();
    const end = await attacker(scope, node);
    await end.becomePeer();
    await node.untilOpened(1);
    end.send(`{"type":"encrypted","ciphertext":"${'00'.repeat(1024 * 1024)}"}`);
    expect((await end.closed).code).toBe(1009);
    await node.untilClosed(1);
    await expectUnharmed(scope, node, 1);
  });

  it('of one peer, in links, is cut off', async () => {
    const node = await attacked();
    const own = newKey();
    for (let links = 1; links <= 16; links += 1) {
      const end = await attacker(scope, node, own);
      await end.becomePeer();
      await node.untilOpened(links);
    }
    const last = await attacker(scope, node, own);
    await last.becomePeer();
    expect(await last.closed).toMatchObject({ code: 1013 });
    await expectUnharmed(scope, node, 16);
  });

  it('without reading what comes back is cut off', async () => {
    const node = await attacked();
    const end = await attacker(scope, node);
    await end.becomePeer();
    await node.untilOpened(1);
    end.socket.pause();
    // Each costs us a signature and about a kilobyte; none is read.
    const flood = (): void => {
      if (node.closed.length > 0) return;
      end.say(Array.from({ length: 2000 }, (_, id) => ({ ...INFO, id: `${id}${'x'.repeat(180)}` })));
      setImmediate(flood);
    };
    flood();
    await node.untilClosed(1);
    await expectUnharmed(scope, node, 1);
  }, 60_000);
});

describe('a flood of tiny envelopes', () => {
  const COUNT = 2000;
  const flooded = async (isContact: boolean) => {
    const at: number[] = [];
    const node = await startTransport({
      scope,
      dawnMethods: { call: async () => ({}), gossip: () => at.push(performance.now()) },
    });
    const own = newKey();
    if (isContact) node.contacts.add(PeerId.parse(peerIdOf(own)));
    const end = await attacker(scope, node, own);
    await end.becomePeer();
    await node.untilOpened(1);
    const gossip = { type: 'gossip_announcement' };
    const frames = Array.from({ length: COUNT }, () => end.sealed(gossip));
    for (const frame of frames) end.send(frame);
    await expect.poll(() => at.length, { timeout: 30_000 }).toBe(COUNT);
    expect(node.closed).toEqual([]);
    return (at.at(-1) ?? 0) - (at[0] ?? 0);
  };

  it('by a stranger is taken at a modest pace, and nothing of it is lost', async () => {
    // All but the first 600, at 300 in a second.
    expect(await flooded(false)).toBeGreaterThan(4000);
  }, 60_000);

  it('by a contact is not held up', async () => {
    expect(await flooded(true)).toBeLessThan(4000);
  }, 60_000);

  it('before the hello is hardly taken at all, and ends in time', async () => {
    const node = await attacked(1000);
    const end = await attacker(scope, node);
    await end.shakeHands();
    let answers = 0;
    end.socket.on('message', () => (answers += 1));
    for (let id = 0; id < COUNT; id += 1) end.say({ ...INFO, id });
    await end.closed;
    expect(answers).toBeLessThan(20);
    await expectUnharmed(scope, node);
  });
});

describe('one machine', () => {
  it('gets a few places for strangers, and leaves the others to contacts', async () => {
    const node = await attacked();
    const comes = async (own = newKey()): Promise<WireEnd> => {
      const limit = soon();
      for (;;) {
        try {
          const end = await attacker(scope, node, own);
          await end.becomePeer();
          return end;
        } catch (error) {
          // So many came in this second.
          if (limit.aborted) throw error;
        }
      }
    };
    for (let count = 1; count <= 32; count += 1) {
      await comes();
      await node.untilOpened(count);
    }
    const last = await comes();
    expect(await last.closed).toMatchObject({ code: 1013 });
    const own = newKey();
    node.contacts.add(PeerId.parse(peerIdOf(own)));
    await comes(own);
    await node.untilOpened(33);
    expect(node.closed).toEqual([]);
  }, 60_000);
});

describe('who connects and', () => {
  const cut = async (socket: Socket): Promise<void> => {
    socket.resume();
    socket.on('error', () => undefined);
    await once(socket, 'close', { signal: soon() });
  };
  const port = (node: TestTransport): number => Number(new URL(node.url).port);

  it.each([
    ['says nothing', ''],
    ['asks for half of an upgrade', 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n'],
    ['asks for a page and stays', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('%s is cut off in time', async (_, text) => {
    const node = await attacked(SOON_MS);
    const socket = connect(port(node), '127.0.0.1');
    scope.defer(async () => void socket.destroy());
    socket.write(text);
    await cut(socket);
    await expectUnharmed(scope, node);
  });

  it('shakes no hands, or says nothing after that, is cut off in time', async () => {
    const node = await attacked(SOON_MS);
    const silent = await attacker(scope, node);
    await silent.closed;
    const shaken = await attacker(scope, node);
    await shaken.shakeHands();
    await shaken.closed;
    const asked = await attacker(scope, node);
    await asked.shakeHands();
    asked.say(INFO);
    await asked.hear();
    await asked.closed;
    await expectUnharmed(scope, node);
  });

  it('comes from a web page, or wants something else than the node, is turned away', async () => {
    const node = await attacked();
    const turnedAway = (url: string, headers: Record<string, string>): Promise<unknown> =>
      WireEnd.connect(url, newKey(), { headers });
    await expect(turnedAway(node.url, { origin: 'https://example.org' })).rejects.toThrow('403');
    await expect(turnedAway(node.url, { origin: 'null' })).rejects.toThrow('403');
    await expect(turnedAway(`${node.url}/admin`, {})).rejects.toThrow('404');
    const page = await fetch(node.url.replace('ws:', 'http:'));
    expect(page.status).toBe(426);
    await page.text();
    await expectUnharmed(scope, node);
  });

  it('comes a hundred times is let in a few times, and others get in once that is over', async () => {
    const node = await attacked(60_000);
    const sockets = Array.from({ length: 100 }, () => connect(port(node), '127.0.0.1'));
    scope.defer(async () => sockets.forEach((socket) => socket.destroy()));
    const open = new Set(sockets);
    const few = Promise.withResolvers<void>();
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      socket.resume();
      socket.on('close', () => {
        open.delete(socket);
        if (open.size === 16) few.resolve();
      });
    }
    await few.promise;
    for (const socket of open) socket.destroy();
    const friend = await startTransport({ scope });
    const target = { peerId: node.peerId, addresses: [node.url] };
    const limit = soon();
    // So many came in this second that nobody else from here gets in before the next.
    const dial = async (): Promise<unknown> =>
      friend.transport.dial(target, { signal: limit }).catch((error: unknown) => {
        if (limit.aborted) throw error;
        return dial();
      });
    await dial();
    await node.untilOpened(1);
  });
});
