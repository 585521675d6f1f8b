import { setTimeout as sleep } from 'node:timers/promises';
import { TICKET_META } from '../../../shared/wire.ts';
import type { Peers } from '../peers/index.ts';
import { CallError, LinkLost } from './call-error.ts';
import { callErrorOf, pausedUntil } from './foreign-errors.ts';
import type { OutgoingRequest } from './index.ts';
import type { LegacyPermission } from './legacy-permission.ts';
import { isRecord, textOf, type Params } from './mcp-message.ts';
import type { OutgoingCall } from './outgoing-call.ts';
import type { OutgoingAnswer, OutgoingSession } from './outgoing-session.ts';
import type { OutgoingTickets } from './outgoing-tickets.ts';
import type { StageTold } from './stage-told.ts';
import { redeemTicket, type Redeemed } from './ticket-redeeming.ts';

/** `again`: for a call that was begun before. */
export type SessionWithin = (limit: AbortSignal, again: boolean) => Promise<OutgoingSession>;

export interface SendingParts {
  readonly request: OutgoingRequest;
  readonly call: OutgoingCall;
  readonly permission: LegacyPermission;
  readonly session: SessionWithin;
  /** Null: a lost link is the end of it. */
  readonly tickets: OutgoingTickets | null;
  /** Whether to send a call again that may have run. */
  readonly mayRepeat: (lost: LinkLost) => boolean;
}

/** How long, and how often, a lost call is tried to be withdrawn that nobody wants any more. */
const WITHDRAW_MS = 60_000;
const WITHDRAW_TRIES = 6;
const WITHDRAW_WAIT_MS = 500;

interface Answered {
  readonly answer: OutgoingAnswer;
  readonly session: OutgoingSession;
}

/** Carries one call of ours to its answer, over as many links as it takes. */
export class OutgoingSending {
  /** The answer was lost with the link, and the other side can still be asked for it. */
  redeemable = false;
  readonly #parts: SendingParts;
  /** The link was lost after the call had left. */
  #isAway = false;

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  /** @throws {CallError} */
  async answer(signal: AbortSignal): Promise<Answered> {
    try {
      return await this.#answer(signal);
    } catch (error) {
      if (this.#isAway && signal.aborted) void this.#withdraw();
      throw error;
    }
  }

  async #answer(signal: AbortSignal): Promise<Answered> {
    let unknown: LinkLost | null = null;
    for (let attempt = 1; ; attempt += 1) {
      let lost: LinkLost;
      try {
        const answered = await this.#send(signal, attempt > 1);
        if (attempt === 1 || !isUsedTicket(answered.answer)) return answered;
        // The call of the link before has come after all.
        lost = new LinkLost(true);
      } catch (cause) {
        if (!(cause instanceof LinkLost)) {
          // Where the peer did not answer the second either, what became of the first matters more.
          const isAnswer = cause instanceof CallError && (cause.rpc !== null || cause.code === 'CANCELLED');
          throw unknown !== null && !isAnswer ? unknown : cause;
        }
        lost = cause;
      }
      if (lost.mayHaveRun) unknown ??= lost;
      const found = lost.mayHaveRun ? await this.#redeem(signal, unknown ?? lost) : null;
      if (found?.kind === 'answer') return found;
      if (found?.kind === 'unreachable') {
        this.redeemable = true;
        throw unknown ?? lost;
      }
      if (found?.kind === 'never-arrived') unknown = null;
      const mayGoAgain = found?.kind === 'never-arrived' || this.#parts.mayRepeat(lost);
      if (!mayGoAgain || attempt > 1) throw unknown ?? lost;
    }
  }

