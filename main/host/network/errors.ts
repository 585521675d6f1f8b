import type { RpcError } from '../../../shared/errors.ts';

export type NetworkErrorCode =
  | 'INVALID_ADDRESS'
  | 'UNREACHABLE'
  | 'REFUSED'
  | 'TIMEOUT'
  | 'STOPPED'
  /** The link under a channel is gone. */
  | 'LINK_LOST'
  /** The other side broke the rules of a protocol; the channel is closed. */
  | 'PROTOCOL'
  /** More was queued, or came, than a buffer may hold; the channel is closed. */
  | 'TOO_LARGE';

/** What went wrong on the network, in a sentence for the person. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code: NetworkErrorCode;
  constructor(code: NetworkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The other side answered, and said no. `rpc` is what it said: hostile text. */
export class RemoteRefusal extends Error {
  override readonly name = 'RemoteRefusal';
  readonly code = 'REFUSED';
  readonly rpc: RpcError | { code: number; message: string; data?: { reason: string } | undefined };
  constructor(rpc: RemoteRefusal['rpc']) {
    super('The peer refused to open its agent.');
    this.rpc = rpc;
  }
}

/** The panic switch is on. */
export const stoppedError = (): NetworkError =>
  new NetworkError('STOPPED', 'Everything is stopped. Resume it first.');
