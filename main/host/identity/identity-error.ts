/** The key is damaged, unreadable or cannot be kept; the message says what to do. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError';
  readonly code: 'UNREADABLE' | 'DAMAGED' | 'EXISTS' | 'UNWRITABLE';
  constructor(code: IdentityError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
