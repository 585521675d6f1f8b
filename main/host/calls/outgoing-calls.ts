import { EventEmitter } from 'node:events';
import { ListToolsResultSchema } from '@modelcontextprotocol/core';
import type { Tool } from '../../../shared/agents.ts';
import type { AgentName, PeerId } from '../../../shared/ids.ts';
import { readTool } from '../agents/index.ts';
import { deadline } from '../deadline.ts';
import { NetworkError, RemoteRefusal, type MessageChannel } from '../network/index.ts';
import { CallError } from './call-error.ts';
import type { CallEvents, CallsOver, Outgoing, OutgoingModules, OutgoingRequest } from './index.ts';
import { OutgoingCall } from './outgoing-call.ts';
import { textOf } from './mcp-message.ts';
import { orAborted } from './or-aborted.ts';
import { callErrorOf, OutgoingSession } from './outgoing-session.ts';

/** Opening a stream, with a dial where there is no link. */
const OPEN_TIMEOUT_MS = 30_000;
/** The whole of a call, the other side's person included. */
const CALL_TIMEOUT_MS = 60 * 60 * 1000;
const LIST_TIMEOUT_MS = 45_000;
/** A stream without calls is closed after this. */
const IDLE_MS = 5 * 60 * 1000;
const MAX_TOOL_PAGES = 20;
const MAX_TOOLS = 1000;

interface KnownSession {
  readonly opening: Promise<OutgoingSession>;
  /** Set once it is open. */
  open: OutgoingSession | null;
  usedAt: number;
}

/** Calls agents of peers, over one stream for each (peer, agent). */
export class OutgoingCalls extends EventEmitter<CallEvents> implements Outgoing {
  readonly #modules: OutgoingModules;
  readonly #sessions = new Map<string, KnownSession>();
  readonly #idleTimer: NodeJS.Timeout;
  #stopped = false;
  readonly #stopping = new AbortController();

  constructor(modules: OutgoingModules) {
    super();
    this.#modules = modules;
    this.#idleTimer = setInterval(() => this.#closeIdle(), IDLE_MS / 5);
    this.#idleTimer.unref();
  }

