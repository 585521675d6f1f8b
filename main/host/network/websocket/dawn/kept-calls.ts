import { RpcCode, rpcError, type ForeignError } from '../../../../../shared/errors.ts';
import { DawnMethodError } from '../dawn-methods.ts';
import type { RunningRequest, Stage } from './agent-session.ts';
import { DawnCode } from './dawn-errors.ts';
import { isRecord, textOf, type Params, type RpcAnswer } from './rpc.ts';

/** Dawn's callers give up after 30 s; they hear something before that. */
const PATIENCE_MS = 25_000;
/** How long what came of a call waits for its caller to ask again. The same call later is more likely meant anew. */
const KEPT_MS = 60_000;
/** Nothing waits for longer: a person has decided, or the question has expired. */
const UNDER_WAY_MS = 60 * 60_000;
/** Calls of one connection: under way, or decided and not heard yet. */
const MAX_CALLS = 32;
/** What decided calls hold together, in characters. */
const MAX_HELD = 16 * 1024 * 1024;
const RETRY_AFTER_S = 5;
/** Under this key of a result's `_meta`, and under `earlier` in an error's data: the answer is that of an earlier call. */
const EARLIER_META = 'app.gatehouse/earlier';

export interface KeptCallsOptions {
  readonly patienceMs?: number;
  readonly keptMs?: number;
  /** Told whenever `busy` may have turned false. */
  readonly onIdle?: () => void;
}

interface Kept {
  readonly running: RunningRequest;
  readonly answer: Promise<RpcAnswer>;
  /** When it was asked for. */
  readonly asked: Date;
  waiters: number;
  held: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Calls of one connection that may take longer than its caller waits. Such a caller is told to send the same call again: that
 * one does not run anew, but waits for, or hears, what came of the first. So that no call runs twice, what came of it is let
 * go of only once it was told, or a minute after it was there; and its caller is told that it is of an earlier call.
 */
export class KeptCalls {
  readonly #onIdle: () => void;
  readonly #patienceMs: number;
  readonly #keptMs: number;
  /** Told to come again, by what the call is. */
  readonly #kept = new Map<string, Kept[]>();
  #count = 0;
  /** Callers that wait for an answer at this moment. */
  #waiting = 0;
  #held = 0;
  #closed = false;

  constructor(options: KeptCallsOptions = {}) {
    this.#onIdle = options.onIdle ?? ((): void => undefined);
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#keptMs = options.keptMs ?? KEPT_MS;
  }

  /** Somebody waits for an answer, or was told to come again for it and has not heard it yet. */
  get busy(): boolean {
    return this.#waiting > 0 || this.#kept.size > 0;
  }

  /**
   * Runs a call, or goes on waiting for the same one.
   * @param key what the call is; null: it cannot be compared with others, and is withdrawn when it takes too long
   * @throws {DawnMethodError} where it takes longer, and is kept
   */
  async answer(key: string | null, start: () => RunningRequest): Promise<RpcAnswer> {
    this.#waiting += 1;
    try {
      return await this.#answer(key, start);
    } finally {
      // The answer is on its way first.
      setImmediate(() => {
        this.#waiting -= 1;
        this.#lookWhetherIdle();
      });
    }
  }

