/** Why something with the rules as a whole cannot be done. */
export class RulesError extends Error {
  override readonly name = 'RulesError';
  readonly code: 'NOT_FOUND' | 'INVALID' | 'CONFLICT' | 'BUSY' | 'CANCELLED';
  constructor(code: RulesError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
