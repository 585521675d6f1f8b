import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { AgentName } from '../../shared/ids.ts';
import type { Machine } from './machine.ts';

const AGENT = fileURLToPath(new URL('tools-agent.ts', import.meta.url));

export interface AgentOptions {
  readonly announced?: boolean;
  readonly tags?: readonly string[];
  /** A tool of this name beside the others. */
  readonly tool?: string;
}

/** Gives a host the agent `tools`, whose reading tools trusted peers may use unasked, and starts it. */
export async function giveAgent(machine: Machine, options: AgentOptions = {}): Promise<void> {
  const name = AgentName.parse('tools');
  const { client } = machine;
  await client.settings.set({ trustedMayRead: true });
  await client.agents.add({
    name,
    description: `The tools of ${machine.name}.`,
    tags: [...(options.tags ?? [])],
    source: {
      kind: 'stdio',
      command: process.execPath,
      args: [AGENT, ...(options.tool === undefined ? [] : [options.tool])],
      env: {},
      cwd: null,
    },
    autostart: true,
    announced: options.announced ?? false,
  });
  const { sourceDigest } = await machine.until('its agent', ({ agents }) => agents[name]);
  await client.agents.confirm({ name, sourceDigest });
  await client.agents.start({ name });
  await machine.until('its agent to run', ({ agents }) => agents[name]?.state === 'running');
}

/** Makes the two contacts of each other, which know of each other already. */
export async function befriend(one: Machine, other: Machine): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    await from.untilPeer(to, 'is known', () => true);
    await from.client.contacts.accept({ peerId: to.peerId, trust: 'trusted', alias: to.name });
  }
}

/** Has one dial the other, and makes the two contacts of each other. */
export async function introduce(one: Machine, other: Machine, address: string): Promise<void> {
  await one.client.peers.dial({ address });
  await befriend(one, other);
}

/** Both sides say that they are linked, and each calls a tool of the other. */
export async function expectCallsBothWays(one: Machine, other: Machine): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    await from.untilPeer(to, 'offers its tools', ({ agents }) => agents.some(({ name }) => name === 'tools'));
    await expectCall(from, to);
  }
}

let calls = 0;

/** A tool call that succeeds. */
export async function expectCall(from: Machine, to: Machine): Promise<void> {
  calls += 1;
  const message = `${from.name} to ${to.name}, call ${calls}`;
  expect(await from.call(to, 'echo', { message })).toBe(message);
}
