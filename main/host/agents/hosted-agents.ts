import { EventEmitter } from 'node:events';
import { AgentSpec, type AgentView, type LogLine, type Tool } from '../../../shared/agents.ts';
import { RpcCode, rpcError } from '../../../shared/errors.ts';
import type { Bodies } from '../../../shared/settings.ts';
import type { AgentName } from '../../../shared/ids.ts';
import { AgentError } from './agent-error.ts';
import { inheritedEnvironment } from './environment.ts';
import { HostedAgent } from './hosted-agent.ts';
import type { Left } from './left-running.ts';
import type {
  AgentRequest,
  Agents,
  AgentsEvents,
  AgentsOptions,
  AgentStore,
  RunningRequest,
  StoredAgent,
} from './index.ts';
import { defaultLimits, defaultTimings, type AgentLimits, type AgentTimings } from './limits.ts';
import { settledWith } from './request-table.ts';
import { canonicalText, keepSecrets, sourceDigest } from './source.ts';
import { UsageMeter } from './usage.ts';
import { Watchdog } from './watchdog.ts';

/** All agents of a host, by name. */
export class HostedAgents extends EventEmitter<AgentsEvents> implements Agents {
  readonly #store: AgentStore;
  readonly #version: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #limits: AgentLimits;
  readonly #timings: AgentTimings;
  readonly #watchdog = new Watchdog();
  readonly #usage: UsageMeter;
  readonly #agents = new Map<AgentName, HostedAgent>();
  /** Everything is stopped, until the person resumes. */
  #stopped = false;
  /** The host is stopping, or has stopped. */
  #closed = false;

