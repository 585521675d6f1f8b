import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createRouterClient } from '@orpc/server';
import { allowOnce, denyOnce, type Answer } from '../../shared/gate.ts';
import { PeerId } from '../../shared/ids.ts';
import { createHost } from '../host/index.ts';
import { createFileKeyStore } from '../host/identity/index.ts';
import { addDemoAgent } from './add-demo-agent.ts';
import { callNowAndThen, paceAmongPeers, paceOfAllowedCalls, paceOfQuestions } from './demo-calls.ts';
import { DemoConfig, ToPeer } from './demo-messages.ts';
import type { DemoHost, FromPeer, HostClient } from './demo-messages.ts';
import { onThisMachineOnly } from './on-this-machine-only.ts';
import { waitingQuestions } from './waiting-questions.ts';

/** How long an orderly end may take before the process ends all the same, in milliseconds. */
const STOP_MS = 8000;
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
    environment: onThisMachineOnly(['/ip4/127.0.0.1/tcp/0']),
    demo: true,
  });
  const client: HostClient = createRouterClient(host.router, { context: {} });
  process.on('message', (raw) => {
    const message = ToPeer.parse(raw);
    if (message.type === 'meet') {
      void meet(client, message.others).then(() => {
        tell({ type: 'met' });
        for (const other of message.others) startCalling(client, other, config.root, ended.signal);
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

/** Calls what the other host offers; the person is asked no more than twice at a time by all demo peers together. */
function startCalling(client: HostClient, other: DemoHost, root: string, signal: AbortSignal): void {
  if (!other.own) {
    void callNowAndThen(client, other, 'any', paceAmongPeers, root, signal);
    return;
  }
  void callNowAndThen(client, other, 'questions', paceOfQuestions, root, signal);
  if (other.standing) void callNowAndThen(client, other, 'harmless', paceOfAllowedCalls, root, signal);
}

/**
 * Plays the person at this peer: thinks for a moment, then lets reading pass from then on, and of what changes
 * something refuses every other question, the first one included.
 */
async function answerQuestions(client: HostClient, signal: AbortSignal): Promise<void> {
  const changes = new Map<string, number>();
  try {
    for await (const { id, digest, peerId, risk } of waitingQuestions(client, signal)) {
      const before = changes.get(peerId) ?? 0;
      if (risk !== 'reads') changes.set(peerId, before + 1);
      void answerAfterAWhile(client, { id, digest, answer: answerTo(risk !== 'reads', before) }, signal);
    }
  } catch {
    // The demo ends.
  }
}

function answerTo(changesSomething: boolean, before: number): Answer {
  if (!changesSomething) return { kind: 'allow-until-quit', limits: null };
  return before % 2 === 0 ? denyOnce : allowOnce;
}

async function answerAfterAWhile(
  client: HostClient,
  answer: Parameters<HostClient['approvals']['answer']>[0],
  signal: AbortSignal,
): Promise<void> {
  try {
    await pause(500 + Math.random() * 2000, undefined, { signal });
    await client.approvals.answer(answer);
  } catch {
    // The question was withdrawn meanwhile, or the demo ends.
  }
}
