import { InitializeResultSchema } from '@modelcontextprotocol/core';
import { z } from 'zod';
import type { AgentName, PeerId } from '../../../shared/ids.ts';
import type { ForeignError } from '../../../shared/errors.ts';
import {
  MAX_MESSAGE_BYTES,
  RECEIPTS_CAPABILITY,
  RECEIPTS_METHOD,
  REDEEM_METHOD,
  TICKETS_CAPABILITY,
  TicketsCapability,
} from '../../../shared/wire.ts';
import type { MessageChannel } from '../network/index.ts';
import type { CallerReceipts, CallersView, Receipts } from '../receipts/index.ts';
import { CallError, LinkLost } from './call-error.ts';
import { callErrorOf } from './foreign-errors.ts';
import { abortedError, orAborted } from './or-aborted.ts';
import { stageTold, type StageTold } from './stage-told.ts';
import {
  isRecord,
  readMessage,
  writeError,
  writeNotification,
  writeRequest,
  writeRequestWith,
  writeResult,
  type MessageId,
  type Params,
} from './mcp-message.ts';

const PROTOCOL_VERSION = '2025-11-25';
const MAX_IN_FLIGHT = 1024;

/** `id`: under which it was asked, which is how a receipt names it. */
export type OutgoingAnswer = { readonly id: MessageId; readonly bytes: number } & (
  { readonly result: Params } | { readonly error: ForeignError }
);

export interface SendOptions {
  /** Called right before it is sent. False: it is not, and the answer is null. What it throws is thrown on. */
  readonly begin?: () => boolean;
  /** Told where the request stands at the other side. */
  readonly stage?: (stage: StageTold) => void;
  /** Writes the params as text, given the token for `stage`, where that is cheaper than to have them written. */
  readonly write?: (progressToken: number) => string;
}

interface Pending {
  /** Which of the lines of this session it is. */
  readonly line: number;
  settle(answer: OutgoingAnswer): void;
  fail(error: CallError): void;
  stage?: ((stage: StageTold) => void) | undefined;
}

/** One stream to one agent of a peer, over which any number of requests run at once. */
export class OutgoingSession {
  readonly #channel: MessageChannel;
  readonly #pending = new Map<MessageId, Pending>();
  #nextId = 1;
  /** Lines given to the channel so far. */
  #lines = 0;
  #open = true;
  #leaving = false;
  #drained: Promise<void> | null = null;
  #drain: (() => void) | null = null;
  readonly #onEnd: () => void;
  readonly #makeReceipts: Pick<Receipts, 'asCaller'>;
  #receipts: CallerReceipts | null = null;
  #epoch: string | null = null;

  constructor(channel: MessageChannel, receipts: Pick<Receipts, 'asCaller'>, onEnd: () => void) {
    this.#channel = channel;
    this.#makeReceipts = receipts;
    this.#onEnd = onEnd;
    channel.busy = (): boolean => !this.idle;
    channel.onLine = (line): void => this.#read(line);
    channel.onClose = (error): void => this.#ended(error);
    channel.onDrain = (): void => {
      this.#drain?.();
      this.#drain = null;
      this.#drained = null;
    };
  }

  get channel(): Pick<MessageChannel, 'path' | 'transport' | 'retiring'> {
    return this.#channel;
  }

  /** The other side reads slowly; what is requested now waits for its turn. */
  get full(): boolean {
    return this.#drained !== null;
  }

  get idle(): boolean {
    return this.#pending.size === 0;
  }

  /** Calls with tickets can be asked about after this session; null: they cannot. */
  get epoch(): string | null {
    return this.#epoch;
  }

  /** A call was answered: what both sides sign of it. */
  answered(call: CallersView): void {
    this.#receipts?.add(call);
  }

  /** MCP 2025-11-25, Lifecycle. @throws {CallError} */
  async initialize(peerId: PeerId, agent: AgentName, signal: AbortSignal | undefined): Promise<void> {
    const params = {
      protocolVersion: PROTOCOL_VERSION,
      capabilities: { experimental: { [TICKETS_CAPABILITY]: {}, [RECEIPTS_CAPABILITY]: {} } },
      clientInfo: { name: 'gatehouse', version: '1' },
    };
    const answer = await this.request('initialize', params, signal);
    if ('error' in answer) throw callErrorOf(answer.error);
    if (!InitializeResultSchema.safeParse(answer.result).success) {
      this.#channel.abort(new Error('The answer to initialize is not MCP.'));
      throw new CallError('UNAVAILABLE', `The agent ${agent} of …${peerId.slice(-8)} does not speak MCP.`);
    }
    this.#agree(answer.result);
    this.#send(writeNotification('notifications/initialized', undefined));
  }

