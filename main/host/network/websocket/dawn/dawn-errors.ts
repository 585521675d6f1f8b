/** Dawn has few error codes; ours become the nearest of them, and stay in `data`. */
import { RpcCode, type ForeignError } from '../../../../../shared/errors.ts';
import { isRecord, textOf } from './rpc.ts';

export const DawnCode = {
  notAuthorised: -32001,
  rateLimited: -32005,
  methodNotFound: -32601,
  internal: -32603,
  parse: -32700,
} as const;

/** How long a caller is asked to wait where nothing says how long, in seconds. */
const RETRY_AFTER_S = 5;
/** `data` of an agent's own error may be of any size; Dawn's callers are spared more than this. */
const MAX_DATA_CHARACTERS = 64 * 1024;

/** What a caller of Dawn is told in place of an error of ours, or of an agent. */
export function toDawn(error: ForeignError): ForeignError {
  const data = dataOf(error);
  const said = { ...data, code: error.code };
  const { message } = error;
  switch (error.code) {
    case RpcCode.denied:
    case RpcCode.expired:
    case RpcCode.stopped:
      return { code: DawnCode.notAuthorised, message, data: said };
    case RpcCode.overBudget:
    case RpcCode.busy: {
      const after = data['retry_after'];
      const retryAfter = typeof after === 'number' ? after : RETRY_AFTER_S;
      return { code: DawnCode.rateLimited, message, data: { ...said, retry_after: retryAfter } };
    }
    case RpcCode.unavailable:
      return data['reason'] === 'unknown-agent'
        ? { code: DawnCode.methodNotFound, message, data: said }
        : { code: DawnCode.internal, message, data: said };
    case RpcCode.methodNotFound:
    case RpcCode.parse:
      return { code: error.code, message, data };
    default:
      return { code: DawnCode.internal, message, data: said };
  }
}

function dataOf({ data }: ForeignError): Record<string, unknown> {
  const text = data === undefined ? null : textOf(data);
  if (text === null || text.length > MAX_DATA_CHARACTERS) return {};
  return isRecord(data) ? data : { data };
}

/** What the answer of a Dawn node means to us. What it says beside the code is hostile text. */
export function fromDawn({ code, message, data }: ForeignError): ForeignError {
  const detail = typeof data === 'string' && data !== '' ? `: ${data.slice(0, 500).toWellFormed()}` : '';
  const text = `${message}${detail}`;
  if (code === DawnCode.notAuthorised) {
    return { code: RpcCode.denied, message: text, data: { reason: 'denied-by-default', dawn: code } };
  }
  if (code === DawnCode.rateLimited) {
    const after = isRecord(data) && typeof data['retry_after'] === 'number' ? data['retry_after'] : undefined;
    const more = after === undefined ? {} : { retryAfter: after };
    return { code: RpcCode.busy, message: text, data: { reason: 'too-many-calls', dawn: code, ...more } };
  }
  return { code, message: text, data: { dawn: code } };
}
