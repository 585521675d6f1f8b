import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { PeerId } from '../../shared/ids.ts';
import { deadline } from '../host/deadline.ts';
import type { Host, HostOptions } from '../host/index.ts';
import { addDemoAgent } from './add-demo-agent.ts';
import { demoAgent } from './demo-agents.ts';
import type { DemoProgram } from './demo-agents.ts';
import { callNowAndThen, paceOfOwnCalls } from './demo-calls.ts';
import { FromPeer } from './demo-messages.ts';
import type { DemoConfig, DemoHost, HostClient, ToPeer } from './demo-messages.ts';
import { onThisMachineOnly } from './on-this-machine-only.ts';
import { giveStandingPermission } from './standing-permission.ts';

/** How long a demo peer may take to be there, and to be gone, in milliseconds. */
const START_MS = 60_000;
const STOP_MS = 10_000;

/** A demo under way, or about to be. */
export interface Demo {
  /** What the host of a demo is started with: it stays on this machine. */
  readonly hostOptions: Required<Pick<HostOptions, 'environment' | 'demo'>>;
  /** For the host's own data, in a throw-away folder: the person's own is left alone. */
  readonly dataDir: string;
  /** Gives the host an agent, two peers in processes of their own, and calls both ways. */
  start(host: Host, program: DemoProgram): Promise<void>;
  /** Ends the calls and the peers; before the host stops. */
  stop(): Promise<void>;
  /** Removes all that is left; after the host has stopped. Never throws. */
  remove(): void;
}

/** Makes the folder of a demo, at once, and nothing else yet. */
export function createDemo(): Demo {
  return new LocalDemo(mkdtempSync(join(tmpdir(), 'gatehouse-demo-')));
}

class LocalDemo implements Demo {
  readonly hostOptions = {
    environment: onThisMachineOnly(['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws']),
    demo: true,
  };
  readonly dataDir: string;
  readonly #root: string;
  readonly #ended = new AbortController();
  readonly #processes: ChildProcess[] = [];

  constructor(root: string) {
    this.#root = root;
    this.dataDir = join(root, 'you');
  }

  async start(host: Host, program: DemoProgram): Promise<void> {
    const client: HostClient = createRouterClient(host.router, { context: {} });
    const own = demoAgent('everything', this.#root, program);
    const [ada, ben] = await Promise.all([
      this.#startPeer('Ada (demo)', 'memory', program),
      this.#startPeer('Ben (demo)', 'files', program),
      addDemoAgent(client, own),
    ]);
    const peers = [ada, ben];
    for (const { known } of peers) {
      await client.peers.dial({ address: known.address });
      await client.contacts.accept({ peerId: known.peerId, alias: known.alias, trust: 'known' });
    }
    const loopback = host
      .addresses()
      .find((address) => /^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\//.test(address));
    const me: DemoHost = {
      peerId: PeerId.parse(host.peerId),
      address: loopback ?? host.addresses()[0] ?? '',
      alias: 'You',
      agent: own.name,
      own: true,
      standing: false,
    };
    const { signal } = this.#ended;
    void giveStandingPermission(client, ada.known.peerId, own.name, signal);
    await Promise.all(
      peers.map(async ({ peer, known }) => {
        const others = peers.filter((other) => other.peer !== peer).map((other) => other.known);
        const met = answer(peer, known.alias, signal);
        tell(peer, { type: 'meet', others: [{ ...me, standing: peer === ada.peer }, ...others] });
        await met;
        // From now on it shows us its agents. Where this fails, they are asked for again later.
        await client.peers.refresh({ peerId: known.peerId }).catch(() => undefined);
        void callNowAndThen(client, known, 'any', paceOfOwnCalls, this.#root, signal);
      }),
    );
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#processes.map(stopPeer));
  }

  remove(): void {
    try {
      rmSync(this.#root, { recursive: true, force: true, maxRetries: 5 });
    } catch {
      // Something of it is still open, as may be on Windows. It lies where the system tidies up by itself.
    }
  }

  async #startPeer(
    name: string,
    kind: 'memory' | 'files',
    program: DemoProgram,
  ): Promise<{ peer: ChildProcess; known: DemoHost }> {
    const { signal } = this.#ended;
    signal.throwIfAborted();
    const agent = demoAgent(kind, this.#root, program);
    const config: DemoConfig = { name, root: this.#root, dataDir: join(this.#root, agent.name), agent };
    // Not `fork`: Electron makes that run its own binary as a Node, which ours refuses.
    const peer = spawn(program.node, [program.entry, 'demo-peer', JSON.stringify(config)], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      windowsHide: true,
    });
    this.#processes.push(peer);
    // Who waits for it is told by `once`; whoever does not can do nothing about it.
    peer.on('error', () => undefined);
    const message = await answer(peer, name, signal);
    if (message.type !== 'ready') throw new Error(`${name} answered out of turn.`);
    const { peerId, address } = message;
    return { peer, known: { peerId, address, alias: name, agent: agent.name, own: false, standing: false } };
  }
}

/** The next message of a peer. */
async function answer(peer: ChildProcess, name: string, ended: AbortSignal): Promise<FromPeer> {
  const waiting = deadline(START_MS, ended);
  const { signal } = waiting;
  try {
    return await Promise.race([
      // Rejects as well where the program cannot be run at all.
      once(peer, 'message', { signal }).then(([message]) => FromPeer.parse(message)),
      once(peer, 'exit', { signal }).then(() => Promise.reject(new Error('It ended.'))),
    ]);
  } catch (cause) {
    throw new Error(`${name}, a peer of the demo, could not be started.`, { cause });
  } finally {
    waiting.release();
  }
}

async function stopPeer(peer: ChildProcess): Promise<void> {
  if (peer.pid === undefined || peer.exitCode !== null || peer.signalCode !== null) return;
  const gone = once(peer, 'exit');
  tell(peer, { type: 'stop' });
  const kill = setTimeout(() => peer.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(kill);
}

function tell(peer: ChildProcess, message: ToPeer): void {
  // A peer that is gone cannot be told; the demo goes on without it.
  if (peer.connected) peer.send(message, () => undefined);
}
