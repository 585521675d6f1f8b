/** How links end that nobody closes, and what is left when a network stops: the same over each transport. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PeerId } from '../../shared/ids.ts';
import type { TransportName } from '../../shared/transports.ts';
import {
  ECHO,
  endOf,
  linesOf,
  linked,
  peerWhen,
  soon,
  startNode,
  stopAll,
  stopLater,
  unlinked,
} from './network-fixture.ts';
import type { TestNode } from './network-fixture.ts';
import { bare, TRANSPORTS } from './transport-fixture.ts';

afterEach(stopAll);

/** Links that are kept are found dead in 8 s of silence; this machine may be busy meanwhile. */
const FOUND_DEAD_MS = 8000 + 6000;
const MIB = 1024 * 1024;

interface Other {
  readonly peerId: PeerId;
  readonly address: string;
  freeze(): void;
  thaw(): void;
}

const Said = z.strictObject({ peerId: PeerId, address: z.string() });
const PEER_PROGRAM = fileURLToPath(new URL('transport-peer.ts', import.meta.url));
const STOP_PROGRAM = fileURLToPath(new URL('network-stop.ts', import.meta.url));

async function startOther(transport: TransportName, dial?: string): Promise<Other> {
  const more = dial === undefined ? [] : ['--dial', dial];
  const child = spawn(process.execPath, [PEER_PROGRAM, '--transport', transport, ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  stopLater({
    stop: async () => {
      const gone = once(child, 'exit');
      // One that is frozen, too.
      child.kill('SIGKILL');
      await gone;
    },
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line', soon())) as [string];
  const said = Said.parse(JSON.parse(line));
  return { ...said, freeze: () => child.kill('SIGSTOP'), thaw: () => child.kill('SIGCONT') };
}

const addressOf = (node: TestNode, name: TransportName): string =>
  node.at(name === 'libp2p' ? 'tcp' : 'websocket');

describe.each(TRANSPORTS)(
  '%s: a link whose other end says nothing any more, and does not close it',
  (name) => {
    it.each(['dialled', 'accepted'] as const)(
      'where it was %s is found dead in its time, with what waits on it, and comes back',
      async (how) => {
        const node = await startNode({ transport: name, backoffMs: () => 200 });
        const other = await startOther(name, how === 'accepted' ? addressOf(node, name) : undefined);
        const [address] = [bare(other.address)];
        if (how === 'dialled') await node.network.dial(other.address, soon());
        await peerWhen(node, other.peerId, linked);
        node.network.keep(other.peerId, how === 'dialled' ? [address] : []);
        const channel = await node.network.openMcp(other.peerId, ECHO, soon());
        const answer = linesOf(channel, 1);
        channel.send('before');
        await answer;
        const end = endOf(channel);
        other.freeze();
        const frozenAt = performance.now();
        // The system at the other end takes some of it, and what is asked comes behind the rest.
        channel.send('x'.repeat(7 * MIB));
        expect(await end).toMatchObject({ code: 'LINK_LOST' });
        expect(performance.now() - frozenAt).toBeLessThan(FOUND_DEAD_MS);
        await peerWhen(node, other.peerId, unlinked);
        other.thaw();
        await peerWhen(node, other.peerId, linked);
        const again = await node.network.openMcp(other.peerId, ECHO, soon());
        const after = linesOf(again, 1);
        again.send('after');
        expect(await after).toEqual(['after']);
      },
    );
  },
);

describe.each(TRANSPORTS)('%s: a network that stops', (name) => {
  it('tells both ends of each channel, and frees what it listened on', async () => {
    const [a, b] = await Promise.all([startNode({ transport: name }), startNode({ transport: name })]);
    await b.network.dial(addressOf(a, name), soon());
    const channel = await b.network.openMcp(a.peerId, ECHO, soon());
    const answer = linesOf(channel, 1);
    channel.send('x');
    await answer;
    const end = endOf(channel);
    const before = addressOf(a, name);
    await a.network.stop();
    expect(a.network.addresses()).toEqual([]);
    await end;
    await peerWhen(b, a.peerId, unlinked);
    await expect.poll(() => a.ends).toHaveLength(1);
    const port = /(?:tcp\/|:)(\d+)/.exec(before)?.[1] ?? '';
    const again = await startNode({
      transport: name,
      listen: [`/ip4/127.0.0.1/tcp/${port}`],
      webSocketListen: [`127.0.0.1:${port}`],
    });
    expect(bare(addressOf(again, name))).toBe(bare(before));
    expect(again.notices).toEqual([]);
  });

  it('leaves nothing behind: a program that used it ends by itself', async () => {
    const child = spawn(process.execPath, [STOP_PROGRAM, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const stopped = once(child.stdout, 'data');
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(50_000) });
    await stopped;
    // Not by force, and not because of the patience of this test: libp2p's rate limiter keeps it for a second.
    const [code] = await ended;
    expect(code).toBe(0);
  });
});
