import {
  SdkHttpError,
  StreamableHTTPClientTransport,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
  type TransportSendOptions,
} from '@modelcontextprotocol/client';
import { FIRST_ID, MAX_NESTING, TOO_DEEP, type AgentTransport, type PostResult } from './agent-transport.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { isRecord, nestsDeeper } from './json.ts';
import type { AgentLimits } from './limits.ts';
import { paramHeaders } from './param-headers.ts';

export interface HttpSource {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const PING_ID = 'gatehouse-ping';

type InnerSendOptions = NonNullable<Parameters<StreamableHTTPClientTransport['send']>[1]>;

/** Streamable HTTP (MCP specification, Transports): each request is a POST of its own. */
export class HttpTransport implements AgentTransport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: ((message: JSONRPCMessage) => void) | undefined;
  intercept: AgentTransport['intercept'] = () => false;
  onLost: AgentTransport['onLost'] = () => undefined;
  /** The server is no longer there, or no longer knows our session; told at most once. */
  onGone: (why: string) => void = () => undefined;
  /** The schemas of the tools as listed; some arguments are mirrored in headers. */
  schemaOf: (tool: string) => Record<string, unknown> | undefined = () => undefined;
  readonly hasPerRequestStream = true;

  readonly #inner: StreamableHTTPClientTransport;
  readonly #limits: AgentLimits;
  /** By id; only where closing the stream is what cancels (2026-07-28 and later). */
  readonly #open = new Map<number, AbortController>();
  #modern = false;
  #closed = false;
  #checking = false;

  constructor(source: HttpSource, limits: AgentLimits) {
    this.#limits = limits;
    this.#inner = new StreamableHTTPClientTransport(new URL(source.url), {
      requestInit: { headers: { ...source.headers } },
      fetch: boundedFetch(limits.messageBytes),
    });
    this.#inner.onclose = () => this.onclose?.();
    this.#inner.onerror = (error) => {
      this.onerror?.(error);
      // The SDK has given up on the stream of the server's own messages.
      if (error.message.startsWith('Maximum reconnection attempts'))
        this.onGone('Its event stream was lost.');
    };
    this.#inner.onmessage = (message) => {
      try {
        this.#deliver(message);
      } catch (error) {
        this.onerror?.(error instanceof Error ? error : new Error(String(error)));
      }
    };
  }

  get sessionId(): string | undefined {
    return this.#inner.sessionId;
  }

  setProtocolVersion(version: string): void {
    this.#modern = version >= '2026-07-28';
    this.#inner.setProtocolVersion(version);
  }

  start(): Promise<void> {
    return this.#inner.start();
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    const { requestSignal, onRequestStreamEnd, headers } = options ?? {};
    await this.#inner.send(message, {
      ...(requestSignal !== undefined && { requestSignal }),
      ...(onRequestStreamEnd !== undefined && { onRequestStreamEnd }),
      ...(headers !== undefined && { headers }),
    });
  }

  /** Tells the server that the session is over, then closes; at most a second. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.race([
      this.#inner.terminateSession().catch(() => undefined),
      new Promise((resolve) => {
        setTimeout(resolve, 1000).unref();
      }),
    ]);
    await this.#inner.close();
  }

  post(message: JSONRPCRequest): PostResult {
    const id = Number(message.id);
    if (Buffer.byteLength(JSON.stringify(message)) > this.#limits.messageBytes) return 'too-large';
    const options: InnerSendOptions = {
      onRequestStreamEnd: () => this.#lost(id, 'The agent closed the connection before it answered.'),
    };
    if (this.#modern) {
      const abort = new AbortController();
      this.#open.set(id, abort);
      options.requestSignal = abort.signal;
      options.headers = paramHeaders(message, this.schemaOf);
    }
    this.#inner.send(message, options).catch((error: unknown) => this.#failed(id, error));
    return 'sent';
  }

  withdraw(id: number, cancelled: JSONRPCNotification): void {
    const abort = this.#open.get(id);
    this.#open.delete(id);
    if (abort !== undefined) abort.abort();
    else this.#inner.send(cancelled).catch(() => undefined); // The request is settled; there is nobody to tell.
  }

  settled(id: number): void {
    this.#open.delete(id);
  }

  #deliver(message: JSONRPCMessage): void {
    if ('id' in message && message.id === PING_ID) return;
    if (nestsDeeper(message, MAX_NESTING)) {
      const id = 'id' in message ? Number(message.id) : 0;
      if (id >= FIRST_ID) this.onLost(id, 'bad-message', TOO_DEEP);
      throw new RangeError('A message that nests too deep was dropped.');
    }
    if (isRecord(message) && this.intercept(message)) return;
    this.onmessage?.(message);
  }

  #failed(id: number, error: unknown): void {
    const status = error instanceof SdkHttpError ? error.data.status : undefined;
    if (status === undefined) {
      this.#lost(id, 'The agent could not be reached, or its answer could not be read.');
      if (error instanceof TypeError) this.onGone('It can no longer be reached.');
      return;
    }
    this.#lost(id, `The agent answered with the HTTP status ${status}.`);
    if ((status === 404 || status === 400) && this.sessionId !== undefined) void this.#checkSession();
  }

  /** The fault may be that of one request. Where a plain ping fails alike, the server has forgotten our session. */
  async #checkSession(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    try {
      await this.#inner.send({ jsonrpc: '2.0', id: PING_ID, method: 'ping' });
    } catch {
      this.onGone('It no longer knows our session.');
    } finally {
      this.#checking = false;
    }
  }

  #lost(id: number, text: string): void {
    if (id >= FIRST_ID) this.onLost(id, 'broken', text);
  }
}
