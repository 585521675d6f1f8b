import { randomUUID } from 'node:crypto';
import { RpcCode, rpcError, type ForeignError } from '../../../../../shared/errors.ts';
import { MAX_MESSAGE_BYTES } from '../../../../../shared/wire.ts';
import { NetworkError } from '../../errors.ts';
import type { DawnSocket } from '../dawn-socket.ts';
import { isRecord, jsonIn, replyIn, textOf, type Params, type Reply, type RpcAnswer } from './rpc.ts';

/** How long one call may take. After that nobody knows which answer would be whose. */
const CALL_TIMEOUT_MS = 30_000;
/** How long a call may wait for those before it. */
const QUEUE_TIMEOUT_MS = 60_000;
const MAX_QUEUED = 32;
/** Frames in a row that answer nothing. */
const MAX_STRAY = 16;
/** Our own ids that are remembered, to know a late or doubled answer when it comes. */
const MAX_PAST_IDS = 256;

export interface DawnCallsOptions {
  readonly callTimeoutMs?: number;
  readonly queueTimeoutMs?: number;
}

/** What the node answered, or, as `failure`, why there is no answer; null: nobody is to be told anything. */
export type DawnOutcome = RpcAnswer | { readonly failure: ForeignError } | null;

interface Call {
  readonly id: string;
  readonly method: string;
  readonly text: string;
  /** Of the node itself: its answers keep the id. Those of agents carry a fresh one. */
  readonly ofNode: boolean;
  timer: NodeJS.Timeout | undefined;
  settle(outcome: DawnOutcome): void;
}

/**
 * Calls to a Dawn server as it is: one at a time, since its answers name no request, and each answer is that of the one call
 * under way. Whatever puts that in doubt ends the connection.
 */
export class DawnCalls {
  readonly #socket: DawnSocket;
  readonly #callTimeoutMs: number;
  readonly #queueTimeoutMs: number;
  #queue: Call[] = [];
  #current: Call | null = null;
  readonly #past = new Set<string>();
  #stray = 0;
  #over = false;
  /** Told whenever nothing is under way any more. */
  onIdle: (() => void) | null = null;

  constructor(socket: DawnSocket, options: DawnCallsOptions = {}) {
    this.#socket = socket;
    this.#callTimeoutMs = options.callTimeoutMs ?? CALL_TIMEOUT_MS;
    this.#queueTimeoutMs = options.queueTimeoutMs ?? QUEUE_TIMEOUT_MS;
    socket.onText = (text): void => this.#read(text);
  }

  /** Something is under way or waits to be sent. */
  get busy(): boolean {
    return this.#current !== null;
  }

