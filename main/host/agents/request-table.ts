import type { JSONRPCNotification, JSONRPCRequest } from '@modelcontextprotocol/client';
import { RpcCode, rpcError, type RpcError } from '../../../shared/errors.ts';
import { cutText } from '../cut-text.ts';
import { FIRST_ID, type AgentTransport, type PostResult } from './agent-transport.ts';
import type { AgentAnswer, AgentRequest, AnswerError, RunningRequest } from './index.ts';
import { isRecord } from './json.ts';
import type { AgentLimits } from './limits.ts';

/** Ids start anew here; some programs keep them in 32 bits. */
const LAST_ID = 2_000_000_000;
/** Beyond it a timer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Of an error that an agent answers. */
const MAX_ERROR_TEXT = 2000;

interface Entry {
  readonly resolve: (answer: AgentAnswer) => void;
  readonly timer: NodeJS.Timeout;
  readonly onProgress: AgentRequest['onProgress'];
  readonly counted: boolean;
}

/** The requests that one agent works on. Its answers are picked out by id, before anything validates them. */
export class RequestTable {
  /** Added to the `_meta` of each request where the session is of the newer era; the caller's own wins. */
  envelope: Readonly<Record<string, unknown>> | null = null;
  readonly #transport: AgentTransport;
  readonly #limits: AgentLimits;
  readonly #onCount: () => void;
  readonly #entries = new Map<number, Entry>();
  #lastId = FIRST_ID;
  #counted = 0;
  #refusal: RpcError | null = null;

  constructor(transport: AgentTransport, limits: AgentLimits, onCount: () => void) {
    this.#transport = transport;
    this.#limits = limits;
    this.#onCount = onCount;
  }

  /** Requests of callers; our own are not counted. */
  get size(): number {
    return this.#counted;
  }

  start(request: AgentRequest, whose: 'caller' | 'own' = 'caller'): RunningRequest {
    if (this.#refusal !== null) return settledWith(this.#refusal);
    if (this.#entries.size >= this.#limits.runningRequests) return settledWith(busy());
    const id = this.#nextId();
    const { method } = request;
    const params = this.#params(request, id);
    const message: JSONRPCRequest =
      params === undefined ? { jsonrpc: '2.0', id, method } : { jsonrpc: '2.0', id, method, params };
    const posted = this.#post(message);
    if (posted === 'busy') return settledWith(busy());
    if (posted === 'unwritable') {
      return settledWith(
        rpcError(
          RpcCode.invalidRequest,
          'bad-message',
          'The request could not be written: it nests too deep.',
        ),
      );
    }
    if (posted === 'too-large') {
      return settledWith(
        rpcError(RpcCode.invalidRequest, 'too-large', 'The request is longer than a message may be.'),
      );
    }
    const { promise, resolve } = Promise.withResolvers<AgentAnswer>();
    const timer = setTimeout(
      () => this.#onTimeout(id, request.timeoutMs),
      Math.min(request.timeoutMs, MAX_TIMER_MS),
    );
    this.#entries.set(id, { resolve, timer, onProgress: request.onProgress, counted: whose === 'caller' });
    if (whose === 'caller') this.#count(1);
    return { answer: promise, cancel: (reason) => this.#cancel(id, reason) };
  }

  /** Takes a response. False: it is not to a request of ours. */
  settle(message: Record<string, unknown>): boolean {
    const id = message['id'];
    if (typeof id !== 'number' || id < FIRST_ID) return false;
    const entry = this.#entries.get(id);
    // A late answer to a request that timed out or was cancelled is ours too.
    if (entry !== undefined) this.#finish(id, entry, answerOf(message));
    return true;
  }

  /** Takes the params of a progress notification. */
  progress(params: unknown): boolean {
    if (!isRecord(params)) return false;
    const { progressToken, ...rest } = params;
    if (typeof progressToken !== 'number' || progressToken < FIRST_ID) return false;
    this.#entries.get(progressToken)?.onProgress?.(rest);
    return true;
  }

  fail(id: number, error: AnswerError): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#finish(id, entry, { error });
  }

  /** Settles all that runs with `error`, and from now on all that comes. */
  refuse(error: RpcError): void {
    this.#refusal = error;
    for (const [id, entry] of this.#entries) this.#finish(id, entry, { error });
  }

  #post(message: JSONRPCRequest): PostResult | 'unwritable' {
    try {
      return this.#transport.post(message);
    } catch {
      return 'unwritable'; // JSON.stringify ran out of stack.
    }
  }

  #params(request: AgentRequest, id: number): Record<string, unknown> | undefined {
    const { params, onProgress } = request;
    const given = params?.['_meta'];
    const hasToken = isRecord(given) && 'progressToken' in given;
    if (this.envelope === null && onProgress === undefined && !hasToken) return params;
    const meta: Record<string, unknown> = { ...this.envelope, ...(isRecord(given) ? given : {}) };
    // Nobody else's token goes upstream: it could be that of another request.
    delete meta['progressToken'];
    if (onProgress !== undefined) meta['progressToken'] = id;
    return { ...params, _meta: meta };
  }

  #cancel(id: number, reason: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#withdraw(id, reason);
    this.#finish(id, entry, { error: rpcError(RpcCode.unavailable, 'cancelled', 'The call was cancelled.') });
  }

  #onTimeout(id: number, ms: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#withdraw(id, 'No answer in time.');
    const text = `The agent did not answer within ${Math.max(1, Math.round(ms / 1000))} s.`;
    this.#finish(id, entry, { error: rpcError(RpcCode.unavailable, 'agent-timeout', text) });
  }

  #withdraw(id: number, reason: string): void {
    const params = { requestId: id, reason };
    const cancelled: JSONRPCNotification = {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: this.envelope === null ? params : { ...params, _meta: this.envelope },
    };
    this.#transport.withdraw(id, cancelled);
  }

  #finish(id: number, entry: Entry, answer: AgentAnswer): void {
    this.#entries.delete(id);
    clearTimeout(entry.timer);
    this.#transport.settled(id);
    if (entry.counted) this.#count(-1);
    entry.resolve(answer);
  }

  #count(change: number): void {
    this.#counted += change;
    this.#onCount();
  }

  #nextId(): number {
    do this.#lastId = this.#lastId >= LAST_ID ? FIRST_ID : this.#lastId + 1;
    while (this.#entries.has(this.#lastId));
    return this.#lastId;
  }
}

/** A request that never ran. */
export const settledWith = (error: AnswerError): RunningRequest => ({
  answer: Promise.resolve({ error }),
  cancel: () => undefined,
});

const busy = (): RpcError =>
  rpcError(RpcCode.busy, 'too-many-calls', 'The agent has too many calls to work on. Try again in a moment.');

function answerOf(message: Record<string, unknown>): AgentAnswer {
  const { result, error } = message;
  if (isRecord(result)) return { result };
  if (isRecord(error)) {
    const { code, message: text, data } = error;
    // The schema of the records and of the interface has whole numbers only, and so has JSON-RPC 2.0.
    if (typeof code === 'number' && Number.isSafeInteger(code) && typeof text === 'string') {
      const told = { code, message: cutText(text, MAX_ERROR_TEXT) };
      return { error: data === undefined ? told : { ...told, data } };
    }
  }
  return {
    error: rpcError(
      RpcCode.internal,
      'bad-message',
      'The agent answered with something that is no MCP answer.',
    ),
  };
}
