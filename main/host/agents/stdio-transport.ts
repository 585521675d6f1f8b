import {
  SdkError,
  SdkErrorCode,
  parseJSONRPCMessage,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
} from '@modelcontextprotocol/client';
import type { AgentProcess } from './agent-process.ts';
import { FIRST_ID, MAX_NESTING, TOO_DEEP, type AgentTransport, type PostResult } from './agent-transport.ts';
import { isRecord, nestsDeeper } from './json.ts';
import type { LineSink } from './line-splitter.ts';
import type { AgentLimits, AgentTimings } from './limits.ts';
import type { LogRing } from './log-ring.ts';

/** Each of these units of text is at most three bytes of UTF-8. */
const BYTES_PER_UNIT = 3;

/** MCP over the standard streams of a program: one JSON-RPC message a line. */
export class StdioTransport implements AgentTransport, LineSink {
  /** By these two the SDK knows a transport as one over standard streams: a silent server is an older one there. */
  readonly stderr = null;
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: ((message: JSONRPCMessage) => void) | undefined;
  intercept: AgentTransport['intercept'] = () => false;
  onLost: AgentTransport['onLost'] = () => undefined;
  /** The older handshake has been begun. */
  initialized = false;

  readonly #limits: AgentLimits;
  readonly #timings: AgentTimings;
  readonly #log: LogRing;
  #process: AgentProcess | null = null;
  #over = false;
  #garbage = { since: 0, lines: 0 };

  constructor(limits: AgentLimits, timings: AgentTimings, log: LogRing) {
    this.#limits = limits;
    this.#timings = timings;
    this.#log = log;
  }

  attach(process: AgentProcess): void {
    this.#process = process;
  }

  /** The program is gone. */
  exited(): void {
    this.#end();
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  /** The SDK's own messages: the handshake, and its answers to what the agent asks. */
  send(message: JSONRPCMessage): Promise<void> {
    if ('method' in message && message.method === 'initialize') this.initialized = true;
    if (this.#over) return Promise.reject(new SdkError(SdkErrorCode.NotConnected, 'The agent has ended.'));
    // An agent that asks without reading the answers gets no more of them.
    if (this.#process === null || this.#process.backlog > this.#limits.outgoing) return Promise.resolve();
    this.#process.write(JSON.stringify(message));
    return Promise.resolve();
  }

  /** Only the session is over: the program is ended by whoever runs it. */
  close(): Promise<void> {
    this.#end();
    return Promise.resolve();
  }

  post(message: JSONRPCRequest): PostResult {
    if (this.#process === null || this.#process.backlog > this.#limits.outgoing) return 'busy';
    const line = JSON.stringify(message);
    const { messageBytes } = this.#limits;
    if (line.length * BYTES_PER_UNIT > messageBytes && Buffer.byteLength(line) > messageBytes)
      return 'too-large';
    this.#process.write(line);
    return 'sent';
  }

  withdraw(_id: number, cancelled: JSONRPCNotification): void {
    this.#process?.write(JSON.stringify(cancelled));
  }

  settled(): void {
    // Nothing is kept per request here.
  }

  line(text: string): void {
    if (text.trim() === '') return;
    let message: unknown;
    try {
      const first = text.trimStart().charCodeAt(0);
      // Only an object or a batch; anything else is not worth parsing.
      message = first === 0x7b || first === 0x5b ? JSON.parse(text) : null;
    } catch {
      message = null;
    }
    if (Array.isArray(message)) for (const one of message) this.#deliver(one, text);
    else this.#deliver(message, text);
  }

  overlong(head: string, tail: string, bytes: number): void {
    this.#log.add(
      'gatehouse',
      `A line of ${bytes} bytes on its stdout was longer than allowed and was dropped.`,
    );
    const id = /"id"\s*:\s*(\d{10})\b/.exec(head.slice(0, 256)) ?? /"id"\s*:\s*(\d{10})\s*\}\s*$/.exec(tail);
    const number = Number(id?.[1]);
    if (number >= FIRST_ID) this.onLost(number, 'too-large', 'The answer is longer than a message may be.');
    this.#countGarbage();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.onclose?.();
  }

  #deliver(message: unknown, text: string): void {
    try {
      if (isRecord(message) && this.#taken(message, text.length)) return;
    } catch {
      // No MCP message, or one that could not be dealt with. Whatever a line says, it is not the end of the host.
    }
    this.#reject(text);
  }

  #taken(message: Record<string, unknown>, length: number): boolean {
    // Each level takes two characters, so that most messages need not be walked.
    if (length > 2 * MAX_NESTING && nestsDeeper(message, MAX_NESTING)) {
      const { id } = message;
      if (typeof id === 'number' && id >= FIRST_ID) this.onLost(id, 'bad-message', TOO_DEEP);
      return false;
    }
    if (!this.intercept(message)) this.onmessage?.(parseJSONRPCMessage(message));
    return true;
  }

  #reject(text: string): void {
    this.#log.add('stdout', text);
    this.#countGarbage();
  }

  #countGarbage(): void {
    const now = Date.now();
    if (now - this.#garbage.since > this.#timings.garbageWindow) this.#garbage = { since: now, lines: 0 };
    this.#garbage.lines += 1;
    if (this.#garbage.lines === this.#limits.garbageLines) {
      const lines = this.#garbage.lines;
      this.#process?.silence();
      void this.#process?.stop(
        `It wrote ${lines} lines that are no MCP messages to its stdout and was ended.`,
      );
    }
  }
}
