import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  Client,
  PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/client';
import type { Tool } from '../../../shared/agents.ts';
import { RpcCode, rpcError, type RpcError } from '../../../shared/errors.ts';
import type { AgentTransport } from './agent-transport.ts';
import type { AgentRequest, RunningRequest } from './index.ts';
import { isRecord } from './json.ts';
import type { AgentLimits, AgentTimings } from './limits.ts';
import type { LogRing } from './log-ring.ts';
import { RequestTable } from './request-table.ts';
import { listTools } from './tool-list.ts';

/** Changes of a list are gathered this long. */
const LIST_CHANGED_MS = 200;
/** After a failed listing, or a lost subscription. */
const AGAIN_MS = 5000;

type ListKind = 'tools' | 'prompts' | 'resources';
const LIST_CHANGED: Readonly<Record<string, ListKind>> = {
  'notifications/tools/list_changed': 'tools',
  'notifications/prompts/list_changed': 'prompts',
  'notifications/resources/list_changed': 'resources',
};

export interface SessionOptions {
  readonly version: string;
  readonly limits: AgentLimits;
  readonly timings: AgentTimings;
  readonly log: LogRing;
  /** How many requests of callers run has changed. */
  readonly onRunning: () => void;
  readonly onListChanged: (kind: ListKind) => void;
}

export interface ServerDescription {
  readonly serverInfo: { name: string; version: string };
  readonly capabilities: Record<string, unknown>;
  readonly instructions: string | undefined;
  readonly protocol: string;
}

/**
 * One MCP session with an agent, of either era: the SDK's client negotiates it, and `request` goes beside the SDK.
 * No client capability is declared: what an agent asks of its client is answered "method not found".
 */
export class Session {
  readonly #transport: AgentTransport;
  readonly #options: SessionOptions;
  readonly #client: Client;
  readonly #requests: RequestTable;
  readonly #timers = new Map<ListKind | 'listen', NodeJS.Timeout>();
  #tools: Tool[] = [];
  #definitions: ReadonlyMap<string, unknown> = new Map();
  #server: ServerDescription | null = null;
  #closed = false;

  constructor(transport: AgentTransport, options: SessionOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#requests = new RequestTable(transport, options.limits, options.onRunning);
    this.#client = new Client(
      { name: 'gatehouse', version: options.version },
      {
        capabilities: {},
        versionNegotiation: { mode: 'auto', probe: { timeoutMs: options.timings.probe } },
      },
    );
    this.#client.onerror = (error) => options.log.add('gatehouse', error.message);
    transport.intercept = (message) => this.#intercept(message);
    transport.onLost = (id, how, text) =>
      this.#requests.fail(
        id,
        how === 'broken'
          ? rpcError(RpcCode.unavailable, 'agent-died', text)
          : rpcError(RpcCode.internal, how, text),
      );
  }

  /** The tools as last listed. */
  get tools(): Tool[] {
    return this.#tools;
  }

  /** What the agent said of a tool when they were last listed. */
  definition(tool: string): unknown {
    return this.#definitions.get(tool);
  }

  get server(): ServerDescription | null {
    return this.#server;
  }

  get era(): 'legacy' | 'modern' | undefined {
    return this.#client.getProtocolEra();
  }

  /** Requests of callers that run. */
  get running(): number {
    return this.#requests.size;
  }

  /** Negotiates and lists the tools. @throws what the SDK says of an agent that does not speak MCP */
  async open(era: 'auto' | 'legacy'): Promise<void> {
    const timeout = this.#options.timings.start;
    await this.#client.connect(
      this.#transport,
      era === 'legacy' ? { timeout, prior: { kind: 'legacy' } } : { timeout },
    );
    const info = this.#client.getServerVersion();
    const protocol = this.#client.getNegotiatedProtocolVersion() ?? '';
    this.#server = {
      serverInfo: { name: info?.name ?? '', version: info?.version ?? '' },
      capabilities: { ...this.#client.getServerCapabilities() },
      instructions: this.#client.getInstructions(),
      protocol,
    };
    if (this.#client.getProtocolEra() === 'modern') {
      // Each request says what the handshake used to say (MCP 2026-07-28, "per-request metadata").
      this.#requests.envelope = {
        [PROTOCOL_VERSION_META_KEY]: protocol,
        [CLIENT_INFO_META_KEY]: { name: 'gatehouse', version: this.#options.version },
        [CLIENT_CAPABILITIES_META_KEY]: {},
      };
      void this.#listen();
    }
    await this.#list();
  }

  /** Sends one request of a caller; see {@link AgentRequest}. */
  request(request: AgentRequest): RunningRequest {
    return this.#requests.start(request);
  }

  /** Settles all that runs with an error, and all that comes later. */
  refuse(error: RpcError): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#requests.refuse(error);
  }

  #intercept(message: Record<string, unknown>): boolean {
    const method = message['method'];
    if (typeof method !== 'string') return this.#requests.settle(message);
    if (method === 'notifications/progress') return this.#requests.progress(message['params']);
    if (method === 'notifications/message') {
      this.#logMessage(message['params']);
      return true;
    }
    const kind = Object.hasOwn(LIST_CHANGED, method) ? LIST_CHANGED[method] : undefined;
    if (kind === undefined) return false;
    this.#later(kind, LIST_CHANGED_MS, () => void this.#onListChanged(kind));
    return true;
  }

  #logMessage(params: unknown): void {
    if (!isRecord(params)) return;
    const data = typeof params['data'] === 'string' ? params['data'] : JSON.stringify(params['data'] ?? null);
    const level = typeof params['level'] === 'string' ? params['level'] : 'info';
    this.#options.log.add('stdout', `${level}: ${data}`);
  }

  /** Once per kind and span of time, however often it is asked for. */
  #later(what: ListKind | 'listen', ms: number, run: () => void): void {
    if (this.#closed || this.#timers.has(what)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(what);
      run();
    }, ms);
    timer.unref();
    this.#timers.set(what, timer);
  }

  async #onListChanged(kind: ListKind): Promise<void> {
    if (kind === 'tools') await this.#list();
    if (!this.#closed) this.#options.onListChanged(kind);
  }

  async #list(): Promise<void> {
    if (this.#server?.capabilities['tools'] === undefined) return;
    const { limits, log } = this.#options;
    const listed = await listTools((request) => this.#requests.start(request, 'own'), limits);
    for (const problem of listed.problems) log.add('gatehouse', problem);
    // Where the list cannot be had there are no tools: a call must not run on what may no longer be true.
    this.#tools = listed.tools;
    this.#definitions = listed.definitions;
    if (!listed.complete) this.#later('tools', AGAIN_MS, () => void this.#onListChanged('tools'));
  }

  /** In the newer era changes of lists are told on a subscription only. */
  async #listen(): Promise<void> {
    const offered = this.#client.getServerCapabilities();
    const filter = {
      ...(offered?.tools?.listChanged === true && { toolsListChanged: true }),
      ...(offered?.prompts?.listChanged === true && { promptsListChanged: true }),
      ...(offered?.resources?.listChanged === true && { resourcesListChanged: true }),
    };
    if (Object.keys(filter).length === 0) return;
    try {
      const subscription = await this.#client.listen(filter, { timeout: this.#options.timings.probe });
      await subscription.closed;
      this.#later('tools', 0, () => void this.#onListChanged('tools'));
    } catch (error) {
      if (this.#closed) return;
      this.#options.log.add('gatehouse', `Changes of its tools are not told: ${String(error)}`);
    }
    this.#later('listen', AGAIN_MS, () => void this.#listen());
  }
}
