import type { AgentSpec, AgentState, AgentView, LogLine, Tool, ToolSummary } from '../../../shared/agents.ts';
import { RpcCode, rpcError } from '../../../shared/errors.ts';
import { randomUUID } from 'node:crypto';
import { AgentError } from './agent-error.ts';
import { openHttpRun, openStdioRun, type AgentRun, type RunEnd } from './agent-run.ts';
import { agentView } from './agent-view.ts';
import type { AgentRequest, RunningRequest, StoredAgent } from './index.ts';
import type { AgentLimits, AgentTimings } from './limits.ts';
import { lookFor, type Left } from './left-running.ts';
import { LogRing } from './log-ring.ts';
import { settledWith } from './request-table.ts';
import { RestartPolicy } from './restart-policy.ts';
import type { ServerDescription } from './session.ts';
import { sourceDigest } from './source.ts';
import { summaryOf } from './tools.ts';
import type { Usage, UsageMeter } from './usage.ts';
import type { Watchdog } from './watchdog.ts';

/** How often the number of running calls is told. */
const COUNT_EVERY_MS = 100;
const NO_TOOLS: Tool[] = [];

export interface HostedAgentParts {
  readonly version: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: AgentLimits;
  readonly timings: AgentTimings;
  readonly watchdog: Watchdog;
  readonly usage: UsageMeter;
  /** Why no agent may be started now; null where they may. Asked before each start of a program. */
  readonly refusal: () => AgentError | null;
  readonly onChange: () => void;
  readonly onListChanged: (kind: 'tools' | 'prompts' | 'resources') => void;
}

/**
 * One agent and its supervisor:
 * `unconfirmed → stopped → starting → running → stopping → stopped`, and, when it ends by itself,
 * `waiting → starting` or, in a crash loop, `crashed`.
 */
export class HostedAgent {
  readonly #parts: HostedAgentParts;
  readonly #log: LogRing;
  readonly #policy: RestartPolicy;
  #stored: StoredAgent;
  #digest: string;
  #state: AgentState;
  #detail: string | null = null;
  #since = Date.now();
  #nextStartAt: number | null = null;
  #restarts = 0;
  #usage: Usage | null = null;
  #summed: { of: Tool[]; list: ToolSummary[] } = { of: NO_TOOLS, list: [] };
  #run: AgentRun | null = null;
  #starting: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;
  #restartTimer: NodeJS.Timeout | null = null;
  #countTimer: NodeJS.Timeout | null = null;
  /** It spoke the older protocol last time, so the newer one is not tried first. */
  #legacyOnly = false;
  /** Of all its runs; each adds its number. */
  readonly #mark = randomUUID();
  #runs = 0;
  /** The process group of its last run. */
  #group: number | null = null;

  constructor(stored: StoredAgent, parts: HostedAgentParts) {
    this.#stored = stored;
    this.#parts = parts;
    this.#log = new LogRing(parts.limits.logLines, parts.limits.logLineLength);
    this.#policy = new RestartPolicy(parts.limits, parts.timings);
    this.#digest = sourceDigest(stored.spec.source);
    this.#state = this.confirmed ? 'stopped' : 'unconfirmed';
  }

  get spec(): AgentSpec {
    return this.#stored.spec;
  }

  get digest(): string {
    return this.#digest;
  }

  get confirmed(): boolean {
    return this.#stored.confirmedDigest === this.#digest;
  }

  /** Adds a sentence to its log. */
  note(text: string): void {
    this.#log.add('gatehouse', text);
  }

  get logs(): LogLine[] {
    return this.#log.list();
  }

  get tools(): Tool[] {
    return this.#state === 'running' ? (this.#run?.session.tools ?? NO_TOOLS) : NO_TOOLS;
  }

  /** The whole definition of a tool as it was last listed; undefined unless running. */
  definition(tool: string): unknown {
    return this.#state === 'running' ? this.#run?.session.definition(tool) : undefined;
  }

