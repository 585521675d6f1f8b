/** JSON-RPC 2.0 as Dawn nodes and agents say it: read loosely, bounded, and believed in nothing. */
import { z } from 'zod';
import type { ForeignError } from '../../../../../shared/errors.ts';

const MAX_ID_CHARACTERS = 256;
const MAX_METHOD_CHARACTERS = 512;
const MAX_ERROR_CHARACTERS = 2000;

export type Params = Record<string, unknown>;
export type RpcAnswer = { readonly result: unknown } | { readonly error: ForeignError };

export const RpcId = z.union([z.string().max(MAX_ID_CHARACTERS), z.number()]);
export type RpcId = z.infer<typeof RpcId>;

/** A request, or a notification where it has no id. Python's clients write what is missing as null. */
export const RpcRequest = z.looseObject({
  jsonrpc: z.literal('2.0'),
  id: RpcId.nullish(),
  method: z.string().max(MAX_METHOD_CHARACTERS),
  params: z.record(z.string(), z.unknown()).nullish(),
});

const RpcFailure = z.looseObject({
  code: z.number().refine(Number.isSafeInteger),
  message: z.string().transform((text) => text.slice(0, MAX_ERROR_CHARACTERS).toWellFormed()),
  data: z.unknown().optional(),
});

/** An answer: with an `error`, or with a `result`. A `method` makes it none. */
const RpcReply = z.looseObject({
  jsonrpc: z.literal('2.0'),
  id: RpcId.nullish(),
  method: z.undefined().optional(),
  error: RpcFailure.nullish(),
});

export interface Reply {
  readonly id: RpcId | null;
  readonly answer: RpcAnswer;
}

/** Null where it is no answer. */
export function replyIn(value: unknown): Reply | null {
  const reply = RpcReply.safeParse(value);
  if (!reply.success) return null;
  const { id = null, error, ...rest } = reply.data;
  if (error !== undefined && error !== null) {
    const { code, message, data } = error;
    return { id, answer: { error: { code, message, ...(data === undefined ? {} : { data }) } } };
  }
  return Object.hasOwn(rest, 'result') ? { id, answer: { result: rest['result'] } } : null;
}

export const isRecord = (value: unknown): value is Params =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON text, or null where the value is nested too deeply to be written, or is none. */
export function textOf(value: unknown): string | null {
  try {
    const text: string | undefined = JSON.stringify(value);
    return text ?? null;
  } catch {
    return null;
  }
}

/** Undefined where it is not JSON; no schema takes that. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
