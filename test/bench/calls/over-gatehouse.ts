import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient, type RouterClient } from '@orpc/server';
import { createFileKeyStore } from '../../../main/host/identity/index.ts';
import { createHost, type Host } from '../../../main/host/index.ts';
import type { Router } from '../../../main/host/router.ts';
import { AgentName, type PeerId } from '../../../shared/ids.ts';
import { onLoopback } from '../../fixtures/on-loopback.ts';
import type { Contender } from '../contender.ts';
import { checkEcho, ECHO, EVERYTHING } from './echo-tool.ts';
import { liveStates, until } from './live-states.ts';

const AGENT = AgentName.parse('everything');

/**
 * Two whole hosts: identity, libp2p over TCP, gate, agents, records on disk at both ends. The caller goes through the
 * interface contract, as the app and the command line do; the other side's person has answered "always allow" once.
 */
export const overGatehouse: Contender = {
  async serve() {
    const { host, client, stop } = await startHost();
    await addEverything(client);
    // Plays the person at this side, until the first call has been allowed for good.
    const done = new AbortController();
    const person = answerEverybody(client, done.signal);
    const [address] = host.addresses();
    if (address === undefined) throw new Error('The host listens nowhere.');
    return {
      address,
      async stop() {
        done.abort();
        await person;
        await stop();
      },
    };
  },
  async connect(address) {
    const { client, stop } = await startHost();
    const { peerId } = await client.peers.dial({ address });
    await accepted(client, peerId);
    const call = async (): Promise<void> => {
      checkEcho(
        await client.tools.call({ peerId, agent: AGENT, tool: ECHO.name, arguments: ECHO.arguments }),
      );
    };
    await call();
    return { call, stop };
  },
};

type HostClient = RouterClient<Router>;

async function startHost(): Promise<{ host: Host; client: HostClient; stop(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  const host = await createHost({
    dataDir,
    keyStore: createFileKeyStore(join(dataDir, 'identity.key')),
    version: 'bench',
    defaultName: 'bench',
    environment: onLoopback(['/ip4/127.0.0.1/tcp/0']),
  });
  return {
    host,
    client: createRouterClient(host.router),
    async stop() {
      await host.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function addEverything(client: HostClient): Promise<void> {
  await client.agents.add({
    name: AGENT,
    description: '',
    tags: [],
    source: { kind: 'stdio', ...EVERYTHING, env: {}, cwd: null },
    autostart: true,
  });
  const { agents } = await until(client, 'the agent is added', (state) => AGENT in state.agents);
  const digest = agents[AGENT]?.sourceDigest ?? '';
  await client.agents.confirm({ name: AGENT, sourceDigest: digest });
  await client.agents.start({ name: AGENT });
}

/** Accepts the first peer that shows up, and allows the first call for good; then watches no more. */
async function answerEverybody(client: HostClient, signal: AbortSignal): Promise<void> {
  for await (const { peers, approvals } of liveStates(client, signal)) {
    for (const peer of Object.values(peers)) {
      if (peer.contactSince === null) await client.contacts.accept({ peerId: peer.peerId, trust: 'known' });
    }
    for (const { id, digest } of Object.values(approvals)) {
      await client.approvals.answer({ id, digest, answer: { kind: 'allow-always', limits: null } });
      return;
    }
  }
}

/** Resolves once the other side has taken us as a contact. */
async function accepted(client: HostClient, peerId: PeerId): Promise<void> {
  await client.contacts.accept({ peerId, trust: 'known' });
  await until(
    client,
    'the other side has accepted us',
    ({ peers }) => peers[peerId]?.acceptsUs === true,
    () => client.peers.refresh({ peerId }),
  );
}
