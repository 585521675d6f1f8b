import type { CallView } from '../../../shared/calls.ts';
import type { AgentName } from '../../../shared/ids.ts';
import { REDEEM_METHOD, RedeemParams } from '../../../shared/wire.ts';
import type { MessageChannel } from '../network/index.ts';
import type { HostReceipts, Tell } from '../receipts/index.ts';
import type { AnswerError } from '../agents/index.ts';
import type { Answers } from './answers.ts';
import type { Asker, StreamLife } from './asker.ts';
import type { CallAnswer } from './call-answer.ts';
import { badTicket, noTickets, ticketElsewhere, ticketInUse, type CancelledBy } from './call-refusals.ts';
import { refusedTarget, type CallTarget } from './call-target.ts';
import { IncomingCall } from './incoming-call.ts';
import type { IncomingModules } from './index.ts';
import type { KeptAnswer } from './kept-answer.ts';
import { isRecord, progressTokenOf, type MessageId, type RequestMessage } from './mcp-message.ts';
import type { PeerTickets, TicketedCall } from './peer-tickets.ts';
import { ticketOf } from './protocol-meta.ts';
import { redeem } from './redeem.ts';
import type { Tickets } from './tickets.ts';

/** A request that is not answered yet. */
export interface InFlight {
  cancel(by: CancelledBy): void;
  /** The stream has ended. */
  lost(): void;
}

export interface StreamOfCalls {
  readonly channel: Pick<MessageChannel, 'peerId' | 'path' | 'transport'>;
  readonly agent: AgentName;
  readonly answers: Answers;
  readonly life: StreamLife;
  /** All requests of the stream that are not answered yet. */
  readonly inFlight: Map<MessageId, InFlight>;
  readonly tickets: Tickets;
  /** A request has been answered, or never will be. */
  done(id: MessageId): void;
  call(view: CallView): void;
}

/** The gated calls of one stream, with their tickets and receipts. */
export class SessionCalls {
  #receipts: HostReceipts | null = null;
  #closed = false;
  readonly #stream: StreamOfCalls;
  readonly #modules: IncomingModules;

  constructor(stream: StreamOfCalls, modules: IncomingModules) {
    this.#stream = stream;
    this.#modules = modules;
  }

  /** @param stranger a peer that is no contact: its arguments are not kept, and it has no tickets */
  begin(request: RequestMessage, target: CallTarget, bytes: number, stranger: boolean): void {
    const { channel, agent } = this.#stream;
    const ticket = stranger || channel.path === 'legacy' ? undefined : ticketOf(request.params);
    if (ticket === null) {
      this.refuse(request, bytes, badTicket());
      return;
    }
    if (ticket === undefined) {
      this.#follow(request, this.#newCall({ request, target, bytes, stranger }, null), null).start();
      return;
    }
    const known = { ticket, of: this.#stream.tickets.of(channel.peerId) };
    const call = this.#newCall({ request, target, bytes, stranger }, known);
    if (known.of.begin(ticket, agent, call)) this.#follow(request, call, known).start();
    else {
      const again = this.#newCall({ request, target, bytes, stranger }, null, ticket);
      this.#follow(request, again, null).refuse(ticketInUse());
    }
  }

  /** Answers a request for what came of an earlier call. */
  redeem(request: RequestMessage, bytes: number): void {
    const { tickets, channel } = this.#stream;
    const params = RedeemParams.safeParse(request.params);
    if (!params.success || channel.path === 'legacy') {
      this.refuse(request, bytes, channel.path === 'legacy' ? noTickets() : badTicket());
      return;
    }
    const { ticket } = params.data;
    const of = tickets.of(channel.peerId);
    redeem(params.data, this.#stream, of, {
      request,
      follow: (call) => {
        this.#follow(request, call, { ticket, of });
        return this.#asker(request, ticket);
      },
      signed: (kept, said) => this.#sign(request.id, ticket, kept.facts, said),
      refuse: (error) => this.refuse(request, bytes, error, redeeming(ticket)),
    });
  }

