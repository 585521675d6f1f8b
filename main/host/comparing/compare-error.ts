import type { HostErrorCode } from '../../../shared/contract.ts';

/** Why there is no comparison. */
export class CompareError extends Error {
  override readonly name = 'CompareError';
  readonly code: Extract<HostErrorCode, 'BUSY' | 'STOPPED' | 'CANCELLED'>;
  constructor(code: CompareError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