  get server(): ServerDescription | null {
    return this.#state === 'running' ? (this.#run?.session.server ?? null) : null;
  }

  get view(): AgentView {
    const standing = {
      sourceDigest: this.#digest,
      state: this.#state,
      detail: this.#detail,
      since: this.#since,
      nextStartAt: this.#nextStartAt,
      pid: this.#run?.pid ?? null,
      restarts: this.#restarts,
      callsRunning: this.#run?.session.running ?? 0,
    };
    return agentView(this.spec, standing, {
      server: this.server,
      tools: this.#summaries(),
      usage: this.#usage,
    });
  }

  /** Puts a changed spec or confirmation in place. The agent must not run where its source changes. */
  replace(stored: StoredAgent): void {
    const digest = sourceDigest(stored.spec.source);
    if (digest !== this.#digest) this.#legacyOnly = false;
    this.#stored = stored;
    this.#digest = digest;
    if (!this.confirmed) this.#become('unconfirmed', null);
    else if (this.#state === 'unconfirmed') this.#become('stopped', null);
    else this.#parts.onChange();
  }

  /** Starts it for the person, or with the host: earlier ends are forgotten. @throws {AgentError} */
  async start(): Promise<void> {
    const refusal = this.#parts.refusal();
    if (refusal !== null) throw refusal;
    switch (this.#state) {
      case 'unconfirmed':
        throw new AgentError(
          'UNCONFIRMED',
          `Look at the command of “${this.spec.name}” and confirm it before it runs for the first time.`,
        );
      case 'running':
        return;
      case 'starting':
        await this.#starting;
        return;
      case 'stopping':
        await this.#stopping;
        await this.start();
        return;
      case 'stopped':
      case 'waiting':
      case 'crashed':
        this.#policy.reset();
        this.#restarts = 0;
        await this.#launch();
        return;
      default:
        this.#state satisfies never;
    }
  }

  /** Lets it run or end as it does, but starts it no more by itself. */
  cancelRestart(): void {
    this.#cancelRestart();
    if (this.#state === 'waiting') this.#become('stopped', null);
  }

  /** Stops it, however often it is started meanwhile: the caller goes on in the same turn. */
  async stopForGood(): Promise<void> {
    do await this.stop();
    while (this.#run !== null);
  }

  /** Stops it, and resolves when nothing of it is left. */
  async stop(): Promise<void> {
    this.#cancelRestart();
    if (this.#stopping !== null) return this.#stopping;
    const run = this.#run;
    if (run === null) {
      if (this.#state === 'waiting' || this.#state === 'crashed') this.#become('stopped', null);
      return;
    }
    this.#become('stopping', null);
    this.#stopping = run.stop().then(() => {
      this.#stopping = null;
      this.#forget(run);
      this.#become('stopped', null);
    });
    return this.#stopping;
  }

  /** Looks whether anything of it still runs, now that it was stopped. */
  async left(): Promise<Left> {
    return await lookFor({ source: this.spec.source, group: this.#group, mark: this.#mark });
  }

  request(request: AgentRequest): RunningRequest {
    if (this.#state === 'running' && this.#run !== null) return this.#run.session.request(request);
    return settledWith(
      rpcError(RpcCode.unavailable, 'agent-stopped', 'The agent is not running. Ask its owner to start it.'),
    );
  }

  /** The same array as long as the tools are the same. */
  #summaries(): ToolSummary[] {
    const { tools } = this;
    if (this.#summed.of !== tools) this.#summed = { of: tools, list: tools.map(summaryOf) };
    return this.#summed.list;
  }

  #launch(): Promise<void> {
    this.#cancelRestart();
    this.#become('starting', null);
    const starting = this.#attempt(this.#legacyOnly ? 'legacy' : 'auto').finally(() => {
      if (this.#starting === starting) this.#starting = null;
    });
    this.#starting = starting;
    return starting;
  }

  async #attempt(era: 'auto' | 'legacy'): Promise<void> {
    const refusal = this.#parts.refusal();
    if (refusal !== null) {
      this.#become('stopped', null);
      throw refusal;
    }
    const run = this.#open(era);
    this.#run = run;
    this.#group = run.pid;
    this.#parts.onChange();
    try {
      await run.ready;
    } catch (error) {
      const end = await run.ended;
      if (this.#run !== run || this.#state !== 'starting') throw this.#interrupted(error);
      this.#forget(run);
      if (end.atProbe) {
        this.#log.add('gatehouse', `${end.why} It is tried again with the older handshake.`);
        await this.#attempt('legacy');
        return;
      }
      this.#legacyOnly = false;
      this.#onEnded(end, 0);
      throw new AgentError('UNAVAILABLE', `“${this.spec.name}” did not start. ${end.why}`, { cause: error });
    }
    if (this.#run !== run || this.#state !== 'starting') throw this.#interrupted(undefined);
    this.#legacyOnly = run.session.era === 'legacy';
    const runningSince = Date.now();
    if (run.pid !== null) {
      this.#parts.usage.add(run.pid, (usage) => {
        this.#usage = usage;
        this.#parts.onChange();
      });
    }
    this.#become('running', null);
    void run.ended.then((end) => {
      if (this.#run !== run || this.#state !== 'running') return;
      this.#forget(run);
      this.#onEnded(end, Date.now() - runningSince);
    });
  }

  #open(era: 'auto' | 'legacy'): AgentRun {
    const { source } = this.#stored.spec;
    this.#runs += 1;
    const options = {
      mark: `${this.#mark}.${this.#runs}`,
      version: this.#parts.version,
      environment: this.#parts.environment,
      limits: this.#parts.limits,
      timings: this.#parts.timings,
      watchdog: this.#parts.watchdog,
      log: this.#log,
      onRunning: () => this.#countChanged(),
      onListChanged: (kind: 'tools' | 'prompts' | 'resources') => {
        if (this.#state !== 'running') return;
        this.#parts.onListChanged(kind);
        if (kind === 'tools') this.#parts.onChange();
      },
    };
    return source.kind === 'stdio' ? openStdioRun(source, era, options) : openHttpRun(source, options);
  }

  #onEnded(end: RunEnd, ranMs: number): void {
    if (this.#parts.refusal() !== null) {
      this.#become('stopped', end.why);
      return;
    }
    const { source } = this.#stored.spec;
    const next =
      source.kind === 'http' ? this.#policy.unreachable(ranMs) : this.#policy.ended(Date.now(), ranMs);
    if (next.kind === 'crashed') {
      this.#become('crashed', `It ended too often in a short time and is left alone. ${end.why}`);
      return;
    }
    this.#nextStartAt = Date.now() + next.delayMs;
    this.#become('waiting', end.why);
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = null;
      this.#restarts += 1;
      this.#launch().catch(() => undefined); // Why it did not start is its state.
    }, next.delayMs);
  }

  #interrupted(cause: unknown): AgentError {
    return new AgentError('STOPPED', `“${this.spec.name}” was stopped while it started.`, { cause });
  }

  #forget(run: AgentRun): void {
    if (run.pid !== null) this.#parts.usage.remove(run.pid);
    if (this.#run === run) this.#run = null;
    this.#usage = null;
  }

  #cancelRestart(): void {
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    this.#restartTimer = null;
    this.#nextStartAt = null;
  }

  #become(state: AgentState, detail: string | null): void {
    if (state !== this.#state) {
      this.#since = Date.now();
      this.#log.add('gatehouse', detail === null ? `${state}.` : `${state}: ${detail}`);
    }
    if (state !== 'waiting') this.#nextStartAt = null;
    this.#state = state;
    this.#detail = detail;
    this.#parts.onChange();
  }

  #countChanged(): void {
    if (this.#countTimer !== null) return;
    this.#countTimer = setTimeout(() => {
      this.#countTimer = null;
      this.#parts.onChange();
    }, COUNT_EVERY_MS).unref();
  }
}
