import type { ForeignError } from '../../../shared/errors.ts';

/** Why a call to a peer has no result. `rpc` is the other side's error where there is one. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code:
    'DENIED' | 'EXPIRED' | 'STOPPED' | 'UNAVAILABLE' | 'BUSY' | 'UNREACHABLE' | 'CANCELLED' | 'INVALID';
  readonly rpc: ForeignError | null;
  constructor(code: CallError['code'], message: string, rpc: ForeignError | null = null) {
    super(message);
    this.code = code;
    this.rpc = rpc;
  }
}

export { STAGE_META } from '../../../shared/wire.ts';
