import { EventEmitter } from 'node:events';
import type { Tool } from '../../../shared/agents.ts';
import type { CallView } from '../../../shared/calls.ts';
import { AgentName, type CallId, type PeerId } from '../../../shared/ids.ts';
import { deadline, type Deadline } from '../deadline.ts';
import type { MessageChannel } from '../network/index.ts';
import { CallError, type LinkLost } from './call-error.ts';
import type { CallEvents, CallsOver, Outgoing, OutgoingModules, OutgoingRequest } from './index.ts';
import { LegacyPermission } from './legacy-permission.ts';
import { listTools } from './list-tools.ts';
import { onceMore } from './once-more.ts';
import { OutgoingCall } from './outgoing-call.ts';
import { OutgoingSending, taken, type SessionWithin } from './outgoing-sending.ts';
import type { OutgoingSession } from './outgoing-session.ts';
import { asCallError, initialized, OutgoingSessions } from './outgoing-sessions.ts';
import { OutgoingTickets } from './outgoing-tickets.ts';
import { redeemLater } from './redeem-later.ts';
import { RepeatableTools } from './repeatable-tools.ts';

/** The whole of a call, the persons on both sides included. */
const CALL_TIMEOUT_MS = 60 * 60 * 1000;
const LIST_TIMEOUT_MS = 45_000;

/** Calls agents of peers, over one stream for each (peer, agent). */
export class OutgoingCalls extends EventEmitter<CallEvents> implements Outgoing {
  readonly #modules: OutgoingModules;
  readonly #sessions: OutgoingSessions;
  readonly #tickets: OutgoingTickets;
  readonly #repeatable = new RepeatableTools();
  readonly #redeeming = new Set<CallId>();
  /** Of all calls under way. */
  readonly #limits = new Set<Deadline>();
  #stopped = false;

  constructor(modules: OutgoingModules) {
    super();
    this.#modules = modules;
    this.#sessions = new OutgoingSessions(modules.network, modules.receipts);
    this.#tickets = new OutgoingTickets(modules.calls);
  }

  async call(request: OutgoingRequest, signal: AbortSignal | undefined): Promise<Record<string, unknown>> {
    const { peerId, agent, tool } = request;
    const { result } = await this.#carryOut(
      request,
      signal,
      { session: this.#sessionTo(peerId, agent), tickets: this.#tickets },
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
    const parts = { receipts: this.#modules.receipts, onEnd: () => undefined };
    const session = await initialized(channel, agent, parts, signal);
    const sessionWithin = async (): Promise<OutgoingSession> => {
      if (this.#stopped) throw stoppedError();
      return session;
    };
    return {
      // There is no other link for these: they tell what this one does.
      call: async (request, withdrawn) => {
        const whole = { peerId, agent, ...request };
        const over = { session: sessionWithin, tickets: null };
        return (await this.#carryOut(whole, withdrawn, over, () => false)).record;
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
      return await onceMore(list);
    } catch (cause) {
      throw asCallError(cause);
    } finally {
      limit.release();
    }
  }

  async redeem(id: CallId): Promise<CallView> {
    const { calls } = this.#modules;
    const detail = calls.detail(id);
    if (detail === null) throw new CallError('NOT_FOUND', `There is no call ${id} in the records.`);
    if (this.#stopped) throw stoppedError();
    if (this.#tickets.has(id) || this.#redeeming.has(id))
      throw new CallError('CONFLICT', 'This call is still under way.');
    const ticket = calls.ticket(id);
    const agent = AgentName.safeParse(detail.agent).data;
    if (ticket === null || detail.direction === 'in' || agent === undefined)
      throw new CallError('CONFLICT', 'There is no answer to be had of this call.');
    const { request, masked, response: _1, requestHash: _2, responseHash: _3, ...rest } = detail;
    const { edited: _4, receipt: _5, ...view } = rest;
    const call = OutgoingCall.goOn(view, request, calls, (now) => this.emit('call', now));
    const args = request === null || masked ? null : argumentsIn(request);
    const session = this.#sessionTo(detail.peerId, agent);
    const limit = this.#limit(undefined);
    this.#redeeming.add(id);
    try {
      const parts = { call, agent, ticket, args, session, modules: this.#modules };
      return await redeemLater(parts, limit.signal);
    } finally {
      this.#redeeming.delete(id);
      this.#release(limit);
    }
  }

  setStopped(stopped: boolean): void {
    this.#stopped = stopped;
    if (!stopped) return;
    for (const limit of [...this.#limits]) limit.abort(stoppedError());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#tickets.stop();
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
    over: { readonly session: SessionWithin; readonly tickets: OutgoingTickets | null },
    mayRepeat: (lost: LinkLost) => boolean,
  ): Promise<{ result: Record<string, unknown>; record: CallView }> {
    const { calls, peers } = this.#modules;
    const call = OutgoingCall.begin(request, calls, (view) => this.emit('call', view));
    const permission = new LegacyPermission(this.#modules, request, call.id);
    const sending = new OutgoingSending({ request, call, permission, mayRepeat, ...over });
    const limit = this.#limit(signal);
    try {
      const answered = await sending.answer(limit.signal);
      const nonce = over.tickets?.of(call)?.ticket ?? null;
      const result = taken(answered, call, { request, nonce, args: request.arguments }, peers);
      return { result, record: call.view };
    } catch (cause) {
      const error = asCallError(cause);
      call.failed(error, sending.redeemable);
      throw error;
    } finally {
      over.tickets?.ended(call, sending.redeemable);
      this.#release(limit);
    }
  }

  /** The whole time that a call may take, unless everything is stopped before. */
  #limit(signal: AbortSignal | undefined): Deadline {
    const limit = deadline(CALL_TIMEOUT_MS, signal);
    this.#limits.add(limit);
    return limit;
  }

  #release(limit: Deadline): void {
    this.#limits.delete(limit);
    limit.release();
  }
}

const stoppedError = (): CallError => new CallError('STOPPED', 'Everything is stopped here. Resume first.');

/** Of our own records. */
function argumentsIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
