import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createRouterClient } from '@orpc/server';
import type { LiveState } from '../../shared/live.ts';
import { applyChanges } from '../../shared/live.ts';
import { PeerId } from '../../shared/ids.ts';
import { createHost } from '../host/index.ts';
import { createFileKeyStore } from '../host/identity/index.ts';
import type { HostClient } from './client.ts';
import { demoCall } from './demo-agents.ts';
import { DemoConfig, ToPeer } from './demo-messages.ts';
import type { DemoHost, FromPeer } from './demo-messages.ts';

/** How long an orderly end may take before the process ends all the same, in milliseconds. */
const STOP_MS = 8000;
/** Between two calls to another demo peer, and to the person's own host, in milliseconds: at least and at most. */
const AMONG_PEERS = [2000, 6000] as const;
const TO_THE_PERSON = [6000, 25_000] as const;

/**
 * One peer of the demo, in a process of its own. It ends with its parent, however that ends: the channel between
 * them closes even when the parent is killed.
 */
export async function runDemoPeer(json: string, version: string): Promise<void> {
  const config = DemoConfig.parse(JSON.parse(json));
  const ended = new AbortController();
  let orderly = false;
  process.once('disconnect', () => ended.abort());
  // The terminal sends these to the whole group; the parent says when.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  const host = await createHost({
    dataDir: config.dataDir,
    keyStore: createFileKeyStore(join(config.dataDir, 'identity.key')),
    version,
    defaultName: config.name,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: false,
    demo: true,
  });
  const client: HostClient = createRouterClient(host.router, { context: {} });
  process.on('message', (raw) => {
    const message = ToPeer.parse(raw);
    if (message.type === 'meet') {
      void meet(client, message.others).then(() => {
        tell({ type: 'met' });
        for (const other of message.others) void keepCalling(client, other, config, ended.signal);
      });
      return;
    }
    orderly = true;
    ended.abort();
  });
  void answerQuestions(client, ended.signal);
  await addDemoAgent(client, config.agent);
  const [address = ''] = host.addresses();
  tell({ type: 'ready', peerId: PeerId.parse(host.peerId), address });

  if (!ended.signal.aborted && process.connected) await once(ended.signal, 'abort');
  setTimeout(() => process.exit(1), STOP_MS).unref();
  await host.stop();
  // Nobody else is left to tidy up.
  if (!orderly) await rm(config.root, { recursive: true, force: true });
  process.exit(0);
}

/** Adds an agent and starts it. */
export async function addDemoAgent(client: HostClient, spec: DemoConfig['agent']): Promise<void> {
  await client.agents.add(spec);
  for await (const message of await client.live.watch({})) {
    const agent = message.type === 'snapshot' ? message.state.agents[spec.name] : undefined;
    if (agent === undefined) throw new Error(`The agent ${spec.name} of the demo is not there.`);
    await client.agents.confirm({ name: agent.name, sourceDigest: agent.sourceDigest });
    break;
  }
  await client.agents.start({ name: spec.name });
}

function tell(message: FromPeer): void {
  // Where the parent is gone, `disconnect` tells the same.
  process.send?.(message, undefined, undefined, () => undefined);
}

/** Makes contacts of the other hosts. One that cannot be reached is left out; calls to it then fail. */
async function meet(client: HostClient, others: readonly DemoHost[]): Promise<void> {
  await Promise.allSettled(
    others.map(async ({ address, peerId, alias }) => {
      await client.peers.dial({ address });
      await client.contacts.accept({ peerId, alias, trust: 'known' });
    }),
  );
}

/** Keeps asking the agent of another host something now and then. */
async function keepCalling(
  client: HostClient,
  other: DemoHost,
  config: DemoConfig,
  signal: AbortSignal,
): Promise<void> {
  const [least, most] = other.own ? TO_THE_PERSON : AMONG_PEERS;
  const scratch = join(config.root, 'files-scratch');
  for (let turn = Math.floor(Math.random() * 100); !signal.aborted; turn += 1) {
    try {
      await pause(least + Math.random() * (most - least), undefined, { signal });
      const { tool, args } = demoCall(other.agent, scratch, turn);
      await client.tools.call(
        { peerId: other.peerId, agent: other.agent, tool, arguments: args },
        { signal },
      );
    } catch {
      // Denied, expired, stopped or unreachable: all of that belongs to the demo, and the next turn comes.
    }
  }
}

/** Plays the person at this peer: thinks for a moment, then allows, mostly. */
async function answerQuestions(client: HostClient, signal: AbortSignal): Promise<void> {
  const seen = new Set<string>();
  let state: LiveState | null = null;
  for await (const message of await client.live.watch({}, { signal })) {
    state = message.type === 'snapshot' ? message.state : state && applyChanges(state, message.changes);
    const waiting = Object.values(state?.approvals ?? {});
    for (const { id, digest } of waiting) {
      if (seen.has(id)) continue;
      seen.add(id);
      void answerAfterAWhile(client, id, digest, signal);
    }
    for (const id of seen) if (!waiting.some((question) => question.id === id)) seen.delete(id);
    await client.live.ack({ watch: message.watch, seq: message.seq });
  }
}

async function answerAfterAWhile(
  client: HostClient,
  id: LiveState['approvals'][string]['id'],
  digest: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await pause(500 + Math.random() * 2500, undefined, { signal });
    const answer =
      Math.random() < 0.1 ? ({ kind: 'deny', always: false } as const) : ({ kind: 'allow-once' } as const);
    await client.approvals.answer({ id, digest, answer });
  } catch {
    // The question was withdrawn meanwhile, or the demo ends.
  }
}