  constructor(options: AgentsOptions, modules: { readonly store: AgentStore }) {
    super();
    this.#store = modules.store;
    this.#version = options.version;
    this.#environment = inheritedEnvironment(options.environment ?? process.env, process.platform);
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#timings = { ...defaultTimings, ...options.timings };
    this.#usage = new UsageMeter(this.#timings.usageEvery);
    for (const stored of this.#store.list()) this.#agents.set(stored.spec.name, this.#host(stored));
  }

  start(): Promise<void> {
    this.#closed = false;
    for (const agent of this.#agents.values()) {
      if (agent.spec.autostart && agent.confirmed) agent.start().catch(() => undefined); // Why is its state.
    }
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#agents.values()].map((agent) => agent.stop()));
    await this.#watchdog.stop();
  }

  setStopped(stopped: boolean): void {
    this.#stopped = stopped;
    if (stopped) for (const agent of this.#agents.values()) agent.cancelRestart();
  }

  list(): AgentView[] {
    return [...this.#agents.values()].map((agent) => agent.view);
  }

  has(name: AgentName): boolean {
    return this.#agents.has(name);
  }

  /** @throws {AgentError} CONFLICT where there is one of this name, INVALID */
  add(given: AgentSpec): void {
    const spec = { ...parsed(given), source: keepSecrets(given.source, null) };
    if (this.#agents.has(spec.name)) {
      throw new AgentError(
        'CONFLICT',
        `There is an agent called “${spec.name}” already. Choose another name.`,
      );
    }
    this.#put({ spec, confirmedDigest: null });
  }

  /** @throws {AgentError} NOT_FOUND, INVALID */
  async edit(name: AgentName, given: AgentSpec): Promise<void> {
    const agent = this.#agent(name);
    if (given.name !== name) {
      throw new AgentError(
        'INVALID',
        'An agent keeps its name. Add another one and remove this one instead.',
      );
    }
    const spec = { ...parsed(given), source: keepSecrets(given.source, agent.spec.source) };
    const same = sourceDigest(spec.source) === agent.digest;
    if (!same) await agent.stopForGood();
    if (this.#agents.get(name) !== agent) throw notFound(name); // It was removed meanwhile.
    const confirmedDigest = same && agent.confirmed ? agent.digest : null;
    if (!same) this.emit('replaced', name);
    this.#put({ spec, confirmedDigest });
  }

  async remove(name: AgentName): Promise<void> {
    const agent = this.#agent(name);
    await agent.stopForGood();
    if (this.#agents.get(name) !== agent) throw notFound(name); // It was removed meanwhile.
    this.emit('replaced', name);
    this.#store.remove(name);
    this.#agents.delete(name);
    this.emit('agent', name, null);
  }

  /** @throws {AgentError} CONFLICT where the source is no longer the one that was shown */
  confirm(name: AgentName, digest: string): void {
    const agent = this.#agent(name);
    if (digest !== agent.digest) {
      throw new AgentError('CONFLICT', `“${name}” was changed since it was shown. Look at it again.`);
    }
    this.#put({ spec: agent.spec, confirmedDigest: digest });
  }

  async startAgent(name: AgentName): Promise<void> {
    await this.#agent(name).start();
  }

  async stopAgent(name: AgentName): Promise<void> {
    await this.#agent(name).stop();
  }

  async left(name: AgentName): Promise<Left> {
    return await this.#agent(name).left();
  }

  async restartAgent(name: AgentName): Promise<void> {
    const agent = this.#agent(name);
    await agent.stop();
    await agent.start();
  }

  sourceDigest(name: AgentName): string | null {
    const agent = this.#agents.get(name);
    return agent?.confirmed === true ? agent.digest : null;
  }

  bodies(name: AgentName): Bodies | null {
    return this.#agents.get(name)?.spec.bodies ?? null;
  }

  logs(name: AgentName): LogLine[] {
    return this.#agent(name).logs;
  }

  tools(name: AgentName): Tool[] {
    return this.#agents.get(name)?.tools ?? [];
  }

  definition(name: AgentName, tool: string): string | null {
    const definition = this.#agents.get(name)?.definition(tool);
    return definition === undefined ? null : canonicalText(definition);
  }

  description(name: AgentName): ReturnType<Agents['description']> {
    const server = this.#agents.get(name)?.server ?? null;
    if (server === null) return null;
    const { serverInfo, capabilities, instructions } = server;
    return { serverInfo, capabilities, instructions };
  }

  request(name: AgentName, request: AgentRequest): RunningRequest {
    const agent = this.#agents.get(name);
    if (agent !== undefined) return agent.request(request);
    return settledWith(rpcError(RpcCode.unavailable, 'unknown-agent', 'There is no such agent here.'));
  }

  #agent(name: AgentName): HostedAgent {
    const agent = this.#agents.get(name);
    if (agent === undefined) throw notFound(name);
    return agent;
  }

  #refusal(): AgentError | null {
    if (this.#stopped) return new AgentError('STOPPED', 'Everything is stopped. Resume first.');
    return this.#closed ? new AgentError('STOPPED', 'Gatehouse is about to end.') : null;
  }

  /** Keeps it on disk first, then puts it in place. */
  #put(stored: StoredAgent): void {
    const { name } = stored.spec;
    this.#store.put(stored);
    const agent = this.#agents.get(name);
    if (agent !== undefined) {
      agent.replace(stored);
      return;
    }
    const added = this.#host(stored);
    this.#agents.set(name, added);
    this.emit('agent', name, added.view);
  }

  #host(stored: StoredAgent): HostedAgent {
    const { name } = stored.spec;
    const agent: HostedAgent = new HostedAgent(stored, {
      version: this.#version,
      environment: this.#environment,
      limits: this.#limits,
      timings: this.#timings,
      watchdog: this.#watchdog,
      usage: this.#usage,
      refusal: () => this.#refusal(),
      onChange: () =>
        this.#tell(agent, () => {
          if (this.#agents.get(name) === agent) this.emit('agent', name, agent.view);
        }),
      onListChanged: (kind) => this.#tell(agent, () => this.emit('listChanged', name, kind)),
    });
    return agent;
  }

  /** An agent may speak at any time, so whoever listens and fails must not end the host: the agent's log says it. */
  #tell(agent: HostedAgent, emit: () => void): void {
    try {
      emit();
    } catch (error) {
      agent.note(`What it told could not be taken note of: ${String(error)}`);
    }
  }
}

const notFound = (name: AgentName): AgentError =>
  new AgentError('NOT_FOUND', `There is no agent called “${name}”.`);

function parsed(spec: AgentSpec): AgentSpec {
  const result = AgentSpec.safeParse(spec);
  if (result.success) {
    try {
      sourceDigest(result.data.source);
    } catch (cause) {
      throw new AgentError('INVALID', 'source: It contains half a character.', { cause });
    }
    return result.data;
  }
  const first = result.error.issues[0];
  throw new AgentError(
    'INVALID',
    `${first?.path.join('.') ?? 'agent'}: ${first?.message ?? 'This is not valid.'}`,
  );
}
