import { EventEmitter } from 'node:events';
import type { Tool } from '../../../shared/agents.ts';
import type { CallView } from '../../../shared/calls.ts';
import type { AgentName, PeerId } from '../../../shared/ids.ts';
import { deadline } from '../deadline.ts';
import type { MessageChannel } from '../network/index.ts';
import { CallError, LinkLost } from './call-error.ts';
import type { CallEvents, CallsOver, Outgoing, OutgoingModules, OutgoingRequest } from './index.ts';
import { LegacyPermission } from './legacy-permission.ts';
import { listTools } from './list-tools.ts';
import { textOf } from './mcp-message.ts';
import { OutgoingCall } from './outgoing-call.ts';
import { callErrorOf, type OutgoingAnswer, type OutgoingSession } from './outgoing-session.ts';
import { asCallError, initialized, OutgoingSessions } from './outgoing-sessions.ts';
import { RepeatableTools } from './repeatable-tools.ts';

/** The whole of a call, the persons on both sides included. */
const CALL_TIMEOUT_MS = 60 * 60 * 1000;
const LIST_TIMEOUT_MS = 45_000;

/** `again`: for a call that was begun before. */
type SessionWithin = (limit: AbortSignal, again: boolean) => Promise<OutgoingSession>;

/** Calls agents of peers, over one stream for each (peer, agent). */
export class OutgoingCalls extends EventEmitter<CallEvents> implements Outgoing {
  readonly #modules: OutgoingModules;
  readonly #sessions: OutgoingSessions;
  readonly #repeatable = new RepeatableTools();
  #stopped = false;

  constructor(modules: OutgoingModules) {
    super();
    this.#modules = modules;
    this.#sessions = new OutgoingSessions(modules.network);
  }

  async call(request: OutgoingRequest, signal: AbortSignal | undefined): Promise<Record<string, unknown>> {
    const { peerId, agent, tool } = request;
    const { result } = await this.#carryOut(
      request,
      signal,
      this.#sessionTo(peerId, agent),
      ({ mayHaveRun }) => !mayHaveRun || this.#repeatable.has(peerId, agent, tool),
    );
    return result;
  }

  async over(channel: MessageChannel, agent: AgentName, signal: AbortSignal): Promise<CallsOver> {
    const { peerId } = channel;
    if (this.#stopped) {
      await channel.close();
      throw stoppedError();
    }
    const session = await initialized(channel, agent, () => undefined, signal);
    const sessionWithin = async (): Promise<OutgoingSession> => {
      if (this.#stopped) throw stoppedError();
      return session;
    };
    return {
      // There is no other link for these: they tell what this one does.
      call: async (request, withdrawn) => {
        const whole = { peerId, agent, ...request };
        return (await this.#carryOut(whole, withdrawn, sessionWithin, () => false)).record;
      },
      close: () => session.close(),
    };
  }

  async tools(peerId: PeerId, agent: AgentName, signal: AbortSignal | undefined): Promise<Tool[]> {
    const limit = deadline(LIST_TIMEOUT_MS, signal);
    const sessionWithin = this.#sessionTo(peerId, agent);
    const list = async (again: boolean): Promise<Tool[]> => {
      const session = await sessionWithin(limit.signal, again);
      const tools = await listTools(session, agent, limit.signal);
      if (session.channel.path !== 'legacy') this.#repeatable.learn(peerId, agent, tools);
      return tools;
    };
    try {
      return await onceMore(list, () => true);
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
    await this.#sessions.stop();
  }

  #sessionTo(peerId: PeerId, agent: AgentName): SessionWithin {
    return async (limit, again) => {
      if (this.#stopped) throw stoppedError();
      const open = this.#sessions.open(peerId, agent);
      if (open !== null) return open;
      // Whoever has disconnected from the peer meanwhile does not want the link back for this.
      return await this.#sessions.opened(peerId, agent, again ? 'wanted-before' : 'wanted', limit);
    };
  }

  async #carryOut(
    request: OutgoingRequest,
    signal: AbortSignal | undefined,
    sessionWithin: SessionWithin,
    mayRepeat: (lost: LinkLost) => boolean,
  ): Promise<{ result: Record<string, unknown>; record: CallView }> {
    const call = new OutgoingCall(request, this.#modules.calls, (view) => this.emit('call', view));
    const permission = new LegacyPermission(this.#modules, request, call.id);
    const limit = deadline(CALL_TIMEOUT_MS, signal);
    try {
      const answer = await onceMore(async (again) => {
        const session = await sessionWithin(limit.signal, again);
        return await send(request, call, permission, session, limit.signal);
      }, mayRepeat);
      if ('error' in answer) throw callErrorOf(answer.error);
      const text = isToolResult(answer.result) ? textOf(answer.result) : null;
      if (text === null) {
        throw new CallError('UNAVAILABLE', 'The peer answered with something that is no tool result.');
      }
      call.answered(answer.result, text, answer.bytes);
      return { result: answer.result, record: call.view };
    } catch (cause) {
      const error = asCallError(cause);
      call.failed(error);
      throw error;
    } finally {
      limit.release();
    }
  }
}

/** Sends a call once. Over a legacy link the person here is asked first; what counts is the link at the very sending. */
async function send(
  { tool: name, arguments: args }: OutgoingRequest,
  call: OutgoingCall,
  permission: LegacyPermission,
  session: OutgoingSession,
  signal: AbortSignal,
): Promise<OutgoingAnswer> {
  const { channel } = session;
  for (;;) {
    if (channel.path === 'legacy' && !permission.granted) {
      await permission.ask(signal, () => call.asking(channel));
    }
    const begin = (): boolean => {
      const isLegacy = channel.path === 'legacy';
      if (isLegacy && !permission.granted) return false;
      call.sentOver(channel, isLegacy ? permission.use() : null);
      return true;
    };
    const params = { name, arguments: args };
    if (session.full) call.queuedFor(channel);
    const answer = await session.request('tools/call', params, signal, {
      begin,
      stage: (stage) => call.stage(stage),
    });
    if (answer !== null) return answer;
  }
}

/**
 * Tries a second time where the link was lost and that can do no harm. The network has another link by then, or another
 * transport, or none.
 */
async function onceMore<T>(
  attempt: (again: boolean) => Promise<T>,
  mayRepeat: (lost: LinkLost) => boolean,
): Promise<T> {
  try {
    return await attempt(false);
  } catch (first) {
    if (!(first instanceof LinkLost) || !mayRepeat(first)) throw first;
    try {
      return await attempt(true);
    } catch (second) {
      // Where the peer did not answer the second either, what became of the first matters more.
      const isAnswer = second instanceof CallError && (second.rpc !== null || second.code === 'CANCELLED');
      throw first.mayHaveRun && !isAnswer ? first : second;
    }
  }
}

const stoppedError = (): CallError => new CallError('STOPPED', 'Everything is stopped here. Resume first.');

/** As far as anybody here reads it (MCP, CallToolResult). */
const isToolResult = ({ content, isError }: Record<string, unknown>): boolean =>
  (content === undefined || Array.isArray(content)) &&
  (isError === undefined || typeof isError === 'boolean');
