/** The agents room: hosted MCP servers, started, watched and spoken to. */
import type { EventEmitter } from 'node:events';
import type { AgentLimits, AgentTimings } from './limits.ts';
import { HostedAgents } from './hosted-agents.ts';
import type { Left } from './left-running.ts';
import type { AgentSpec, AgentView, LogLine, Tool } from '../../../shared/agents.ts';
import type { AgentName } from '../../../shared/ids.ts';
import type { RpcError } from '../../../shared/errors.ts';
import type { Bodies } from '../../../shared/settings.ts';

export { AgentError } from './agent-error.ts';
export type { Left };
export { isNamedByMethod, readTool } from './tools.ts';

/** An agent as it is stored: its spec and the source digest the person confirmed. */
export interface StoredAgent {
  readonly spec: AgentSpec;
  readonly confirmedDigest: string | null;
}

/** The part of the records that the agents room needs. */
export interface AgentStore {
  list(): StoredAgent[];
  put(agent: StoredAgent): void;
  remove(name: AgentName): void;
}

/** A JSON-RPC error object. Where it is ours its `data` is that of an `RpcError`; where it is the agent's, anything. */
export type AnswerError =
  RpcError | { readonly code: number; readonly message: string; readonly data?: unknown };

export type AgentAnswer = { readonly result: Record<string, unknown> } | { readonly error: AnswerError };

/** One request on its way to an agent. */
export interface AgentRequest {
  readonly method: string;
  /** Forwarded as it is, but for `_meta.progressToken`, which is replaced while `onProgress` is set. */
  readonly params: Record<string, unknown> | undefined;
  /** Deadline in milliseconds; then the agent is sent a cancellation and the answer is an error `agent-timeout`. */
  readonly timeoutMs: number;
  /** Params of each progress notification, without the token. */
  readonly onProgress?: (params: Record<string, unknown>) => void;
}

export interface RunningRequest {
  /** Never rejects: failures are answers with an error of ours (`agent-stopped`, `agent-died`, `agent-timeout`, `too-large`, `bad-message`). */
  readonly answer: Promise<AgentAnswer>;
  /** Sends `notifications/cancelled` to the agent and settles the answer with `cancelled`. */
  cancel(reason: string): void;
}

export interface AgentsEvents {
  /** State, figures or tools of one agent changed; null when it was removed. */
  agent: [AgentName, AgentView | null];
  /** The agent's tools, prompts or resources are not what they were. */
  listChanged: [AgentName, 'tools' | 'prompts' | 'resources'];
  /**
   * It has stopped and is about to be removed, or to have another source: what was allowed to the agent of this name
   * holds no longer. Where a listener throws, all stays as it was.
   */
  replaced: [AgentName];
}

export interface Agents extends EventEmitter<AgentsEvents> {
  /** Starts the confirmed autostart agents; does not wait for them. */
  start(): Promise<void>;
  /** Stops every agent and resolves when no process of theirs is left. None starts before the next `start`. */
  stop(): Promise<void>;
  /**
   * While set no agent starts, whatever was asked for earlier: starts, also those that wait for an agent to end, fail
   * with an AgentError `STOPPED`, and restarts to come are cancelled. It ends no agent that runs: `stopAgent` does.
   */
  setStopped(stopped: boolean): void;
  list(): AgentView[];
  has(name: AgentName): boolean;
  add(spec: AgentSpec): void;
  edit(name: AgentName, spec: AgentSpec): Promise<void>;
  remove(name: AgentName): Promise<void>;
  confirm(name: AgentName, sourceDigest: string): void;
  /** Resolves when it runs. @throws {AgentError} with a sentence when it does not */
  startAgent(name: AgentName): Promise<void>;
  stopAgent(name: AgentName): Promise<void>;
  restartAgent(name: AgentName): Promise<void>;
  /** Looks whether anything of a stopped agent still runs. @throws {AgentError} NOT_FOUND */
  left(name: AgentName): Promise<Left>;
  /** Digest of the confirmed source, the only one that ever runs; null where there is no agent or no confirmation. */
  sourceDigest(name: AgentName): string | null;
  /** What is kept of the arguments and results of its calls; null: as the settings say. */
  bodies(name: AgentName): Bodies | null;
  logs(name: AgentName): LogLine[];
  /** The tools as last listed; empty unless running. */
  tools(name: AgentName): Tool[];
  /**
   * The whole definition of a tool as the agent last listed it, as canonical JSON (RFC 8785): its SHA-256 is the tool's
   * pin. Null unless running and listed.
   */
  definition(name: AgentName, tool: string): string | null;
  /** What the agent said of itself when it was initialised; null unless running. */
  description(name: AgentName): {
    serverInfo: { name: string; version: string };
    capabilities: Record<string, unknown>;
    instructions: string | undefined;
  } | null;
  /** Sends one request. The hot path: no schema validation here. */
  request(name: AgentName, request: AgentRequest): RunningRequest;
}

export interface AgentsOptions {
  /** Of Gatehouse; agents are told it. */
  readonly version: string;
  /** Where the small inherited environment is taken from; the process's own by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly limits?: Partial<AgentLimits>;
  readonly timings?: Partial<AgentTimings>;
}

export function createAgents(options: AgentsOptions, modules: { readonly store: AgentStore }): Agents {
  return new HostedAgents(options, modules);
}