  /**
   * Refuses a contact's request as it came, without asking the gate. It is recorded and shown, a hundred times in an hour
   * at most; no receipt is made of it.
   */
  refuse(request: RequestMessage, bytes: number, error: AnswerError, target?: CallTarget): void {
    const { channel, agent, answers, inFlight, tickets, life } = this.#stream;
    const { id, method, params } = request;
    if (!tickets.of(channel.peerId).mayRecord()) {
      answers.error(id, error);
      return;
    }
    // The id may be that of another request, which goes on.
    const isFree = !inFlight.has(id);
    if (isFree) inFlight.set(id, { cancel: () => undefined, lost: () => undefined });
    const say = (answer: CallAnswer | null): CallAnswer | null => {
      const said = answer === null ? null : answers.say(id, answer);
      if (isFree) this.#stream.done(id);
      return said;
    };
    const asker: Asker = { life, progress: () => undefined, answer: say, replaced: () => undefined };
    const shown = target ?? refusedTarget(method, params);
    const keepBodies = target !== undefined;
    new IncomingCall({ request, target: shown, bytes, channel, agent, keepBodies, asker }, this.#modules, {
      changed: (view) => this.#stream.call(view),
      ended: (answer) => void say(answer),
    }).refuse(error);
  }

  /** This caller wants to sign, too. */
  signWith(tell: Tell): void {
    this.#receipts ??= this.#modules.receipts.asHost(this.#stream.channel.peerId, tell);
  }

  /** What it has signed: hostile. */
  countersigned(params: unknown): void {
    this.#receipts?.countersigned(params);
  }

  close(): void {
    this.#receipts?.close();
    this.#closed = true;
  }

  #newCall(
    start: { request: RequestMessage; target: CallTarget; bytes: number; stranger: boolean },
    known: { readonly ticket: string; readonly of: PeerTickets } | null,
    ticket: string | null = known?.ticket ?? null,
  ): IncomingCall {
    const { channel, agent } = this.#stream;
    const { request, target, bytes } = start;
    const asker = this.#asker(request, ticket);
    const call: IncomingCall = new IncomingCall(
      { request, target, bytes, channel, agent, keepBodies: !start.stranger, asker },
      this.#modules,
      {
        changed: (view) => this.#stream.call(view),
        ended: (answer) => {
          const there = call.asker;
          const said = there === null ? answer : there.answer(answer, call);
          known?.of.ended(
            known.ticket,
            said === null ? null : this.#kept(call, said, known.ticket),
            there?.life ?? null,
          );
        },
      },
    );
    return call;
  }

  /** From now on the call is one of this stream's. */
  #follow<Call extends TicketedCall>(
    { id }: RequestMessage,
    call: Call,
    known: { readonly ticket: string; readonly of: PeerTickets } | null,
  ): Call {
    const { peerId } = this.#stream.channel;
    this.#stream.inFlight.set(id, {
      cancel: (by) => call.cancel(by),
      lost: () => {
        const trust = this.#modules.peers.trust(peerId);
        const mayComeBack = known !== null && (trust === 'known' || trust === 'trusted');
        if (!mayComeBack || !known.of.leave(known.ticket)) call.cancel('gone');
      },
    });
    return call;
  }

  #asker({ id, params }: RequestMessage, ticket: string | null): Asker {
    const { answers, life } = this.#stream;
    const done = (): void => this.#stream.done(id);
    const progressToken = progressTokenOf(params);
    return {
      life,
      progress: (progress) => {
        if (progressToken !== null) answers.notify('notifications/progress', { ...progress, progressToken });
      },
      answer: (answer, call) => {
        const said = answer === null ? null : answers.say(id, answer);
        if (said !== null && call.hasReceipt) this.#sign(id, ticket, call.facts(), said);
        done();
        return said;
      },
      replaced: () => {
        answers.error(id, ticketElsewhere());
        done();
      },
    };
  }

  #sign(id: MessageId, ticket: string | null, facts: KeptAnswer['facts'], said: CallAnswer): void {
    const { response, outcome } = said;
    const { peerId } = this.#stream.channel;
    if (this.#closed || this.#modules.peers.trust(peerId) === 'unknown') return;
    // Where the caller signs nothing, this host does so alone.
    this.#receipts ??= this.#modules.receipts.asHost(peerId, null);
    this.#receipts.add({ ...facts, rpcId: id, nonce: ticket ?? JSON.stringify(id), response, outcome });
  }

  #kept(call: IncomingCall, { tail, outcome, response }: CallAnswer, ticket: string): KeptAnswer {
    const facts = call.facts();
    const { bytes } = facts;
    const answer = { tail, outcome };
    if (call.asker !== null) return { answer, facts, bytes, settled: null };
    const { channel } = this.#stream;
    let isSettled = false;
    const settled = (fetched: boolean): void => {
      if (isSettled) return;
      isSettled = true;
      call.settled();
      if (fetched || !call.hasReceipt) return;
      // Nobody was ever told: there is a receipt all the same, signed by this side only.
      const receipts = this.#modules.receipts.asHost(channel.peerId, null);
      receipts.add({ ...facts, rpcId: ticket, nonce: ticket, response, outcome });
      receipts.close();
    };
    return { answer, facts, bytes, settled };
  }
}

const READS = { readOnly: true, destructive: false, idempotent: true, openWorld: false, stated: false };

/** What is recorded of a request for an answer that cannot be had. */
const redeeming = (ticket: string): CallTarget => ({
  tool: REDEEM_METHOD,
  args: { ticket },
  sent: { ticket },
  params: {},
  pin: null,
  annotations: READS,
});

/** Whether a caller wants what is named so, as its `initialize` says. */
export function wants({ params }: RequestMessage, capability: string): boolean {
  const capabilities = params?.['capabilities'];
  const experimental = isRecord(capabilities) ? capabilities['experimental'] : undefined;
  return isRecord(experimental) && isRecord(experimental[capability]);
}
