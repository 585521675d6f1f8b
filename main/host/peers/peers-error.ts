/** A peer is not known, or not what the request needs. */
export class PeersError extends Error {
  override readonly name = 'PeersError';
  readonly code: 'NOT_FOUND' | 'INVALID' | 'CONFLICT';
  constructor(code: PeersError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
