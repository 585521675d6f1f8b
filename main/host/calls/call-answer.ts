import { rpcError, RpcCode, type ForeignError, type RpcError } from '../../../shared/errors.ts';
import { CHANGED_META } from '../../../shared/wire.ts';
import type { AnswerError } from '../agents/index.ts';
import { isRecord, textOf, type Params, type RequestMessage } from './mcp-message.ts';
import { forCallersEra } from './mcp-session-answers.ts';

/** What a request is answered, written out once. */
export interface CallAnswer {
  /** The end of the JSON-RPC message, from `"result":` or `"error":` on, without the last brace. */
  readonly tail: string;
  readonly outcome: 'result' | 'error';
  /** What the tail says. */
  readonly response: unknown;
}

/** `json` is the result as text, where it has been written out already. */
export function resultAnswer({ method, params }: RequestMessage, result: Params, json: string): CallAnswer {
  const completed = forCallersEra(method, params, result);
  const text = completed === result ? json : textOf(completed);
  return text === null
    ? errorAnswer(tooDeep())
    : { tail: `"result":${text}`, outcome: 'result', response: completed };
}

export function errorAnswer(error: ForeignError): CallAnswer {
  // `data` may be anything that somebody else wrote; an error must get through all the same.
  const text = textOf(error);
  if (text !== null) return { tail: `"error":${text}`, outcome: 'error', response: error };
  const short = { code: error.code, message: error.message };
  return { tail: `"error":${JSON.stringify(short)}`, outcome: 'error', response: short };
}

export const tooDeep = () =>
  rpcError(RpcCode.internal, 'bad-message', 'The message is nested too deeply to be passed on.');

/**
 * The result with word of what the person changed of the call; an agent has no say in that.
 */
export function withChanges(result: Params, changed: 'no' | 'arguments' | 'result' | 'both'): Params {
  const meta = result['_meta'];
  const given = isRecord(meta) ? meta : {};
  if (changed === 'no' && !Object.hasOwn(given, CHANGED_META)) return result;
  const { [CHANGED_META]: _claimed, ...kept } = given;
  return { ...result, _meta: changed === 'no' ? kept : { ...kept, [CHANGED_META]: changed } };
}

/** Why an agent could not answer, in words and with a code of ours. */
const OWN_ERRORS: Readonly<Record<string, RpcError>> = {
  'agent-stopped': rpcError(RpcCode.unavailable, 'agent-stopped', 'The agent was stopped.'),
  'agent-died': rpcError(RpcCode.unavailable, 'agent-died', 'The agent ended before it answered.'),
  'agent-timeout': rpcError(RpcCode.unavailable, 'agent-timeout', 'The agent did not answer in time.'),
  'too-many-calls': rpcError(
    RpcCode.busy,
    'too-many-calls',
    'The agent has too many calls to work on. Try again in a moment.',
  ),
};

/**
 * An agent's error in place of an answer that a person was to look at: it says that there was one, and nothing that the
 * agent wrote, its code included.
 */
export function withheld({ data }: AnswerError): AnswerError {
  const reason = isRecord(data) ? data['reason'] : undefined;
  const own =
    typeof reason === 'string' && Object.hasOwn(OWN_ERRORS, reason) ? OWN_ERRORS[reason] : undefined;
  return (
    own ?? {
      code: RpcCode.internal,
      message: 'The agent answered with an error, which is not passed on: its answers are looked at first.',
    }
  );
}
