import type { z } from 'zod';
import type { RpcError } from '../../../shared/errors.ts';
import type { RedeemParams } from '../../../shared/wire.ts';
import type { Asker } from './asker.ts';
import type { CallAnswer } from './call-answer.ts';
import { notCarriedOut, ticketUnknown, ticketUsed } from './call-refusals.ts';
import type { EndedTicket, KeptAnswer } from './kept-answer.ts';
import { isRecord, type RequestMessage } from './mcp-message.ts';
import type { PeerTickets, TicketedCall } from './peer-tickets.ts';
import type { StreamOfCalls } from './session-calls.ts';

interface Redeeming {
  readonly request: RequestMessage;
  /** The call is this request's from now on. */
  follow(call: TicketedCall): Asker;
  /** The answer of a call that had ended before was said. */
  signed(kept: KeptAnswer, said: CallAnswer): void;
  refuse(error: RpcError): void;
}

/** Answers a ticket as its call would have been answered: now, or once the call ends. */
export function redeem(
  params: z.infer<typeof RedeemParams>,
  stream: StreamOfCalls,
  tickets: PeerTickets,
  how: Redeeming,
  isFirstLook = true,
): void {
  const { ticket, epoch = null, ageMs = null } = params;
  const found = tickets.find(ticket, stream.agent, stream.life, epoch, ageMs);
  switch (found.kind) {
    case 'under-way':
      tickets.comeBack(found, how.follow(found.call));
      return;
    case 'answer':
      give(found.ticket, found.kept, stream, tickets, how);
      return;
    case 'given':
      if (isFirstLook) void lookAgain(found.answers, params, stream, tickets, how);
      else how.refuse(ticketUsed());
      return;
    case 'used':
      how.refuse(ticketUsed());
      return;
    case 'unknown':
      how.refuse(ticketUnknown(found.neverArrived));
      return;
    default:
      found satisfies never;
  }
}

/** The stream that the answer was given to may be dead, which the caller knew first. */
async function lookAgain(
  answers: () => Promise<boolean>,
  params: z.infer<typeof RedeemParams>,
  stream: StreamOfCalls,
  tickets: PeerTickets,
  how: Redeeming,
): Promise<void> {
  const { id } = how.request;
  let wanted = true;
  const withdraw = (): void => {
    if (!wanted) return;
    wanted = false;
    stream.done(id);
  };
  stream.inFlight.set(id, { cancel: withdraw, lost: withdraw });
  let refusal: RpcError | null = null;
  try {
    if (await answers()) tickets.arrived(params.ticket);
  } catch (cause) {
    refusal = notCarriedOut(cause);
  }
  if (!wanted) return;
  wanted = false;
  // Whatever comes of it takes the place anew.
  stream.done(id);
  try {
    if (refusal === null) redeem(params, stream, tickets, how, false);
    else how.refuse(refusal);
  } catch (cause) {
    stream.answers.error(id, notCarriedOut(cause));
    stream.done(id);
  }
}

function give(
  ended: EndedTicket,
  kept: KeptAnswer,
  stream: StreamOfCalls,
  tickets: PeerTickets,
  how: Redeeming,
): void {
  const { id } = how.request;
  const answer = { ...kept.answer, response: responseIn(kept.answer.tail) };
  const said = stream.answers.say(id, answer);
  if (said === answer) {
    tickets.given(ended, stream.life);
    how.signed(kept, answer);
    kept.settled?.(true);
  }
  stream.done(id);
}

/** What a text says that we wrote ourselves. */
function responseIn(tail: string): unknown {
  const message: unknown = JSON.parse(`{${tail}}`);
  return isRecord(message) ? (message['result'] ?? message['error']) : null;
}
