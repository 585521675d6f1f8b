import { z } from 'zod';
import { RpcCode, rpcError, type ForeignError } from '../../../../../shared/errors.ts';
import { STAGE_META } from '../../../../../shared/wire.ts';
import type { MessageChannel } from '../../index.ts';
import { isRecord, jsonIn, replyIn, type Params, type RpcAnswer } from './rpc.ts';

const PROTOCOL_VERSION = '2025-11-25';
/** An agent that has been asked nothing for so long is let go of, and asked anew when it is needed. */
const IDLE_MS = 60_000;

/** Where a request is: on its way, before the person, or with the agent. */
export type Stage = 'sent' | 'waiting' | 'running';

export interface RunningRequest {
  readonly answer: Promise<RpcAnswer>;
  readonly stage: () => Stage;
  /** Settles the answer with `reason`, and tells the other end. */
  cancel(reason: ForeignError): void;
}

interface Pending {
  stage: Stage;
  settle(answer: RpcAnswer): void;
}

const Progress = z.looseObject({
  method: z.literal('notifications/progress'),
  params: z.looseObject({
    progressToken: z.int(),
    _meta: z.looseObject({
      [STAGE_META]: z.looseObject({ stage: z.enum(['waiting', 'running', 'reviewing']) }),
    }),
  }),
});

/**
 * The client's end of an MCP session (2025-11-25) with one of our own agents, on behalf of a caller that knows no sessions.
 * Ends by itself when it is idle.
 */
export class AgentSession {
  readonly #channel: MessageChannel;
  readonly #onEnd: () => void;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #over = false;
  #idle: NodeJS.Timeout | undefined;
  readonly #ready: Promise<RpcAnswer>;

  constructor(channel: MessageChannel, onEnd: () => void) {
    this.#channel = channel;
    this.#onEnd = onEnd;
    channel.onLine = (line): void => this.#read(line);
    channel.onClose = (): void => this.#ended();
    this.#ready = this.#send('initialize', {
      protocolVersion: PROTOCOL_VERSION,
      capabilities: {},
      clientInfo: { name: 'dawn', version: '1' },
    }).answer;
    void this.#ready.then((answer) => {
      if ('result' in answer) this.#write({ method: 'notifications/initialized' });
    });
  }

  /** Asks for something; where it stands is told by `stage` meanwhile. */
  request(method: string, params: Params): RunningRequest {
    let running: RunningRequest | null = null;
    let cancelled: ForeignError | null = null;
    const answer = this.#ready.then(async (ready) => {
      if (cancelled !== null) return { error: cancelled };
      if ('error' in ready) return ready;
      running = this.#send(method, params);
      return await running.answer;
    });
    return {
      answer,
      stage: () => running?.stage() ?? 'sent',
      cancel: (reason) => {
        cancelled = reason;
        running?.cancel(reason);
      },
    };
  }

  /** Whatever is under way is cancelled at the other end. */
  close(): void {
    this.#channel.abort(new Error('The caller is gone.'));
    this.#ended();
  }

  #send(method: string, params: Params): RunningRequest {
    if (this.#over) {
      return { answer: Promise.resolve({ error: lost() }), stage: () => 'sent', cancel: () => undefined };
    }
    clearTimeout(this.#idle);
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve } = Promise.withResolvers<RpcAnswer>();
    const pending: Pending = {
      stage: 'sent',
      settle: (answer) => {
        if (!this.#pending.delete(id)) return;
        resolve(answer);
        if (this.#pending.size === 0) this.#rest();
      },
    };
    this.#pending.set(id, pending);
    this.#write({ id, method, params: { ...params, _meta: { progressToken: id } } });
    return {
      answer: promise,
      stage: () => pending.stage,
      cancel: (reason) => {
        if (!this.#pending.has(id)) return;
        this.#write({ method: 'notifications/cancelled', params: { requestId: id } });
        pending.settle({ error: reason });
      },
    };
  }

  #write(message: Params): void {
    if (!this.#over) this.#channel.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
  }

  #read(line: string): void {
    const message = jsonIn(line);
    const progress = Progress.safeParse(message);
    if (progress.success) {
      const { progressToken, _meta } = progress.data.params;
      const pending = this.#pending.get(progressToken);
      const meta = _meta[STAGE_META];
      if (pending !== undefined && isRecord(meta))
        // An answer that is being looked at first is one of a call that has run.
        pending.stage = meta['stage'] === 'waiting' ? 'waiting' : 'running';
      return;
    }
    const reply = replyIn(message);
    if (reply !== null && typeof reply.id === 'number') this.#pending.get(reply.id)?.settle(reply.answer);
  }

  #rest(): void {
    if (this.#over) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), IDLE_MS);
    this.#idle.unref();
  }

  #ended(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#idle);
    for (const pending of [...this.#pending.values()]) pending.settle({ error: lost() });
    this.#onEnd();
  }
}

const lost = (): ForeignError =>
  rpcError(RpcCode.unavailable, 'agent-died', 'The session with the agent ended before its answer came.');