  async call(request: OutgoingRequest, signal: AbortSignal | undefined): Promise<Record<string, unknown>> {
    const { peerId, agent } = request;
    return await this.#carryOut(
      request,
      signal,
      async (limit) => this.#openSession(peerId, agent) ?? (await this.#session(peerId, agent, limit)),
    );
  }

  async over(channel: MessageChannel, agent: AgentName, signal: AbortSignal): Promise<CallsOver> {
    const { peerId } = channel;
    const session = new OutgoingSession(channel, () => undefined);
    try {
      if (this.#stopped) throw stoppedError();
      await session.initialize(peerId, agent, signal);
    } catch (error) {
      await session.close();
      throw error;
    }
    return {
      call: (request, withdrawn) =>
        this.#carryOut({ peerId, agent, ...request }, withdrawn, async () => {
          if (this.#stopped) throw stoppedError();
          return session;
        }),
      close: () => session.close(),
    };
  }

  async #carryOut(
    request: OutgoingRequest,
    signal: AbortSignal | undefined,
    sessionWithin: (limit: AbortSignal) => Promise<OutgoingSession>,
  ): Promise<Record<string, unknown>> {
    const { tool: name, arguments: args } = request;
    const call = new OutgoingCall(request, this.#modules.calls, (view) => this.emit('call', view));
    const limit = deadline(CALL_TIMEOUT_MS, signal);
    try {
      const session = await sessionWithin(limit.signal);
      call.sentOver(session.channel);
      const params = { name, arguments: args };
      const answer = await session.request('tools/call', params, limit.signal, (stage) => call.stage(stage));
      if ('error' in answer) throw callErrorOf(answer.error);
      const text = isToolResult(answer.result) ? textOf(answer.result) : null;
      if (text === null) {
        throw new CallError('UNAVAILABLE', 'The peer answered with something that is no tool result.');
      }
      call.answered(answer.result, text, answer.bytes);
      return answer.result;
    } catch (cause) {
      const error = asCallError(cause);
      call.failed(error);
      throw error;
    } finally {
      limit.release();
    }
  }

  async tools(peerId: PeerId, agent: AgentName, signal: AbortSignal | undefined): Promise<Tool[]> {
    const limit = deadline(LIST_TIMEOUT_MS, signal);
    try {
      const session = await this.#session(peerId, agent, limit.signal);
      return await listTools(session, agent, limit.signal);
    } catch (cause) {
      throw asCallError(cause);
    } finally {
      limit.release();
    }
  }

  setStopped(stopped: boolean): void {
    this.#stopped = stopped;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopping.abort();
    clearInterval(this.#idleTimer);
    const all = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(
      all.map(({ opening }) => opening.then((session) => session.close()).catch(() => undefined)),
    );
  }

  #openSession(peerId: PeerId, agent: AgentName): OutgoingSession | null {
    const known = this.#stopped ? undefined : this.#sessions.get(`${peerId} ${agent}`);
    if (known === undefined || known.open === null || known.open.channel.retiring) return null;
    known.usedAt = Date.now();
    return known.open;
  }

  async #session(peerId: PeerId, agent: AgentName, signal: AbortSignal): Promise<OutgoingSession> {
    if (this.#stopped) throw stoppedError();
    const key = `${peerId} ${agent}`;
    const known = this.#usable(key) ?? this.#open(key, peerId, agent);
    known.usedAt = Date.now();
    return await orAborted(known.opening, signal);
  }

  /** One whose link is to end takes no new calls; it closes by itself after its last. */
  #usable(key: string): KnownSession | undefined {
    const known = this.#sessions.get(key);
    if (known?.open?.channel.retiring !== true) return known;
    this.#sessions.delete(key);
    if (known.open.idle) void known.open.close();
    return undefined;
  }

  #open(key: string, peerId: PeerId, agent: AgentName): KnownSession {
    const limit = deadline(OPEN_TIMEOUT_MS, this.#stopping.signal);
    // A later session to the same agent may have taken the place meanwhile.
    const forget = (): void => {
      if (this.#sessions.get(key) === known) this.#sessions.delete(key);
    };
    const opening = this.#initialized(peerId, agent, forget, limit.signal).finally(() => limit.release());
    const known: KnownSession = { opening, open: null, usedAt: 0 };
    this.#sessions.set(key, known);
    opening.then((session) => (known.open = session), forget);
    return known;
  }

  async #initialized(
    peerId: PeerId,
    agent: AgentName,
    onEnd: () => void,
    signal: AbortSignal,
  ): Promise<OutgoingSession> {
    const channel = await this.#modules.network.openMcp(peerId, agent, { signal });
    const session = new OutgoingSession(channel, onEnd);
    try {
      await session.initialize(peerId, agent, signal);
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  #closeIdle(): void {
    for (const [key, { open, usedAt }] of this.#sessions) {
      if (open === null || !open.idle || Date.now() - usedAt < IDLE_MS) continue;
      this.#sessions.delete(key);
      void open.close();
    }
  }
}

const stoppedError = (): CallError => new CallError('STOPPED', 'Everything is stopped here. Resume first.');

/** As far as anybody here reads it (MCP, CallToolResult). */
const isToolResult = ({ content, isError }: Record<string, unknown>): boolean =>
  (content === undefined || Array.isArray(content)) &&
  (isError === undefined || typeof isError === 'boolean');

async function listTools(session: OutgoingSession, agent: AgentName, signal: AbortSignal): Promise<Tool[]> {
  const tools: Tool[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_TOOL_PAGES && tools.length < MAX_TOOLS; page += 1) {
    const answer = await session.request('tools/list', cursor === undefined ? {} : { cursor }, signal);
    if ('error' in answer) throw callErrorOf(answer.error);
    const list = ListToolsResultSchema.safeParse(answer.result);
    if (!list.success) {
      throw new CallError(
        'UNAVAILABLE',
        `The agent ${agent} answered with something that is no list of tools.`,
      );
    }
    tools.push(...list.data.tools.flatMap((tool) => readTool(tool) ?? []));
    cursor = list.data.nextCursor;
    if (cursor === undefined) break;
  }
  return tools.slice(0, MAX_TOOLS);
}

function asCallError(cause: unknown): CallError {
  if (cause instanceof CallError) return cause;
  if (cause instanceof RemoteRefusal) return callErrorOf(cause.rpc);
  const message = cause instanceof NetworkError ? cause.message : 'The peer could not be reached.';
  const error = new CallError('UNREACHABLE', message);
  error.cause = cause;
  return error;
}