  /**
   * Sends one request. Resolves with whatever the other side answers.
   * @throws {CallError} {LinkLost} when the stream ends first, CANCELLED, BUSY with too many at once
   */
  request(
    method: string,
    params: Params | undefined,
    signal: AbortSignal | undefined,
  ): Promise<OutgoingAnswer>;
  request(
    method: string,
    params: Params | undefined,
    signal: AbortSignal | undefined,
    options: SendOptions,
  ): Promise<OutgoingAnswer | null>;
  async request(
    method: string,
    params: Params | undefined,
    signal: AbortSignal | undefined,
    { begin, stage, write }: SendOptions = {},
  ): Promise<OutgoingAnswer | null> {
    while (this.#drained !== null && this.#open) await orAborted(this.#drained, signal);
    if (signal?.aborted === true) throw abortedError(signal);
    if (!this.#open || this.#ends) throw new LinkLost(false);
    if (this.#pending.size >= MAX_IN_FLIGHT) {
      throw new CallError('BUSY', 'Too many calls to this agent at once. Wait for an answer first.');
    }
    const id = this.#nextId++;
    const line =
      write === undefined
        ? writeRequest(id, method, stage === undefined ? params : { ...params, _meta: { progressToken: id } })
        : writeRequestWith(id, method, write(id));
    if (Buffer.byteLength(line) > MAX_MESSAGE_BYTES) {
      throw new CallError(
        'INVALID',
        `The arguments are longer than ${MAX_MESSAGE_BYTES / 2 ** 20} MiB. Send less at once.`,
      );
    }
    if (begin?.() === false) return null;
    return await new Promise<OutgoingAnswer>((resolve, reject) => {
      const onAbort = (): void => {
        if (!this.#pending.delete(id)) return;
        this.#send(writeNotification('notifications/cancelled', { requestId: id }));
        reject(abortedError(signal));
        this.#settled();
      };
      const done = (): void => signal?.removeEventListener('abort', onAbort);
      this.#pending.set(id, {
        line: this.#lines + 1,
        settle: (answer) => {
          done();
          resolve(answer);
        },
        fail: (error) => {
          done();
          reject(error);
        },
        stage,
      });
      signal?.addEventListener('abort', onAbort);
      this.#send(line);
    });
  }

  /** Tells the other side that nobody wants the answer to an earlier call any more. */
  async withdraw({ ticket, epoch }: { readonly ticket: string; readonly epoch: string }): Promise<void> {
    const limit = new AbortController();
    const asked = this.request(REDEEM_METHOD, { ticket, epoch }, limit.signal);
    setImmediate(() => limit.abort());
    await asked;
  }

  /** Takes nothing new, and closes after its last answer. */
  leave(): void {
    this.#leaving = true;
    if (this.idle) void this.close();
  }

  async close(): Promise<void> {
    await this.#channel.close();
  }

  /** One request less is under way. */
  #settled(): void {
    if (!this.idle) return;
    this.#channel.onIdle?.();
    if (this.#ends) void this.close();
  }

  /** Whatever comes next goes over a session that is opened for it. */
  get #ends(): boolean {
    return this.#leaving || this.#channel.retiring;
  }

  #send(line: string): void {
    if (!this.#open) return;
    this.#lines += 1;
    if (this.#channel.send(line)) return;
    this.#drained ??= new Promise((resolve) => {
      this.#drain = resolve;
    });
  }

  #read(line: string): void {
    const message = readMessage(line);
    switch (message.kind) {
      case 'answer': {
        const pending = this.#pending.get(message.id);
        if (pending === undefined) return;
        this.#pending.delete(message.id);
        const { id } = message;
        const bytes = Buffer.byteLength(line);
        if (message.error === undefined) pending.settle({ id, bytes, result: message.result ?? {} });
        else pending.settle({ id, bytes, error: message.error });
        this.#settled();
        return;
      }
      case 'notification':
        if (message.method === 'notifications/progress') this.#progress(message.params);
        else if (message.method === RECEIPTS_METHOD) this.#receipts?.received(message.params);
        return;
      case 'request':
        // A peer's agent has nothing to ask of us: no sampling, elicitation or roots were offered.
        this.#send(
          message.method === 'ping'
            ? writeResult(message.id, '{}')
            : writeError(message.id, { code: -32601, message: 'Not offered.' }),
        );
        return;
      case 'bad':
        this.#channel.abort(new Error('The peer sent something that is not JSON-RPC.'));
        return;
      default:
        message satisfies never;
    }
  }

  #progress(params: Params | undefined): void {
    const token = params?.['progressToken'];
    if (typeof token !== 'number') return;
    const pending = this.#pending.get(token);
    const told = pending?.stage === undefined ? null : stageTold(params);
    if (told !== null) pending?.stage?.(told);
  }

  /** What the other side serves beyond MCP. Plain text proves nothing, so nothing is agreed over it. */
  #agree(result: Params): void {
    const { path, peerId } = this.#channel;
    const served = path === 'legacy' ? undefined : Extensions.safeParse(result).data;
    const extensions = served?.capabilities.experimental;
    this.#epoch = TicketsCapability.safeParse(extensions?.[TICKETS_CAPABILITY]).data?.epoch ?? null;
    if (!isRecord(extensions?.[RECEIPTS_CAPABILITY])) return;
    this.#receipts = this.#makeReceipts.asCaller(peerId, (method, params) =>
      this.#send(writeNotification(method, params)),
    );
  }

  #ended(error: Error | null): void {
    if (!this.#open) return;
    this.#open = false;
    this.#receipts?.close();
    this.#onEnd();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    this.#drain?.();
    this.#drain = null;
    this.#drained = null;
    const left = this.#lines - this.#channel.unsent;
    for (const request of pending) request.fail(new LinkLost(request.line <= left, error));
  }
}

const Extensions = z.object({
  capabilities: z.object({ experimental: z.record(z.string(), z.unknown()).optional() }),
});
