/** JSON-RPC 2.0 as it is read out of envelopes and written into them. */
import { z } from 'zod';
import { RpcCode, rpcError } from '../../../../shared/errors.ts';
import type { RpcError } from '../../../../shared/errors.ts';
import { DawnMethodError } from './dawn-methods.ts';
import { nestsDeeperThan } from './nesting.ts';
import { MAX_BATCH, MAX_NESTING } from './wire-limits.ts';
import { CloseCode, WireViolation } from './wire-violation.ts';

const RpcId = z.union([z.string().max(200), z.number(), z.null()]);
export type RpcId = z.infer<typeof RpcId>;

/** One message, whichever kind. Which it is follows from what it has. */
const Message = z.object({
  jsonrpc: z.literal('2.0'),
  id: RpcId.optional(),
  method: z.string().max(500).optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
});

const Announcement = z.looseObject({ type: z.literal('gossip_announcement') });

const ErrorObject = z.object({
  code: z.number(),
  message: z.string().max(2000).catch(''),
  data: z.unknown().optional(),
});

export type RpcMessage =
  | { readonly kind: 'request'; readonly id: RpcId; readonly method: string; readonly params: unknown }
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
  | { readonly kind: 'result'; readonly id: RpcId; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: RpcId; readonly error: z.infer<typeof ErrorObject> }
  /** What Dawn nodes tell each other, which is no JSON-RPC. */
  | { readonly kind: 'gossip'; readonly announcement: unknown };

/**
 * Reads what one envelope holds: one message, or a list of them.
 * @param mayBatch whether a list is fine
 * @throws {WireViolation} for what is none
 */
export function readMessages(text: string, mayBatch: boolean): RpcMessage[] {
  if (nestsDeeperThan(text, MAX_NESTING)) {
    throw new WireViolation(CloseCode.policy, `JSON may nest ${MAX_NESTING} levels deep here.`);
  }
  const value = parse(text);
  if (!Array.isArray(value)) return [readMessage(value)];
  if (!mayBatch || value.length === 0 || value.length > MAX_BATCH) throw notRpc();
  return value.map(readMessage);
}

function readMessage(value: unknown): RpcMessage {
  const parsed = Message.safeParse(value);
  if (!parsed.success) {
    const gossip = Announcement.safeParse(value);
    if (gossip.success) return { kind: 'gossip', announcement: gossip.data };
    throw notRpc(parsed.error);
  }
  const { id, method, params, result, error } = parsed.data;
  if (method !== undefined) {
    return id === undefined
      ? { kind: 'notification', method, params }
      : { kind: 'request', id, method, params };
  }
  if (id === undefined) throw notRpc();
  if (error === undefined) return { kind: 'result', id, result };
  const problem = ErrorObject.safeParse(error);
  if (!problem.success) throw notRpc(problem.error);
  return { kind: 'error', id, error: problem.data };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notRpc(cause);
  }
}

const notRpc = (cause?: unknown): WireViolation =>
  new WireViolation(CloseCode.protocol, 'That is not a JSON-RPC 2.0 message.', { cause });

export const writeRequest = (id: number, method: string, params: object): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });

export const writeNotification = (method: string, params: object): string =>
  JSON.stringify({ jsonrpc: '2.0', method, params });

/** @throws where the result cannot be written as JSON */
export const writeResult = (id: RpcId, result: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', id, result: result ?? null });

export const writeError = (id: RpcId, { code, message, data }: RpcError | DawnMethodError): string =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data } });

/** What a caller is told of an error that was thrown here: nothing of our own insides. */
export function errorOf(thrown: unknown): RpcError | DawnMethodError {
  if (thrown instanceof DawnMethodError) return thrown;
  return rpcError(RpcCode.internal, 'bad-message', 'The request could not be answered.');
}
