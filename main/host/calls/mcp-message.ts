/** JSON-RPC 2.0 messages as MCP uses them: read once, without a schema library, because this is the hot path. */

export type MessageId = string | number;
export type Params = Record<string, unknown>;

export interface RequestMessage {
  readonly kind: 'request';
  readonly id: MessageId;
  readonly method: string;
  readonly params: Params | undefined;
}
export interface NotificationMessage {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: Params | undefined;
}
export interface AnswerMessage {
  readonly kind: 'answer';
  readonly id: MessageId;
  readonly result: Params | undefined;
  readonly error: { code: number; message: string; data?: unknown } | undefined;
}
export interface BadMessage {
  readonly kind: 'bad';
  readonly reason: 'bad-json' | 'bad-message';
  readonly id: MessageId | null;
}
export type Message = RequestMessage | NotificationMessage | AnswerMessage | BadMessage;

export const isRecord = (value: unknown): value is Params =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isId = (value: unknown): value is MessageId =>
  (typeof value === 'string' && value.length <= 256) || (typeof value === 'number' && Number.isFinite(value));

const MAX_ERROR_CHARACTERS = 2000;

const bad = (reason: BadMessage['reason'], id: unknown = null): BadMessage => ({
  kind: 'bad',
  reason,
  id: isId(id) ? id : null,
});

/** Reads one line. Batches (arrays) are not part of MCP since 2025-06-18 and count as bad. */
export function readMessage(line: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return bad('bad-json');
  }
  if (!isRecord(value) || value['jsonrpc'] !== '2.0') return bad('bad-message');
  const { id, method, params, result, error } = value;
  if (method !== undefined) {
    if (typeof method !== 'string' || method.length > 256) return bad('bad-message', id);
    if (params !== undefined && !isRecord(params)) return bad('bad-message', id);
    if (id === undefined) return { kind: 'notification', method, params };
    return isId(id) ? { kind: 'request', id, method, params } : bad('bad-message');
  }
  if (!isId(id)) return bad('bad-message');
  if (isRecord(result)) return { kind: 'answer', id, result, error: undefined };
  if (isRecord(error)) {
    const { code, message, data } = error;
    // JSON-RPC 2.0, section 5.1: the code must be an integer; no database or schema takes any other.
    if (typeof code === 'number' && Number.isSafeInteger(code) && typeof message === 'string') {
      const text = message.slice(0, MAX_ERROR_CHARACTERS).toWellFormed();
      return { kind: 'answer', id, result: undefined, error: { code, message: text, data } };
    }
  }
  return bad('bad-message', id);
}

/** JSON text, or null where the value is nested too deeply to be written. */
export function textOf(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}

export const writeRequest = (id: MessageId, method: string, params: Params | undefined): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });

/** `params` as JSON text. */
export const writeRequestWith = (id: MessageId, method: string, params: string): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":${JSON.stringify(method)},"params":${params}}`;

export const writeNotification = (method: string, params: Params | undefined): string =>
  JSON.stringify({ jsonrpc: '2.0', method, params });

export const writeResult = (id: MessageId, result: string): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;

/** `tail`: the answer from `"result":` or `"error":` on. */
export const writeAnswer = (id: MessageId | null, tail: string): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},${tail}}`;

export const writeError = (
  id: MessageId | null,
  error: { code: number; message: string; data?: unknown },
): string =>
  // `data` may be anything that somebody else wrote; an error must get through all the same.
  textOf({ jsonrpc: '2.0', id, error }) ??
  JSON.stringify({ jsonrpc: '2.0', id, error: { code: error.code, message: error.message } });

/** The token under which the sender of a request wants to hear of its progress (MCP, Progress). */
export function progressTokenOf(params: Params | undefined): MessageId | null {
  const meta = params?.['_meta'];
  const token = isRecord(meta) ? meta['progressToken'] : undefined;
  return isId(token) ? token : null;
}
