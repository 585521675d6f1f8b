import { EventEmitter } from 'node:events';
import { ListToolsResultSchema } from '@modelcontextprotocol/core';
import type { Tool } from '../../../shared/agents.ts';
import type { CallView } from '../../../shared/calls.ts';
import type { RpcError } from '../../../shared/errors.ts';
import type { Decision } from '../../../shared/gate.ts';
import type { AgentName, PeerId } from '../../../shared/ids.ts';
import { describeTool } from '../agents/index.ts';
import { NetworkError, RemoteRefusal } from '../network/index.ts';
import { CallError, type CallEvents, type Outgoing, type OutgoingModules, type OutgoingRequest } from './index.ts';
import { callErrorOf, OutgoingSession, type OutgoingAnswer } from './outgoing-session.ts';

/** Opening a stream, with a dial where there is no link. */
const OPEN_TIMEOUT_MS = 30_000;
/** The whole of a call, the other side's person included. */
const CALL_TIMEOUT_MS = 60 * 60 * 1000;
const LIST_TIMEOUT_MS = 45_000;
/** A stream without calls is closed after this. */
const IDLE_MS = 5 * 60 * 1000;
const MAX_TOOL_PAGES = 20;
const MAX_TOOLS = 1000;

/** Calls agents of peers, over one stream for each (peer, agent). */
export class OutgoingCalls extends EventEmitter<CallEvents> implements Outgoing {
  readonly #modules: OutgoingModules;
  readonly #sessions = new Map<string, { session: Promise<OutgoingSession>; usedAt: number }>();
  readonly #idleTimer: NodeJS.Timeout;
  #stopped = false;

  constructor(modules: OutgoingModules) {
    super();
    this.#modules = modules;
    this.#idleTimer = setInterval(() => void this.#closeIdle(), IDLE_MS / 5);
    this.#idleTimer.unref();
  }

  async call(request: OutgoingRequest, signal: AbortSignal | undefined): Promise<Record<string, unknown>> {
    const { peerId, agent, tool } = request;
    const { calls } = this.#modules;
    const text = JSON.stringify(request.arguments);
    const startedAt = performance.now();
    let waitingSince = 0;
    let view: CallView = {
      id: calls.nextId(),
      direction: 'out',
      peerId,
      agent,
      tool,
      path: null,
      transport: null,
      status: 'received',
      decision: null,
      at: Date.now(),
      waitMs: 0,
      runMs: null,
      requestBytes: Buffer.byteLength(text),
      responseBytes: 0,
      errorCode: null,
      error: null,
      toolError: false,
    };
    const move = (patch: Partial<CallView>, response?: string): void => {
      view = { ...view, ...patch };
      calls.put(view, response === undefined ? { request: text } : { request: text, response });
      this.emit('call', view);
    };
    const stage = (now: string): void => {
      const waitMs = waitingSince === 0 ? 0 : performance.now() - waitingSince;
      if (now === 'waiting' && view.status === 'running') {
        waitingSince = performance.now();
        move({ status: 'waiting' });
      } else if (now === 'running' && view.status === 'waiting') move({ status: 'running', waitMs });
    };
    const ended = (): Pick<CallView, 'waitMs' | 'runMs'> => {
      const waitMs = view.status === 'waiting' ? performance.now() - waitingSince : view.waitMs;
      return { waitMs, runMs: Math.max(0, performance.now() - startedAt - waitMs) };
    };
    const deadline = new Deadline(signal, CALL_TIMEOUT_MS);
    try {
      const session = await this.#session(peerId, agent, deadline.signal);
      move({ status: 'running', path: session.channel.path, transport: session.channel.transport });
      const answer = await session.request('tools/call', { name: tool, arguments: request.arguments }, deadline.signal, stage);
      if ('error' in answer) throw callErrorOf(answer.error);
      const decision = { effect: 'allow', by: 'theirs', ruleId: null } as const;
      const toolError = answer.result['isError'] === true;
      const response = JSON.stringify(answer.result);
      move({ ...ended(), status: 'answered', decision, responseBytes: answer.bytes, toolError }, response);
      return answer.result;
    } catch (cause) {
      const error = asCallError(cause);
      move({ ...ended(), ...failureOf(error) });
      throw error;
    } finally {
      deadline.clear();
    }
  }

