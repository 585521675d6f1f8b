import { rpcError, RpcCode, type RpcError } from '../../../shared/errors.ts';
import type { DecidedBy } from '../../../shared/gate.ts';
import type { RuleId } from '../../../shared/ids.ts';
import { visibleText } from '../../../shared/visible-text.ts';
import type { GateOutcome } from './index.ts';

/** What a person says to a caller: nothing hidden in it, and no longer than this. */
const MAX_SAID = 200;

/** @param make is given how the sentence ends, and what goes into the error's data */
export function withReason(
  said: string | null,
  make: (words: string, more: Record<string, string>) => RpcError,
): RpcError {
  if (said === null) return make('.', {});
  const { text } = visibleText(said, { maxLength: MAX_SAID });
  return make(`: ${text}`, { said: text });
}

const denied = (by: DecidedBy, error: RpcError, ruleId: RuleId | null = null): GateOutcome => ({
  effect: 'deny',
  decision: { effect: 'deny', by, ruleId },
  error,
});

/** Every way in which the gate says no, in sentences for the caller's side. */
export const refusal = {
  stopped: () => denied('stopped', stoppedError()),
  blocked: () =>
    denied(
      'blocked',
      rpcError(RpcCode.denied, 'blocked-peer', 'This host has blocked you. Calls are not taken.'),
    ),
  unknownPeer: () =>
    denied(
      'unknown-peer',
      rpcError(
        RpcCode.denied,
        'unknown-peer',
        'This host does not know you yet. A contact request waits for its person; call again once it is accepted.',
      ),
    ),
  byRule: (ruleId: RuleId) =>
    denied(
      'rule',
      rpcError(
        RpcCode.denied,
        'denied-by-rule',
        'A rule of this host denies the call. Ask its person to change it.',
      ),
      ruleId,
    ),
  /** @param said what the person gives as a reason; made visible and cut to 200 characters */
  byPerson: (ruleId: RuleId | null = null, said: string | null = null) =>
    denied(
      'person',
      withReason(said, (words, more) =>
        rpcError(RpcCode.denied, 'denied-by-person', `The person there denied this call${words}`, more),
      ),
      ruleId,
    ),
  quiet: () =>
    denied(
      'quiet',
      rpcError(
        RpcCode.busy,
        'quiet',
        'The person there is not to be disturbed now, so nobody was asked. Call again at another time.',
      ),
    ),
  /** @param resetsAt when it may go on, in milliseconds since 1970; null: once something that is under way has ended */
  overBudget: (resetsAt: number | null) =>
    denied(
      'budget',
      rpcError(
        RpcCode.overBudget,
        'over-budget',
        resetsAt === null
          ? 'With what you have under way, you may be at the end of what this host lets you use in 24 hours. Call again once that has ended.'
          : 'You have used what this host lets you use in 24 hours. Calls are taken again once some of that time is over.',
        { resetsAt },
      ),
    ),
  expired: () =>
    denied(
      'expired',
      rpcError(
        RpcCode.expired,
        'expired',
        'Nobody answered in time. The call was not denied: call again when somebody is there.',
      ),
    ),
  cancelled: () =>
    denied('withdrawn', rpcError(RpcCode.denied, 'cancelled', 'The call was cancelled by its caller.')),
  forgotten: () =>
    denied(
      'withdrawn',
      rpcError(
        RpcCode.denied,
        'unknown-peer',
        'This host no longer has you as a contact. Ask its person to add you.',
      ),
    ),
  agentChanged: () =>
    denied(
      'withdrawn',
      rpcError(
        RpcCode.denied,
        'tool-changed',
        'The agent was changed or taken away while this call waited, so it did not run. Call again.',
      ),
    ),
  stopping: () =>
    denied(
      'withdrawn',
      rpcError(RpcCode.unavailable, 'stopping', 'This host is shutting down. Call again when it is back.'),
    ),
  tooManyOfPeer: (cap: number) =>
    denied(
      'limits',
      rpcError(
        RpcCode.busy,
        'too-many-questions',
        `${cap} of your calls already wait for the person there. Wait until one is answered, then call again.`,
      ),
    ),
  tooMany: () =>
    denied(
      'limits',
      rpcError(
        RpcCode.busy,
        'too-many-questions',
        'Too many calls wait for the person there. Call again later.',
      ),
    ),
  notCanonical: () =>
    denied(
      'limits',
      rpcError(
        RpcCode.invalidParams,
        'bad-message',
        'The arguments cannot be shown to a person: they are nested too deeply or hold broken characters.',
      ),
    ),
  notRecorded: () =>
    denied(
      'limits',
      rpcError(RpcCode.busy, 'not-recorded', 'This host cannot write its records now. Call again later.'),
    ),
} as const;

export const stoppedError = (): RpcError =>
  rpcError(RpcCode.stopped, 'stopped', 'The person has stopped everything on this host. Call again later.');

export const changedError = (): RpcError =>
  rpcError(
    RpcCode.denied,
    'tool-changed',
    'The tool or the arguments are no longer what was allowed, so the call did not run. Call again.',
  );

export const usedError = (): RpcError =>
  rpcError(RpcCode.denied, 'tool-changed', 'This permission was for one call and has been used. Call again.');
