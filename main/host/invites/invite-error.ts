import type { HostErrorCode } from '../../../shared/contract.ts';

/**
 * - `INVALID`: the text is no invite, or one of this host's own
 * - `EXPIRED`: its time is over
 * - `CONFLICT`: too many are open, or the inviter is blocked
 * - `NOT_FOUND`: there is no such invite
 */
export class InviteError extends Error {
  override readonly name = 'InviteError';
  readonly code: Extract<HostErrorCode, 'INVALID' | 'EXPIRED' | 'CONFLICT' | 'NOT_FOUND'>;
  constructor(code: InviteError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
