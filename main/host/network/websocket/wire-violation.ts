/** Close codes of RFC 6455, section 7.4.1, as they are used here. */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  protocol: 1002,
  unsupportedData: 1003,
  policy: 1008,
  tooBig: 1009,
  internal: 1011,
  tryAgainLater: 1013,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** The peer broke a rule of the wire: its connection is closed, and it is told why in at most 123 bytes. */
export class WireViolation extends Error {
  override readonly name = 'WireViolation';
  readonly code: CloseCode;
  constructor(code: CloseCode, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.code = code;
  }
}
