/** Why an answer or a question about an approval or a rule cannot be met. */
export class GateError extends Error {
  override readonly name = 'GateError';
  readonly code: 'NOT_FOUND' | 'CONFLICT';
  constructor(code: GateError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
