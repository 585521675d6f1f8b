import type { CallView } from '../../../shared/calls.ts';
import { reasonOf, rpcError, RpcCode, type ForeignError, type RpcError } from '../../../shared/errors.ts';
import type { AgentName } from '../../../shared/ids.ts';
import { MAX_MESSAGE_BYTES } from '../../../shared/wire.ts';
import type { MessageChannel } from '../network/index.ts';
import { callTarget, isGated, LISTS, targetName } from './call-target.ts';
import { findTool, IncomingCall, type CallEnd } from './incoming-call.ts';
import type { IncomingModules } from './index.ts';
import {
  progressTokenOf,
  readMessage,
  writeError,
  writeNotification,
  writeResult,
  type MessageId,
  type NotificationMessage,
  type Params,
  type RequestMessage,
} from './mcp-message.ts';
import { Outbox } from './outbox.ts';
import { discoverResult, forCallersEra, initializeResult, WITHHELD } from './mcp-session-answers.ts';

/** Requests of one stream that are not answered yet. */
const MAX_IN_FLIGHT = 1024;
/** Messages that cannot be read before the stream is given up. */
const MAX_BAD_MESSAGES = 16;
/** Refused requests of a peer that is no contact before its stream is closed. */
const MAX_STRANGER_REQUESTS = 8;
/** Lists are answered by the agent in this time, or not at all. */
const LIST_TIMEOUT_MS = 30_000;

export interface SessionEvents {
  call(call: CallView): void;
  ended(): void;
}

/** One stream of a peer to one agent: reads MCP requests, has each decided and run, and answers. */
export class IncomingSession {
  readonly agent: AgentName;
  readonly #channel: MessageChannel;
  readonly #outbox: Outbox;
  readonly #modules: IncomingModules;
  readonly #events: SessionEvents;
  readonly #inFlight = new Map<MessageId, { cancel(reason: string): void }>();
  #badMessages = 0;
  #strangerRequests = 0;
  #open = true;
  #givenUp = false;

  constructor(channel: MessageChannel, agent: AgentName, modules: IncomingModules, events: SessionEvents) {
    this.#channel = channel;
    this.#outbox = new Outbox(channel);
    this.agent = agent;
    this.#modules = modules;
    this.#events = events;
  }

  start(): void {
    this.#channel.onClose = (): void => this.#ended();
    this.#channel.onLine = (line): void => this.#read(line);
  }

  async close(): Promise<void> {
    this.#cancelAll('The host is stopping.');
    await this.#channel.close();
  }

  listChanged(list: string): void {
    if (!this.#stranger) this.#tell(writeNotification(`notifications/${list}/list_changed`, undefined));
  }

  get #stranger(): boolean {
    return this.#modules.peers.trust(this.#channel.peerId) === 'unknown';
  }