  /** Sends it once. Over a legacy link the person here is asked first; what counts is the link at the very sending. */
  async #send(signal: AbortSignal, again: boolean): Promise<Answered> {
    const { request, call, permission, tickets } = this.#parts;
    const session = await this.#parts.session(signal, again);
    const { channel } = session;
    this.#isAway = false;
    for (;;) {
      if (channel.path === 'legacy' && !permission.granted) {
        await permission.ask(signal, (deadline) => call.asking(channel, deadline));
      }
      const begin = (): boolean => {
        const isLegacy = channel.path === 'legacy';
        if (isLegacy && !permission.granted) return false;
        call.sentOver(channel, isLegacy ? permission.use() : null);
        return true;
      };
      if (session.full) call.queuedFor(channel);
      const answer = await session.request('tools/call', undefined, signal, {
        begin,
        stage: (told) => this.#stage(told),
        write: (progressToken) => {
          const ticket =
            tickets === null || session.epoch === null || channel.path === 'legacy'
              ? null
              : tickets.send(call, session.epoch).ticket;
          const meta = ticket === null ? { progressToken } : { progressToken, [TICKET_META]: ticket };
          const name = JSON.stringify(request.tool);
          return `{"name":${name},"arguments":${call.requestText},"_meta":${JSON.stringify(meta)}}`;
        },
      });
      if (answer !== null) return { answer, session };
    }
  }

  /** Null: it was sent without a ticket. */
  async #redeem(signal: AbortSignal, lost: LinkLost): Promise<Redeemed | null> {
    const { call, session, tickets } = this.#parts;
    const ticket = tickets?.of(call) ?? null;
    if (tickets === null || ticket === null) return null;
    this.#isAway = true;
    tickets.write(call);
    try {
      const found = await redeemTicket(
        {
          ticket,
          session: (limit) => session(limit, true),
          stage: (told) => this.#stage(told),
          asking: ({ channel }) => call.askedOver(channel),
        },
        signal,
      );
      this.#isAway = found.kind === 'unreachable';
      return found;
    } catch (cause) {
      // Gatehouse ends here: another run may ask.
      if (signal.aborted || !(cause instanceof CallError) || cause.code !== 'STOPPED') throw cause;
      return { kind: 'unreachable', error: lost, tries: 1 };
    }
  }

  #stage(told: StageTold): void {
    const { call, tickets } = this.#parts;
    call.stage(told);
    // A person takes long: long enough for this machine to end before the answer comes.
    if (told.stage !== 'running') tickets?.write(call);
  }

  /** The call goes on at the other side, and nobody here wants its answer any more. */
  async #withdraw(): Promise<void> {
    const { call, session: open, tickets } = this.#parts;
    const ticket = tickets?.of(call) ?? null;
    if (ticket === null) return;
    const limit = AbortSignal.timeout(WITHDRAW_MS);
    for (let attempt = 1; attempt <= WITHDRAW_TRIES; attempt += 1) {
      try {
        const session = await open(limit, true);
        await session.withdraw(ticket);
        return;
      } catch (cause) {
        // Cancelled: it has been told. Otherwise the other side's own deadlines end the call, if nothing else does.
        if (!(cause instanceof CallError) || cause.code !== 'UNREACHABLE' || limit.aborted) return;
        await sleep(WITHDRAW_WAIT_MS * attempt, undefined, { ref: false });
      }
    }
  }
}

/**
 * What an answer is to the caller here; both sides sign it.
 * @param nonce the call's ticket; null: it has none
 * @param args as they were sent; null: not known here any more
 * @throws {CallError}
 */
export function taken(
  { answer, session }: Answered,
  call: OutgoingCall,
  sent: {
    readonly request: Pick<OutgoingRequest, 'peerId' | 'agent' | 'tool'>;
    readonly nonce: string | null;
    readonly args: unknown;
  },
  peers: Pick<Peers, 'notePaused'>,
): Params {
  const { id: rpcId, bytes } = answer;
  const { peerId, agent, tool } = sent.request;
  const outcome = 'error' in answer ? 'error' : 'result';
  const response = 'error' in answer ? answer.error : answer.result;
  if (sent.args !== null) {
    const nonce = sent.nonce ?? JSON.stringify(rpcId);
    const told = { agent, tool, nonce, outcome, response, request: sent.args } as const;
    const size = { bytes: bytes + call.view.requestBytes, sentAt: call.sentAt };
    session.answered({ callId: call.id, rpcId, ...told, ...size });
  }
  if ('error' in answer) {
    const until = pausedUntil(answer.error);
    if (until !== null) peers.notePaused(peerId, until);
    throw callErrorOf(answer.error);
  }
  const text = isToolResult(answer.result) ? textOf(answer.result) : null;
  if (text === null) {
    throw new CallError('UNAVAILABLE', 'The peer answered with something that is no tool result.');
  }
  call.answered(answer.result, text, bytes);
  return answer.result;
}

/** As far as anybody here reads it (MCP, CallToolResult). */
const isToolResult = ({ content, isError }: Params): boolean =>
  (content === undefined || Array.isArray(content)) &&
  (isError === undefined || typeof isError === 'boolean');

const isUsedTicket = (answer: OutgoingAnswer): boolean =>
  'error' in answer && isRecord(answer.error.data) && answer.error.data['reason'] === 'used-ticket';
