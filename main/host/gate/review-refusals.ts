import { rpcError, RpcCode, type RpcError } from '../../../shared/errors.ts';
import type { DecidedBy } from '../../../shared/gate.ts';
import type { ReviewOutcome } from './index.ts';
import { withReason } from './refusals.ts';

type Refused = Extract<ReviewOutcome, { effect: 'refuse' }>;

const refused = (by: DecidedBy, error: RpcError): Refused => ({
  effect: 'refuse',
  decision: { effect: 'deny', by, ruleId: null },
  error,
});

/** For programs: what was asked for has been done, so that it is not simply asked for again. */
const RAN = { ran: true } as const;

/** Every way in which an answer of an agent does not leave. Each says that the call has run. */
export const reviewRefusal = {
  byPerson: (said: string | null) =>
    refused(
      'person',
      withReason(said, (words, more) =>
        rpcError(
          RpcCode.denied,
          'result-refused',
          `The call has run, but the person there does not give out its answer${words}`,
          { ...RAN, ...more },
        ),
      ),
    ),
  expired: () =>
    refused(
      'expired',
      rpcError(RpcCode.expired, 'expired', 'The call has run, but nobody released its answer in time.', RAN),
    ),
  cancelled: () =>
    refused(
      'withdrawn',
      rpcError(
        RpcCode.denied,
        'cancelled',
        'The call was cancelled by its caller after it had run; its answer was not given out.',
        RAN,
      ),
    ),
  stopped: () =>
    refused(
      'stopped',
      rpcError(
        RpcCode.stopped,
        'stopped',
        'The call has run, but the person has stopped everything on this host before its answer was released.',
        RAN,
      ),
    ),
  stopping: () =>
    refused(
      'withdrawn',
      rpcError(
        RpcCode.unavailable,
        'stopping',
        'The call has run, but this host is shutting down and nobody has released its answer.',
        RAN,
      ),
    ),
  forgotten: () =>
    refused(
      'withdrawn',
      rpcError(
        RpcCode.denied,
        'result-refused',
        'The call has run, but this host no longer has you as a contact, so its answer is not given out.',
        RAN,
      ),
    ),
  tooMany: () =>
    refused(
      'limits',
      rpcError(
        RpcCode.busy,
        'result-refused',
        'The call has run, but too many answers wait for the person there, so this one is not given out.',
        RAN,
      ),
    ),
  notCanonical: () =>
    refused(
      'limits',
      rpcError(
        RpcCode.denied,
        'result-refused',
        'The call has run, but its answer cannot be shown to a person: it is nested too deeply or holds broken characters.',
        RAN,
      ),
    ),
} as const;
