import type { CallView } from '../../../shared/calls.ts';
import type { AgentName } from '../../../shared/ids.ts';
import { CallError } from './call-error.ts';
import type { OutgoingModules } from './index.ts';
import { asCallError } from './outgoing-sessions.ts';
import type { OutgoingCall } from './outgoing-call.ts';
import { taken, type SessionWithin } from './outgoing-sending.ts';
import type { SentTicket } from './outgoing-tickets.ts';
import { redeemTicket } from './ticket-redeeming.ts';

/** Somebody waits for it, and can ask again. */
const TRIES = 3;

export interface RedeemLater {
  readonly call: OutgoingCall;
  readonly agent: AgentName;
  readonly ticket: SentTicket;
  /** As they were sent; null: not kept, or not as they were. */
  readonly args: unknown;
  readonly session: SessionWithin;
  readonly modules: Pick<OutgoingModules, 'calls' | 'peers'>;
}

/**
 * Asks for the answer of a call that was given up, by an earlier run maybe, and puts it into its record.
 * @returns the record, whatever the answer was
 * @throws {CallError} where the peer could not be asked; it can be asked again
 */
export async function redeemLater(
  { call, agent, ticket, args, session, modules }: RedeemLater,
  signal: AbortSignal,
): Promise<CallView> {
  const { peerId, tool } = call.view;
  const ageMs = Math.max(0, Date.now() - call.sentAt);
  const found = await redeemTicket(
    {
      ticket: { ...ticket, ageMs },
      session: (limit) => session(limit, false),
      stage: (told) => call.stage(told),
      asking: ({ channel }) => call.askedOver(channel),
      tries: TRIES,
    },
    signal,
  ).catch((cause: unknown) => {
    throw notHad(call, asCallError(cause));
  });
  if (found.kind === 'unreachable') throw notHad(call, found.error);
  modules.calls.setTicket(call.id, null);
  try {
    if (found.kind !== 'answer') throw gone(found.kind === 'never-arrived');
    taken(found, call, { request: { peerId, agent, tool }, nonce: ticket.ticket, args }, modules.peers);
  } catch (cause) {
    call.failed(asCallError(cause));
  }
  return call.view;
}

/** The record says again what it said before, where it said that the call goes on. */
function notHad(call: OutgoingCall, error: CallError): CallError {
  if (['running', 'waiting', 'reviewing'].includes(call.view.status)) call.failed(error, true);
  return error;
}

const gone = (neverArrived: boolean): CallError =>
  neverArrived
    ? new CallError('UNREACHABLE', 'The call never came to the peer. It did not run.')
    : new CallError(
        'UNAVAILABLE',
        'The peer has no answer to this call any more. Whether the call ran is unknown.',
      );
