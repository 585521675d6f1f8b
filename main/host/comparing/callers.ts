import type { CompareRequest } from '../../../shared/compare.ts';
import type { CallsOver } from '../calls/index.ts';
import { deadline } from '../deadline.ts';
import type { MessageChannel } from '../network/index.ts';

/** Persons on both sides may be asked, and the tool may have to think. */
const TOOL_TIMEOUT_MS = 5 * 60_000;
const LINE_TIMEOUT_MS = 15_000;
const LOOK_EVERY_MS = 1000;

export interface Answered {
  /** In both directions. */
  readonly bytes: number;
  /** Without what persons took to decide. */
  readonly ms: number;
}

/** Makes the same call again and again over one way. */
export interface WayCaller {
  /** May be called again before it has settled. @throws {Error} with a sentence */
  call(): Promise<Answered>;
  close(): Promise<void>;
}

type Target = NonNullable<CompareRequest['target']>;

/** Calls one tool, through the gate of the other side, as any call. */
export class ToolCaller implements WayCaller {
  readonly #calls: CallsOver;
  readonly #target: Target;
  readonly #signal: AbortSignal;

  constructor(calls: CallsOver, target: Target, signal: AbortSignal) {
    this.#calls = calls;
    this.#target = target;
    this.#signal = signal;
  }

  async call(): Promise<Answered> {
    const { tool, arguments: args } = this.#target;
    const limit = deadline(TOOL_TIMEOUT_MS, this.#signal);
    try {
      const call = await this.#calls.call({ tool, arguments: args }, limit.signal);
      if (call.toolError) throw new Error('The tool itself reported an error.');
      return { bytes: call.requestBytes + call.responseBytes, ms: call.runMs ?? 0 };
    } finally {
      limit.release();
    }
  }

  async close(): Promise<void> {
    await this.#calls.close();
  }
}

interface Sent {
  readonly line: string;
  readonly at: number;
  resolve(answered: Answered): void;
  reject(error: Error): void;
}

export interface LineCallerOptions {
  readonly channel: MessageChannel;
  /** Length of one line. */
  readonly bytes: number;
  /** False: something else comes back, whose length nobody knows. */
  readonly echoes: boolean;
}

/** Sends lines, which come back in their order. */
export class LineCaller implements WayCaller {
  readonly #channel: MessageChannel;
  readonly #echoes: boolean;
  readonly #filler: string;
  readonly #sent: Sent[] = [];
  readonly #timer: NodeJS.Timeout;
  #next = 0;
  #drained: PromiseWithResolvers<void> | null = null;
  #end: Error | null = null;

  constructor({ channel, bytes, echoes }: LineCallerOptions) {
    this.#channel = channel;
    this.#echoes = echoes;
    this.#filler = 'x'.repeat(bytes);
    channel.onLine = (line): void => this.#answered(line);
    channel.onDrain = (): void => {
      this.#drained?.resolve();
      this.#drained = null;
    };
    channel.onClose = (error): void => this.#ended(error);
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  async call(): Promise<Answered> {
    const at = performance.now();
    while (this.#drained !== null && this.#end === null) await this.#drained.promise;
    return await new Promise<Answered>((resolve, reject) => {
      if (this.#end !== null) {
        reject(this.#end);
        return;
      }
      this.#next += 1;
      const number = `${this.#next}:`;
      const line = number + this.#filler.slice(number.length);
      this.#sent.push({ line, at, resolve, reject });
      if (!this.#channel.send(line)) this.#drained ??= Promise.withResolvers();
    });
  }

  async close(): Promise<void> {
    await this.#channel.close();
    this.#ended(null);
  }

  #answered(line: string): void {
    const first = this.#sent.shift();
    if (first === undefined || (this.#echoes && first.line !== line)) {
      const wrong = new Error('The peer sent back something else than what it was sent.');
      first?.reject(wrong);
      this.#channel.abort(wrong);
      this.#ended(wrong);
    } else
      first.resolve({ bytes: this.#echoes ? 2 * this.#filler.length : 0, ms: performance.now() - first.at });
  }

  #look(): void {
    const [first] = this.#sent;
    if (first === undefined || performance.now() - first.at < LINE_TIMEOUT_MS) return;
    const late = new Error('The peer did not answer in time.');
    this.#channel.abort(late);
    this.#ended(late);
  }

  #ended(error: Error | null): void {
    clearInterval(this.#timer);
    this.#end ??= error ?? new Error('The channel was closed.');
    this.#drained?.resolve();
    this.#drained = null;
    for (const sent of this.#sent.splice(0)) sent.reject(this.#end);
  }
}