  /** Forgets everything; the sessions that the calls run in are closed by their owner. */
  close(): void {
    this.#closed = true;
    for (const kept of [...this.#kept.values()].flat()) clearTimeout(kept.timer);
    this.#kept.clear();
    // Its connection is gone first.
    setImmediate(() => this.#lookWhetherIdle());
  }

  async #answer(key: string | null, start: () => RunningRequest): Promise<RpcAnswer> {
    const known = key === null ? undefined : this.#find(key);
    if (known !== undefined && key !== null) return await this.#goOn(key, known);
    if (this.#count >= MAX_CALLS) return { error: tooMany() };
    this.#count += 1;
    const asked = new Date();
    const running = start();
    const answer = await this.#inTime(running.answer);
    if (answer !== null || key === null) {
      this.#count -= 1;
      if (answer !== null) return answer;
      const error = withdrawn(running.stage());
      running.cancel(error);
      return { error };
    }
    if (!this.#closed) this.#keep(key, running, asked);
    throw comeAgain(running.stage());
  }

  #find(key: string): Kept | undefined {
    const all = this.#kept.get(key);
    return all?.find(({ waiters }) => waiters === 0) ?? all?.[0];
  }

  async #goOn(key: string, kept: Kept): Promise<RpcAnswer> {
    kept.waiters += 1;
    const answer = await this.#inTime(kept.answer);
    kept.waiters -= 1;
    if (answer === null) throw comeAgain(kept.running.stage());
    this.#forget(key, kept);
    return asEarlier(answer, kept.asked);
  }

  #keep(key: string, running: RunningRequest, asked: Date): void {
    const kept: Kept = {
      running,
      asked,
      waiters: 0,
      held: 0,
      timer: undefined,
      answer: running.answer.then((answer) => {
        clearTimeout(kept.timer);
        if (this.#closed) return answer;
        kept.timer = setTimeout(() => this.#forget(key, kept), this.#keptMs).unref();
        return kept.waiters > 0 ? answer : this.#hold(kept, answer);
      }),
    };
    kept.timer = setTimeout(() => running.cancel(withdrawn(running.stage())), UNDER_WAY_MS).unref();
    this.#kept.set(key, [...(this.#kept.get(key) ?? []), kept]);
  }

  #hold(kept: Kept, answer: RpcAnswer): RpcAnswer {
    const size = textOf(answer)?.length ?? 0;
    if (this.#held + size > MAX_HELD) return { error: tooLong(size) };
    kept.held = size;
    this.#held += size;
    return answer;
  }

  #forget(key: string, kept: Kept): void {
    const all = this.#kept.get(key) ?? [];
    if (!all.includes(kept)) return;
    clearTimeout(kept.timer);
    this.#held -= kept.held;
    this.#count -= 1;
    const left = all.filter((one) => one !== kept);
    if (left.length === 0) this.#kept.delete(key);
    else this.#kept.set(key, left);
    this.#lookWhetherIdle();
  }

  #lookWhetherIdle(): void {
    if (!this.busy) this.#onIdle();
  }

  /** Null where it takes longer. */
  #inTime(answer: Promise<RpcAnswer>): Promise<RpcAnswer | null> {
    const { promise, resolve } = Promise.withResolvers<RpcAnswer | null>();
    const timer = setTimeout(() => resolve(null), this.#patienceMs);
    void answer.then(resolve);
    return promise.finally(() => clearTimeout(timer));
  }
}

function comeAgain(stage: Stage): DawnMethodError {
  const again =
    'Send the same call again over this connection every few seconds to hear what came of it, which is kept for a minute; it does not run twice.';
  const data = { reason: stage === 'waiting' ? 'waiting' : 'running', retry_after: RETRY_AFTER_S };
  return stage === 'waiting'
    ? new DawnMethodError(
        DawnCode.notAuthorised,
        `Not decided yet: the person of this machine is being asked. ${again}`,
        data,
      )
    : new DawnMethodError(DawnCode.internal, `The call is still under way. ${again}`, data);
}

/** Says where the shape allows that this came of a call that was sent before, and when that was. */
function asEarlier(answer: RpcAnswer, asked: Date): RpcAnswer {
  const earlier = { asked: asked.toISOString() };
  if ('error' in answer) {
    const { data } = answer.error;
    return data === undefined || isRecord(data)
      ? { error: { ...answer.error, data: { ...data, earlier } } }
      : answer;
  }
  const { result } = answer;
  if (!isRecord(result)) return answer;
  const meta: Params = isRecord(result['_meta']) ? result['_meta'] : {};
  return { result: { ...result, _meta: { ...meta, [EARLIER_META]: earlier } } };
}

const withdrawn = (stage: Stage): ForeignError =>
  stage === 'waiting'
    ? rpcError(RpcCode.expired, 'expired', 'Nobody decided in time. The call was withdrawn and did not run.')
    : rpcError(
        RpcCode.internal,
        'cancelled',
        'The call took too long and was cancelled. Whether it ran to its end is unknown.',
      );

const tooMany = (): ForeignError =>
  rpcError(
    RpcCode.busy,
    'too-many-calls',
    'Too many of your calls are under way here. Wait for an answer first.',
  );

const tooLong = (characters: number): ForeignError =>
  rpcError(
    RpcCode.internal,
    'too-large',
    'The call ran; its answer was too long to be kept until you asked again.',
    {
      characters,
    },
  );
