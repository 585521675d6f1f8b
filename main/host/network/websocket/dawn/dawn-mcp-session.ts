import { RpcCode, rpcError, type ForeignError } from '../../../../../shared/errors.ts';
import { MAX_MESSAGE_BYTES } from '../../../../../shared/wire.ts';
import type { MessageChannel } from '../../index.ts';
import type { HeardAgent } from './agent-records.ts';
import type { DawnCalls } from './dawn-calls.ts';
import { fromDawn } from './dawn-errors.ts';
import { MCP_RESULTS } from './dawn-results.ts';
import { jsonIn, RpcId, RpcRequest, textOf, type Params } from './rpc.ts';

/** Revisions that a client may ask for; Dawn knows of none. */
const VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];
const MAX_IN_FLIGHT = 64;

export interface DawnMcpParts {
  /** The end at which the client's requests come out. */
  readonly channel: MessageChannel;
  readonly calls: DawnCalls;
  readonly nodeId: string;
  readonly heard: HeardAgent;
  ended(): void;
}

/** The server's end of an MCP session whose requests are carried out as Dawn's calls. */
export class DawnMcpSession {
  readonly #parts: DawnMcpParts;
  readonly #inFlight = new Map<RpcId, AbortController>();

  constructor(parts: DawnMcpParts) {
    this.#parts = parts;
    const { channel } = parts;
    channel.onClose = (): void => this.#ended();
    channel.onLine = (line): void => this.#read(line);
  }

  abort(error: Error): void {
    this.#parts.channel.abort(error);
  }

  #read(line: string): void {
    const request = RpcRequest.safeParse(jsonIn(line)).data;
    if (request === undefined) return;
    const { id, method } = request;
    const params = request.params ?? {};
    if (id === undefined || id === null) {
      if (method === 'notifications/cancelled') this.#cancel(params['requestId']);
      return;
    }
    if (method === 'initialize') this.#say(id, { result: this.#initialized(params) });
    else if (method === 'ping') this.#say(id, { result: {} });
    else if (!Object.hasOwn(MCP_RESULTS, method)) this.#say(id, { error: notKnown(method) });
    else if (this.#inFlight.size >= MAX_IN_FLIGHT || this.#inFlight.has(id))
      this.#say(id, { error: tooMany() });
    else void this.#call(id, method, params);
  }

  async #call(id: RpcId, method: string, params: Params): Promise<void> {
    const { calls, nodeId, heard } = this.#parts;
    const controller = new AbortController();
    this.#inFlight.set(id, controller);
    // Metadata of MCP, such as progress tokens, means nothing to Dawn.
    const passed = Object.fromEntries(Object.entries(params).filter(([name]) => name !== '_meta'));
    const answer = await calls.call(`${nodeId}:${heard.agent.name}/${method}`, passed, controller.signal);
    this.#inFlight.delete(id);
    // Cancelled: not answered (MCP 2025-11-25, Cancellation). Lost: the channel ends, which says it all.
    if (answer === null) return;
    if ('failure' in answer) {
      this.#say(id, { error: answer.failure });
      return;
    }
    if ('error' in answer) {
      this.#say(id, { error: fromDawn(answer.error) });
      return;
    }
    const result = MCP_RESULTS[method]?.(answer.result) ?? null;
    this.#say(id, result === null ? { error: notMcp(method) } : { result });
  }

  #initialized(params: Params): Params {
    const { agent, resources, prompts } = this.#parts.heard;
    const asked = params['protocolVersion'];
    return {
      protocolVersion: VERSIONS.find((version) => version === asked) ?? VERSIONS[0],
      capabilities: {
        tools: {},
        ...(resources ? { resources: {} } : {}),
        ...(prompts ? { prompts: {} } : {}),
      },
      serverInfo: { name: agent.name, version: agent.version },
    };
  }

  #cancel(id: unknown): void {
    const requestId = RpcId.safeParse(id).data;
    if (requestId !== undefined) this.#inFlight.get(requestId)?.abort();
  }

  #say(id: RpcId, answer: { result: Params } | { error: ForeignError }): void {
    const text = textOf({ jsonrpc: '2.0', id, ...answer });
    const fits = text !== null && Buffer.byteLength(text) <= MAX_MESSAGE_BYTES;
    this.#parts.channel.send(fits ? text : JSON.stringify({ jsonrpc: '2.0', id, error: notWritten() }));
  }

  #ended(): void {
    for (const controller of this.#inFlight.values()) controller.abort();
    this.#inFlight.clear();
    this.#parts.ended();
  }
}

const notKnown = (method: string): ForeignError =>
  rpcError(
    RpcCode.methodNotFound,
    'unknown-method',
    `Dawn nodes have no method ${method.slice(0, 100).toWellFormed()}.`,
  );

const tooMany = (): ForeignError =>
  rpcError(RpcCode.busy, 'too-many-calls', 'Too many calls at once. Wait for an answer first.');

const notMcp = (method: string): ForeignError =>
  rpcError(
    RpcCode.unavailable,
    'bad-message',
    `The Dawn node answered ${method} with something else than a result.`,
  );

const notWritten = (): ForeignError =>
  rpcError(RpcCode.internal, 'too-large', 'The answer of the Dawn node is too long, or nested too deeply.');
