import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { PeerId } from '../../shared/ids.ts';
import type { Host } from '../host/index.ts';
import type { HostClient } from './client.ts';
import { withDeadline } from './deadline.ts';
import { demoAgent } from './demo-agents.ts';
import type { DemoProgram } from './demo-agents.ts';
import { FromPeer } from './demo-messages.ts';
import type { DemoConfig, DemoHost, ToPeer } from './demo-messages.ts';
import { addDemoAgent } from './demo-peer.ts';

/** How long a demo peer may take to be there, and to be gone, in milliseconds. */
const START_MS = 60_000;
const STOP_MS = 10_000;

/** A folder that goes with the demo, so that the person's own data is left alone. */
export async function temporaryRoot(stack: AsyncDisposableStack): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'gatehouse-demo-'));
  stack.defer(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));
  return root;
}

/** Gives the host an agent and two peers that live in processes of their own, all on loopback. */
export async function startDemo(
  stack: AsyncDisposableStack,
  host: Host,
  root: string,
  program: DemoProgram,
): Promise<void> {
  const client: HostClient = createRouterClient(host.router, { context: {} });
  const own = demoAgent('everything', root, program);
  const cast = [
    { name: 'Ada (demo)', agent: demoAgent('memory', root, program) },
    { name: 'Ben (demo)', agent: demoAgent('files', root, program) },
  ];
  const started = await Promise.all([
    addDemoAgent(client, own),
    ...cast.map(async ({ name, agent }) => {
      const peer = startPeer({ name, root, dataDir: join(root, agent.name), agent }, program);
      stack.defer(() => stopPeer(peer));
      const { peerId, address } = await ready(peer, name);
      return {
        peer,
        known: { peerId, address, alias: name, agent: agent.name, own: false } satisfies DemoHost,
      };
    }),
  ]);
  const peers = started.filter((one) => one !== undefined);
  for (const { known } of peers) {
    await client.peers.dial({ address: known.address });
    await client.contacts.accept({ peerId: known.peerId, alias: known.alias, trust: 'known' });
  }
  const loopback = host.addresses().find((address) => /^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\//.test(address));
  const me: DemoHost[] = [
    {
      peerId: PeerId.parse(host.peerId),
      address: loopback ?? host.addresses()[0] ?? '',
      alias: 'You',
      agent: own.name,
      own: true,
    },
  ];
  await Promise.all(
    peers.map(async ({ peer, known }) => {
      const others = peers.filter((other) => other.peer !== peer).map((other) => other.known);
      const met = answer(peer, known.alias);
      tell(peer, { type: 'meet', others: [...me, ...others] });
      await met;
      // From now on it shows us its agents. Where this fails, they are asked for again later.
      await client.peers.refresh({ peerId: known.peerId }).catch(() => undefined);
    }),
  );
}

function startPeer(config: DemoConfig, { node, entry }: DemoProgram): ChildProcess {
  return fork(entry, ['demo-peer', JSON.stringify(config)], {
    execPath: node,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

async function ready(peer: ChildProcess, name: string): Promise<{ peerId: PeerId; address: string }> {
  const message = await answer(peer, name);
  if (message.type !== 'ready') throw new Error(`${name} answered out of turn.`);
  return message;
}

/** The next message of a peer. */
async function answer(peer: ChildProcess, name: string): Promise<FromPeer> {
  const failed = (): Error => new Error(`${name}, a peer of the demo, could not be started.`);
  const waiting = new AbortController();
  const { signal } = waiting;
  const first = Promise.race([
    once(peer, 'message', { signal }).then(([message]) => FromPeer.parse(message)),
    once(peer, 'exit', { signal }).then(() => Promise.reject(failed())),
  ]);
  try {
    return await withDeadline(first, START_MS, failed);
  } finally {
    waiting.abort();
  }
}

async function stopPeer(peer: ChildProcess): Promise<void> {
  if (peer.exitCode !== null || peer.signalCode !== null) return;
  const gone = once(peer, 'exit');
  tell(peer, { type: 'stop' });
  const kill = setTimeout(() => peer.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(kill);
}

function tell(peer: ChildProcess, message: ToPeer): void {
  // A peer that is gone cannot be told; the demo goes on without it.
  peer.send(message, () => undefined);
}
