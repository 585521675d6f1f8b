import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentSpec, type AgentState, type AgentView } from '../../shared/agents.ts';
import type { AgentName } from '../../shared/ids.ts';
import {
  createAgents,
  type AgentAnswer,
  type Agents,
  type AgentsOptions,
  type AgentStore,
  type StoredAgent,
} from '../../main/host/agents/index.ts';

const root = join(import.meta.dirname, '../..');
export const fixture = (name: string): string => join(root, 'test/fixtures/agents', `${name}.ts`);
export const server = (name: string): string =>
  join(root, 'node_modules/@modelcontextprotocol', `server-${name}`, 'dist/index.js');

export function memoryStore(agents: StoredAgent[] = []): AgentStore {
  const stored = new Map(agents.map((agent) => [agent.spec.name, agent]));
  return {
    list: () => [...stored.values()],
    put: (agent) => void stored.set(agent.spec.name, agent),
    remove: (name) => void stored.delete(name),
  };
}

/** Short waits, so that a test sees a crash loop within a second or two. */
export const quick = { firstRestart: 20, maxRestart: 100, stopGrace: 300, start: 20_000, usageEvery: 200 };

export const hosting = (options: Partial<AgentsOptions> = {}, store = memoryStore()): Agents =>
  createAgents({ version: '0.0.0-test', timings: quick, ...options }, { store });

export const stdioSpec = (name: string, args: string[], env: Record<string, string> = {}): AgentSpec =>
  AgentSpec.parse({
    name,
    description: '',
    tags: [],
    autostart: true,
    source: { kind: 'stdio', command: process.execPath, args, env, cwd: null },
  });

export const httpSpec = (name: string, url: string, headers: Record<string, string> = {}): AgentSpec =>
  AgentSpec.parse({
    name,
    description: '',
    tags: [],
    autostart: true,
    source: { kind: 'http', url, headers },
  });

export function viewOf(agents: Agents, name: AgentName): AgentView {
  const view = agents.list().find((one) => one.name === name);
  if (view === undefined) throw new Error(`no agent ${name}`);
  return view;
}

/** Adds and confirms it, as a person would. */
export function added(agents: Agents, spec: AgentSpec): AgentName {
  agents.add(spec);
  agents.confirm(spec.name, viewOf(agents, spec.name).sourceDigest);
  return spec.name;
}

export async function started(agents: Agents, spec: AgentSpec): Promise<AgentName> {
  const name = added(agents, spec);
  await agents.startAgent(name);
  return name;
}

/** Resolves at the first view, now or later, for which `wanted` holds. */
export async function seen(
  agents: Agents,
  name: AgentName,
  wanted: (view: AgentView) => boolean,
): Promise<AgentView> {
  const now = viewOf(agents, name);
  if (wanted(now)) return now;
  const { promise, resolve, reject } = Promise.withResolvers<AgentView>();
  const listener = (changed: AgentName, view: AgentView | null): void => {
    if (changed === name && view !== null && wanted(view)) resolve(view);
  };
  const timer = setTimeout(
    () => reject(new Error(`never seen; it is ${JSON.stringify(viewOf(agents, name))}`)),
    30_000,
  );
  agents.on('agent', listener);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    agents.off('agent', listener);
  }
}

export const inState = (agents: Agents, name: AgentName, state: AgentState): Promise<AgentView> =>
  seen(agents, name, (view) => view.state === state);

export const call = (
  agents: Agents,
  name: AgentName,
  tool: string,
  args: Record<string, unknown> = {},
  timeoutMs = 20_000,
): Promise<AgentAnswer> =>
  agents.request(name, { method: 'tools/call', params: { name: tool, arguments: args }, timeoutMs }).answer;

/** The first text of a result. */
export function textOf(answer: AgentAnswer): string {
  if ('error' in answer) throw new Error(answer.error.message);
  const content: unknown = answer.result['content'];
  const first: unknown = Array.isArray(content) ? content[0] : undefined;
  return typeof first === 'object' && first !== null && 'text' in first ? String(first.text) : '';
}

export function reasonOf(answer: AgentAnswer): unknown {
  if (!('error' in answer)) throw new Error('it was answered');
  const { data } = answer.error;
  return typeof data === 'object' && data !== null && 'reason' in data ? data.reason : undefined;
}

/** A process that was killed but not yet collected by its new parent is gone for our purpose. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Asks again until it holds: for what tells nobody when it changes, such as another process. */
export async function until(holds: () => boolean, what: string, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(20);
  }
}

/** What a fixture has said on stderr, once it has. */
export async function said(agents: Agents, name: AgentName, pattern: RegExp): Promise<RegExpExecArray> {
  const found = (): RegExpExecArray | null => {
    for (const line of agents.logs(name)) {
      const match = line.from === 'stderr' ? pattern.exec(line.text) : null;
      if (match !== null) return match;
    }
    return null;
  };
  await until(() => found() !== null, `it says ${pattern.source}`);
  const match = found();
  if (match === null) throw new Error('it is gone');
  return match;
}
