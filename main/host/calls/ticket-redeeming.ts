import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { REDEEM_METHOD } from '../../../shared/wire.ts';
import { RpcCode, type ForeignError } from '../../../shared/errors.ts';
import { NetworkError } from '../network/index.ts';
import { CallError } from './call-error.ts';
import { abortedError } from './or-aborted.ts';
import type { SentTicket } from './outgoing-tickets.ts';
import type { OutgoingAnswer, OutgoingSession } from './outgoing-session.ts';
import type { StageTold } from './stage-told.ts';

/** How often, and for how long, the other side is tried before it is given up for now. */
const TRIES = 8;
/** The same where it closed the connection: it may have blocked us, or just be starting. */
const TRIES_WHERE_REFUSED = 3;
/** However often the link comes back and is lost again. */
const ALL_TRIES = 64;
const WITHIN_MS = 2 * 60 * 1000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;

/**
 * What came of a ticket:
 * - `answer`: as the call itself would have been answered, over that session
 * - `never-arrived`: the call certainly never came there
 * - `gone`: nothing is known of it any more
 * - `unreachable`: it can be tried again later
 */
export type Redeemed =
  | { readonly kind: 'answer'; readonly answer: OutgoingAnswer; readonly session: OutgoingSession }
  | { readonly kind: 'never-arrived' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreachable'; readonly error: CallError; readonly tries: number };

export interface TicketRedeeming {
  readonly ticket: SentTicket & { readonly ageMs: number };
  readonly session: (limit: AbortSignal) => Promise<OutgoingSession>;
  /** Told where the call stands meanwhile. */
  readonly stage: (stage: StageTold) => void;
  /** Told when it is asked for over a session. */
  readonly asking: (session: OutgoingSession) => void;
  readonly tries?: number;
}

const Refused = z.object({
  reason: z.enum(['unknown-ticket', 'used-ticket']),
  neverArrived: z.boolean().optional(),
});

/** Asks for what came of a call whose link was lost, over new links. @throws {CallError} CANCELLED, STOPPED */
export async function redeemTicket(redeeming: TicketRedeeming, signal: AbortSignal): Promise<Redeemed> {
  const begun = performance.now();
  const tries = redeeming.tries ?? TRIES;
  // Of the time without a link, which begins anew whenever the peer was asked once more.
  let from = begun;
  let attempt = 0;
  const asking = (session: OutgoingSession): void => {
    redeeming.asking(session);
    attempt = 0;
    from = performance.now();
  };
  for (let all = 1; ; all += 1) {
    attempt += 1;
    const found = await once({ ...redeeming, asking }, performance.now() - begun, signal);
    if (found.kind !== 'unreachable' || all >= ALL_TRIES) return found;
    if (attempt >= Math.min(tries, found.tries) || performance.now() - from > WITHIN_MS) return found;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, attempt - 1));
    await sleep(wait, undefined, { signal }).catch(() => {
      throw abortedError(signal);
    });
  }
}

async function once(
  { ticket, session: open, stage, asking }: TicketRedeeming,
  sinceMs: number,
  signal: AbortSignal,
): Promise<Redeemed> {
  try {
    const session = await open(signal);
    // Plain text proves nothing of an answer, and whoever offers no tickets has forgotten ours.
    if (session.epoch === null || session.channel.path === 'legacy') return { kind: 'gone' };
    asking(session);
    const ageMs = Math.ceil(ticket.ageMs + sinceMs);
    const params = { ticket: ticket.ticket, epoch: ticket.epoch, ageMs };
    const answer = await session.request(REDEEM_METHOD, params, signal, { stage });
    if (answer === null) return { kind: 'gone' };
    if ('result' in answer) return { kind: 'answer', answer, session };
    return refusal(answer.error, session.epoch === ticket.epoch) ?? { kind: 'answer', answer, session };
  } catch (cause) {
    if (!(cause instanceof CallError)) throw cause;
    if (signal.aborted) throw abortedError(signal);
    if (cause.rpc === null && cause.code === 'STOPPED') throw cause;
    return { kind: 'unreachable', error: cause, tries: triesFor(cause) };
  }
}

/** How often to try where it cannot be reached, or turns us away. */
function triesFor({ rpc, code, cause }: CallError): number {
  if (cause instanceof NetworkError && cause.code === 'STOPPED') return 1;
  if (cause instanceof NetworkError && cause.code === 'REFUSED') return TRIES_WHERE_REFUSED;
  return code === 'UNREACHABLE' || rpc?.code === RpcCode.busy ? TRIES : 1;
}

/** What an error says of the ticket; null where it is the answer to the call. */
function refusal({ code, data }: ForeignError, sameRun: boolean): Redeemed | null {
  if (code === -32601) return { kind: 'gone' };
  const refused = code === -32602 ? Refused.safeParse(data).data : undefined;
  if (refused === undefined) return null;
  return { kind: refused.neverArrived === true && sameRun ? 'never-arrived' : 'gone' };
}