  #read(line: string): void {
    if (this.#givenUp) return;
    const message = readMessage(line);
    switch (message.kind) {
      case 'request':
        this.#request(message, Buffer.byteLength(line));
        return;
      case 'notification':
        this.#notified(message);
        return;
      case 'answer':
        // Nothing is ever asked of the caller here, so there is nothing it could answer.
        return;
      case 'bad': {
        const code = message.reason === 'bad-json' ? RpcCode.parse : RpcCode.invalidRequest;
        const text =
          message.reason === 'bad-json' ? 'This line is not JSON.' : 'This is not a JSON-RPC 2.0 message.';
        this.#send(writeError(message.id, rpcError(code, message.reason, text)));
        this.#badMessages += 1;
        if (this.#badMessages >= MAX_BAD_MESSAGES) this.#giveUp();
        return;
      }
      default:
        message satisfies never;
    }
  }

  #request(request: RequestMessage, bytes: number): void {
    const { id, method, params } = request;
    if (this.#inFlight.has(id)) {
      this.#refuse(
        id,
        rpcError(RpcCode.invalidRequest, 'bad-message', 'This id is in use by a running request.'),
      );
    } else if (method === 'ping') {
      this.#answer(request, {});
    } else if (method === 'initialize') {
      this.#answer(request, initializeResult(this.#description(), params));
    } else if (method === 'server/discover') {
      this.#answer(request, discoverResult(this.#description()));
    } else if (this.#inFlight.size >= MAX_IN_FLIGHT) {
      this.#refuse(
        id,
        rpcError(RpcCode.busy, 'too-many-calls', 'Too many calls at once. Wait for an answer first.'),
      );
    } else if (LISTS.has(method)) {
      this.#list(request);
    } else if (isGated(method)) {
      this.#call(request, bytes);
    } else {
      this.#refuse(
        id,
        rpcError(
          RpcCode.methodNotFound,
          'unknown-method',
          `The method ${method} is not offered across the network.`,
        ),
      );
    }
  }

  #description(): NonNullable<ReturnType<IncomingModules['agents']['description']>> {
    return (this.#stranger ? null : this.#modules.agents.description(this.agent)) ?? WITHHELD;
  }

  #list(request: RequestMessage): void {
    const { id, method, params } = request;
    if (this.#stranger) {
      this.#turnAway(id, null);
      return;
    }
    const running = this.#modules.agents.request(this.agent, { method, params, timeoutMs: LIST_TIMEOUT_MS });
    this.#inFlight.set(id, { cancel: (reason) => running.cancel(reason) });
    void running.answer.then((answer) => {
      this.#inFlight.delete(id);
      if ('error' in answer) this.#refuse(id, answer.error);
      else this.#answer(request, answer.result);
    });
  }

  #call(request: RequestMessage, bytes: number): void {
    const { id, method, params } = request;
    const name = targetName(method, params);
    const tool = name !== null && method === 'tools/call' ? findTool(this.#modules, this.agent, name) : null;
    const target = name === null ? null : callTarget(method, name, params, tool);
    if (name === null || target === null) {
      const text = name === null ? 'names nothing to use' : 'has arguments that are not an object';
      this.#refuse(id, rpcError(RpcCode.invalidParams, 'bad-message', `${method} ${text}.`));
      return;
    }
    const stranger = this.#stranger;
    if (stranger && this.#strangerRequests >= MAX_STRANGER_REQUESTS - 1) {
      this.#turnAway(id, name);
      return;
    }
    const call = new IncomingCall(
      { request, target, bytes, channel: this.#channel, agent: this.agent },
      this.#modules,
      {
        changed: (view) => this.#events.call(view),
        progress: (progress) => this.#progress(params, progress),
        end: (end) => this.#end(request, end),
      },
    );
    this.#inFlight.set(id, call);
    call.start();
    if (stranger) {
      this.#strangerRequests += 1;
      this.#modules.peers.noteRequest(this.#channel.peerId, { agent: this.agent, tool: name });
    }
  }

  /** Refuses a peer that is no contact, and gives its stream up when it goes on asking. */
  #turnAway(id: MessageId, tool: string | null): void {
    this.#modules.peers.noteRequest(this.#channel.peerId, { agent: this.agent, tool });
    this.#refuse(id, strangerError());
    this.#strangerRequests += 1;
    if (this.#strangerRequests >= MAX_STRANGER_REQUESTS) this.#giveUp();
  }

  #end(request: RequestMessage, end: CallEnd): void {
    this.#inFlight.delete(request.id);
    if (!('error' in end)) this.#answer(request, end.result, end.json);
    else if (reasonOf(end.error) !== 'cancelled') this.#refuse(request.id, end.error);
    if (this.#givenUp && this.#inFlight.size === 0) void this.#channel.close();
  }

  /** Reads no more; closes once what was asked before is answered. */
  #giveUp(): void {
    this.#givenUp = true;
    if (this.#inFlight.size === 0) void this.#channel.close();
  }

  #notified({ method, params }: NotificationMessage): void {
    if (method !== 'notifications/cancelled') return;
    const id = params?.['requestId'];
    if (typeof id !== 'string' && typeof id !== 'number') return;
    this.#inFlight.get(id)?.cancel('The caller cancelled it.');
  }

  #progress(params: Params | undefined, progress: Params): void {
    const progressToken = progressTokenOf(params);
    if (progressToken !== null)
      this.#tell(writeNotification('notifications/progress', { ...progress, progressToken }));
  }

  #answer({ id, method, params }: RequestMessage, result: Params, json?: string): void {
    const completed = forCallersEra(method, params, result);
    const text = completed === result && json !== undefined ? json : JSON.stringify(completed);
    const line = writeResult(id, text);
    const bytes = Buffer.byteLength(line);
    if (bytes > MAX_MESSAGE_BYTES) {
      this.#refuse(
        id,
        rpcError(RpcCode.internal, 'too-large', 'The answer is longer than a message may be.', { bytes }),
      );
    } else if (this.#open && !this.#outbox.answer(line, bytes)) {
      // Small enough to be held even now: there are at most as many as requests in flight.
      this.#refuse(
        id,
        rpcError(RpcCode.busy, 'too-large', 'Too many answers wait to be read; this one was dropped.'),
      );
    }
  }

  #refuse(id: MessageId, error: ForeignError): void {
    this.#send(writeError(id, error));
  }

  #tell(line: string): void {
    if (this.#open) this.#outbox.tell(line);
  }

  #send(line: string): void {
    if (this.#open) this.#outbox.answer(line, Buffer.byteLength(line));
  }

  #ended(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#outbox.clear();
    this.#cancelAll('The caller is gone.');
    this.#events.ended();
  }

  #cancelAll(reason: string): void {
    for (const call of [...this.#inFlight.values()]) call.cancel(reason);
  }
}

export const strangerError = (): RpcError =>
  rpcError(
    RpcCode.denied,
    'unknown-peer',
    'You are not a contact of this host. Its person has been told of you; try again once they have accepted you.',
  );
