/** Why a call of a peer is not carried out, beside what the gate says: in sentences for the caller's side. */
import { rpcError, RpcCode, type RpcError } from '../../../shared/errors.ts';
import type { Decision } from '../../../shared/gate.ts';
import type { AgentName } from '../../../shared/ids.ts';

/**
 * Who ends a call before its answer: the caller by a notification or by hanging up, this host by stopping, or the person
 * by stopping everything.
 */
export type CancelledBy = 'caller' | 'gone' | 'stopping' | 'stopped';

export const reasonFor = (by: CancelledBy): string =>
  ({
    caller: 'The caller cancelled it.',
    gone: 'The caller is gone.',
    stopping: 'The host is stopping.',
    stopped: 'The person has stopped everything on this host.',
  })[by];

export function cancelledError(by: CancelledBy): RpcError {
  switch (by) {
    case 'stopping':
    case 'stopped':
      return rpcError(RpcCode.stopped, by, reasonFor(by));
    case 'caller':
    case 'gone':
      return rpcError(RpcCode.internal, 'cancelled', reasonFor(by));
    default:
      return by satisfies never;
  }
}

export const limits = (): Decision => ({ effect: 'deny', by: 'limits', ruleId: null });

export const notRecorded = (): RpcError =>
  rpcError(
    RpcCode.unavailable,
    'not-recorded',
    'This host cannot write its records, so it lets no calls in. Its person has been told.',
  );

export const argumentsTooDeep = (): RpcError =>
  rpcError(
    RpcCode.invalidParams,
    'bad-message',
    'The arguments are nested too deeply to be written down, so the call did not run.',
  );

/** Of a gated request: it names nothing to use, or its arguments cannot be shown as they are. */
export const unreadable = (method: string, isNamed: boolean): RpcError =>
  rpcError(
    RpcCode.invalidParams,
    'bad-message',
    isNamed
      ? `${method} has arguments that are not an object, or that use a name which is taken here.`
      : `${method} names nothing to use, or with a name that is too long.`,
  );

export const idInUse = (): RpcError =>
  rpcError(RpcCode.invalidRequest, 'bad-message', 'This id is in use by a running request.');

export const tooManyCalls = (): RpcError =>
  rpcError(RpcCode.busy, 'too-many-calls', 'Too many calls at once. Wait for an answer first.');

/** @param resetsAt when the peer may go on, in milliseconds since 1970 */
export const listsPaused = (resetsAt: number): RpcError =>
  rpcError(
    RpcCode.overBudget,
    'over-budget',
    'You have used what this host lets you use in 24 hours. Lists are given again once some of that time is over.',
    { resetsAt },
  );

export const notCarriedOut = (cause: unknown): RpcError => {
  const why = cause instanceof RangeError ? 'It is nested too deeply.' : 'Its record has the time.';
  return rpcError(RpcCode.internal, 'bad-message', `The call could not be carried out. ${why}`);
};

export const noSuchTool = (agent: AgentName, tool: string, isRunning: boolean): RpcError =>
  isRunning
    ? rpcError(RpcCode.invalidParams, 'unknown-tool', `The agent ${agent} has no tool called ${tool}.`)
    : rpcError(RpcCode.unavailable, 'agent-stopped', `The agent ${agent} is not running.`);

/** The person's own arguments would use something else than what was asked about. */
export const changedWrongly = (): RpcError =>
  rpcError(
    RpcCode.denied,
    'tool-changed',
    'The person there changed the arguments to something that cannot be carried out, so the call did not run.',
  );

export const ticketInUse = (): RpcError =>
  rpcError(
    RpcCode.invalidParams,
    'used-ticket',
    'A call with this ticket came before. A ticket is for one call.',
  );

export const ticketUsed = (): RpcError =>
  rpcError(
    RpcCode.invalidParams,
    'used-ticket',
    'The answer to this call has been given already, or the call was cancelled. It is given once.',
  );

/** `neverArrived`: certainly no call with this ticket has come. */
export const ticketUnknown = (neverArrived: boolean): RpcError =>
  rpcError(
    RpcCode.invalidParams,
    'unknown-ticket',
    neverArrived
      ? 'No call with this ticket has come.'
      : 'Nothing is known here of a call with this ticket: it never came, or it was too long ago.',
    { neverArrived },
  );

export const ticketElsewhere = (): RpcError =>
  rpcError(
    RpcCode.invalidParams,
    'used-ticket',
    'The answer to this call was asked for over another stream.',
  );

export const badTicket = (): RpcError =>
  rpcError(RpcCode.invalidParams, 'bad-message', 'A ticket has 22 to 64 characters of base64url.');

export const noTickets = (): RpcError =>
  rpcError(
    RpcCode.invalidParams,
    'bad-message',
    'There are no tickets over a legacy link, so no answer is kept for one.',
  );
