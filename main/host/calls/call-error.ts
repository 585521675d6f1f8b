import type { ForeignError } from '../../../shared/errors.ts';
import type { Decision } from '../../../shared/gate.ts';

/** Why a call to a peer has no result. `rpc` is the other side's error where there is one. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code:
    | 'DENIED'
    | 'EXPIRED'
    | 'STOPPED'
    | 'UNAVAILABLE'
    | 'BUSY'
    | 'UNREACHABLE'
    | 'CANCELLED'
    | 'INVALID'
    | 'CONFLICT'
    | 'NOT_FOUND';
  readonly rpc: ForeignError | null;
  constructor(code: CallError['code'], message: string, rpc: ForeignError | null = null) {
    super(message);
    this.code = code;
    this.rpc = rpc;
  }
}

/** The link ended before the answer came. */
export class LinkLost extends CallError {
  /** False: it certainly never left this machine. */
  readonly mayHaveRun: boolean;
  constructor(mayHaveRun: boolean, cause?: unknown) {
    super(
      'UNREACHABLE',
      mayHaveRun
        ? 'The link was lost before the answer came. Whether the call ran is unknown.'
        : 'The link was lost before the call was sent. It did not run.',
    );
    this.mayHaveRun = mayHaveRun;
    if (cause !== null && cause !== undefined) this.cause = cause;
  }
}

/** It was decided here that the call is not sent. */
export class RefusedHere extends CallError {
  readonly decision: Decision;
  constructor(code: CallError['code'], message: string, decision: Decision) {
    super(code, message);
    this.decision = { ...decision, effect: 'deny' };
  }
}