  /**
   * Calls a method. An abort takes back what was not sent; the answer of what was sent is dropped when it comes.
   * @returns null where the connection was lost before the answer, and after an abort
   */
  call(method: string, params: Params, signal?: AbortSignal): Promise<DawnOutcome> {
    if (this.#over) return Promise.resolve({ failure: notSent('The link to the Dawn node was lost.') });
    if (signal?.aborted === true) return Promise.resolve(null);
    if (this.#queue.length >= MAX_QUEUED) return Promise.resolve({ failure: tooMany() });
    const id = randomUUID();
    const text = textOf({ jsonrpc: '2.0', id, method, params });
    if (text === null || Buffer.byteLength(text) > MAX_MESSAGE_BYTES) {
      return Promise.resolve({ failure: tooLong() });
    }
    const { promise, resolve } = Promise.withResolvers<DawnOutcome>();
    const onAbort = (): void => this.#takeBack(call);
    const call: Call = {
      id,
      method,
      text,
      ofNode: method.startsWith('node/'),
      timer: undefined,
      settle: (outcome) => {
        clearTimeout(call.timer);
        signal?.removeEventListener('abort', onAbort);
        resolve(outcome);
      },
    };
    signal?.addEventListener('abort', onAbort);
    this.#queue.push(call);
    call.timer = setTimeout(() => {
      this.#queue = this.#queue.filter((one) => one !== call);
      call.settle({ failure: tooMany() });
    }, this.#queueTimeoutMs);
    this.#sendNext();
    return promise;
  }

  /** The connection is gone. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    const waiting = this.#queue;
    this.#queue = [];
    this.#settleCurrent(null);
    for (const call of waiting) call.settle({ failure: notSent('The link to the Dawn node was lost.') });
    this.onIdle?.();
  }

  #sendNext(): void {
    if (this.#current !== null || this.#over) return;
    const call = this.#queue.shift();
    if (call === undefined) return;
    clearTimeout(call.timer);
    this.#current = call;
    this.#remember(call.id);
    if (!this.#socket.send(call.text)) {
      call.settle({ failure: notSent('The Dawn node does not take the call.') });
      this.#distrust(new NetworkError('LINK_LOST', 'The Dawn node takes no more calls.'));
      return;
    }
    call.timer = setTimeout(() => {
      call.settle({ failure: tooLate(this.#callTimeoutMs) });
      this.#distrust(new NetworkError('TIMEOUT', 'The Dawn node did not answer in time.'));
    }, this.#callTimeoutMs);
  }

  /** Its answer is not wanted any more. What was sent still holds its place: the answer is to come. */
  #takeBack(call: Call): void {
    if (this.#current === call) {
      const { timer } = call;
      call.timer = undefined;
      call.settle(null);
      call.timer = timer;
      return;
    }
    this.#queue = this.#queue.filter((one) => one !== call);
    call.settle(null);
  }

  #read(text: string): void {
    if (this.#over) return;
    if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) {
      this.#settleCurrent({ failure: wrong('The answer of the Dawn node is longer than a message may be.') });
      this.#distrust(new NetworkError('TOO_LARGE', 'The Dawn node sends more than fits.'));
      return;
    }
    const value = jsonIn(text);
    const reply = replyIn(value);
    if (reply !== null) this.#onReply(reply);
    else if (this.#isEcho(value)) {
      this.#settleCurrent({ failure: wrong('The Dawn node sent our own call back in place of an answer.') });
      this.#distrust(new NetworkError('PROTOCOL', 'The Dawn node sends our own calls back.'));
    } else this.#onStray();
  }

  #onReply({ id, answer }: Reply): void {
    const call = this.#current;
    // An error that names no request answers what came last, or something that nobody waits for.
    if (call === null || (typeof id === 'string' && id !== call.id && this.#past.has(id))) {
      this.#onStray();
      return;
    }
    if (call.ofNode && id !== call.id && id !== null) {
      this.#onStray();
      return;
    }
    this.#stray = 0;
    this.#settleCurrent(answer);
    this.#sendNext();
    if (!this.busy) this.onIdle?.();
  }

  #isEcho(value: unknown): boolean {
    const call = this.#current;
    if (call === null || !isRecord(value)) return false;
    return value['id'] === call.id || value['method'] === call.method;
  }

  /** Gossip, an answer to nothing, or noise: borne with, but not for ever. */
  #onStray(): void {
    this.#stray += 1;
    if (this.#stray <= MAX_STRAY) return;
    this.#settleCurrent({ failure: wrong('The Dawn node sends what answers nothing.') });
    this.#distrust(new NetworkError('PROTOCOL', 'The Dawn node sends what answers nothing.'));
  }

  #settleCurrent(outcome: DawnOutcome): void {
    const call = this.#current;
    this.#current = null;
    if (call === null) return;
    clearTimeout(call.timer);
    call.settle(outcome);
  }

  /** Says so to those who wait, and then ends the connection. */
  #distrust(error: NetworkError): void {
    if (this.#over) return;
    this.end();
    // What was said to them is on its way; the channels end with the connection.
    setImmediate(() => this.#socket.abort(error));
  }

  #remember(id: string): void {
    this.#past.add(id);
    const [oldest] = this.#past;
    if (this.#past.size > MAX_PAST_IDS && oldest !== undefined) this.#past.delete(oldest);
  }
}

const notSent = (why: string): ForeignError =>
  rpcError(RpcCode.unavailable, 'cancelled', `${why} The call was not sent, and did not run.`);

const tooMany = (): ForeignError =>
  rpcError(
    RpcCode.busy,
    'too-many-calls',
    'A Dawn node answers one call at a time, and too many wait for their turn. This one did not run.',
  );

const tooLong = (): ForeignError =>
  rpcError(
    RpcCode.invalidParams,
    'too-large',
    `The arguments are too long or too deeply nested for a call. It may have ${MAX_MESSAGE_BYTES / 2 ** 20} MiB.`,
  );

const tooLate = (ms: number): ForeignError =>
  rpcError(
    RpcCode.unavailable,
    'agent-timeout',
    `The Dawn node did not answer within ${Math.round(ms / 1000)} s. Whether the call ran is unknown.`,
  );

const wrong = (why: string): ForeignError =>
  rpcError(RpcCode.unavailable, 'bad-message', `${why} Whether the call ran is unknown.`);
