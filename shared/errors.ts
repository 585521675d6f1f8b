/** JSON-RPC error codes of Gatehouse, beside those of JSON-RPC 2.0 itself. */
export const RpcCode = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  denied: -32060,
  expired: -32061,
  overBudget: -32062,
  stopped: -32063,
  unavailable: -32064,
  busy: -32065,
} as const;
export type RpcCode = (typeof RpcCode)[keyof typeof RpcCode];

/** The stable `data.reason` of an error that Gatehouse answers. */
export type Reason =
  | 'bad-json'
  | 'bad-message'
  | 'bad-hello'
  | 'unknown-agent'
  | 'unknown-tool'
  | 'unknown-method'
  | 'unknown-peer'
  | 'blocked-peer'
  | 'denied-by-rule'
  | 'denied-by-person'
  | 'denied-by-default'
  | 'expired'
  | 'over-budget'
  | 'quiet'
  | 'result-refused'
  | 'unknown-ticket'
  | 'used-ticket'
  | 'stopped'
  | 'agent-stopped'
  | 'agent-died'
  | 'agent-timeout'
  | 'tool-changed'
  | 'too-many-calls'
  | 'too-many-questions'
  | 'too-large'
  | 'not-recorded'
  | 'cancelled'
  | 'stopping';

/** A JSON-RPC error object as somebody else wrote it. */
export interface ForeignError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** An error that goes to a caller as a JSON-RPC error object. */
export interface RpcError {
  code: number;
  message: string;
  data?: { reason: Reason } & Record<string, unknown>;
}

export const rpcError = (
  code: RpcCode,
  reason: Reason,
  message: string,
  more: Record<string, unknown> = {},
): RpcError => ({ code, message, data: { ...more, reason } });