  async tools(peerId: PeerId, agent: AgentName, signal: AbortSignal | undefined): Promise<Tool[]> {
    const deadline = new Deadline(signal, LIST_TIMEOUT_MS);
    try {
      const session = await this.#session(peerId, agent, deadline.signal);
      const tools: Tool[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MAX_TOOL_PAGES && tools.length < MAX_TOOLS; page += 1) {
        const answer: OutgoingAnswer = await session.request(
          'tools/list',
          cursor === undefined ? {} : { cursor },
          deadline.signal,
        );
        if ('error' in answer) throw callErrorOf(answer.error);
        const list = ListToolsResultSchema.safeParse(answer.result);
        if (!list.success) throw new CallError('UNAVAILABLE', `The agent ${agent} answered with something that is no list of tools.`);
        tools.push(...list.data.tools.map((tool) => describeTool(tool)));
        cursor = list.data.nextCursor;
        if (cursor === undefined) break;
      }
      return tools.slice(0, MAX_TOOLS);
    } catch (cause) {
      throw asCallError(cause);
    } finally {
      deadline.clear();
    }
  }

  setStopped(stopped: boolean): void {
    this.#stopped = stopped;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#idleTimer);
    const open = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(open.map(({ session }) => session.then((opened) => opened.close()).catch(() => undefined)));
  }

  async #session(peerId: PeerId, agent: AgentName, signal: AbortSignal): Promise<OutgoingSession> {
    if (this.#stopped) throw new CallError('STOPPED', 'Everything is stopped here. Resume first.');
    const key = `${peerId} ${agent}`;
    let known = this.#sessions.get(key);
    if (known === undefined) {
      known = { session: this.#open(key, peerId, agent), usedAt: 0 };
      this.#sessions.set(key, known);
      known.session.catch(() => this.#sessions.delete(key));
    }
    known.usedAt = Date.now();
    return await Promise.race([known.session, abortOf(signal)]);
  }

  async #open(key: string, peerId: PeerId, agent: AgentName): Promise<OutgoingSession> {
    const signal = AbortSignal.timeout(OPEN_TIMEOUT_MS);
    const channel = await this.#modules.network.openMcp(peerId, agent, { signal });
    const session = new OutgoingSession(channel, () => this.#sessions.delete(key));
    try {
      await session.initialize(peerId, agent, signal);
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  async #closeIdle(): Promise<void> {
    for (const [key, { session, usedAt }] of this.#sessions) {
      if (Date.now() - usedAt < IDLE_MS) continue;
      const opened = await session.catch(() => null);
      if (opened === null || !opened.idle) continue;
      this.#sessions.delete(key);
      await opened.close();
    }
  }
}

/** A caller's signal with a time limit, without `AbortSignal.any`, which leaks one listener for each call. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #caller: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#controller.abort();

  constructor(caller: AbortSignal | undefined, ms: number) {
    this.#caller = caller;
    this.#timer = setTimeout(this.#onAbort, ms);
    this.#timer.unref();
    if (caller?.aborted === true) this.#onAbort();
    else caller?.addEventListener('abort', this.#onAbort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#onAbort);
  }
}

const abortOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const abort = (): void => reject(new CallError('CANCELLED', 'The call was cancelled.'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });

function asCallError(cause: unknown): CallError {
  if (cause instanceof CallError) return cause;
  if (cause instanceof RemoteRefusal) return callErrorOf(cause.error);
  const message = cause instanceof NetworkError ? cause.message : 'The peer could not be reached.';
  const error = new CallError('UNREACHABLE', message);
  error.cause = cause;
  return error;
}

function failureOf(error: CallError): Pick<CallView, 'status' | 'decision' | 'errorCode' | 'error'> {
  const rpc: RpcError | null = error.rpc;
  const denied: Decision = { effect: 'deny', by: 'theirs', ruleId: null };
  const refused = rpc !== null && ['DENIED', 'EXPIRED', 'STOPPED', 'BUSY'].includes(error.code);
  return {
    status: error.code === 'CANCELLED' ? 'cancelled' : refused ? 'refused' : 'failed',
    decision: refused ? denied : null,
    errorCode: rpc?.code ?? null,
    error: error.message,
  };
}
