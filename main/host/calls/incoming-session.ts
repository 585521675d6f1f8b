import type { CallView } from '../../../shared/calls.ts';
import { rpcError, RpcCode, type ForeignError, type RpcError } from '../../../shared/errors.ts';
import type { AgentName } from '../../../shared/ids.ts';
import type { MessageChannel } from '../network/index.ts';
import { Answers, tooDeep } from './answers.ts';
import { callTarget, isGated, LISTS, targetName } from './call-target.ts';
import { findTool, IncomingCall, reasonFor, type CallEnd, type CancelledBy } from './incoming-call.ts';
import type { IncomingModules } from './index.ts';
import {
  progressTokenOf,
  readMessage,
  type MessageId,
  type NotificationMessage,
  type Params,
  type RequestMessage,
} from './mcp-message.ts';
import type { HeldBytes } from './outbox.ts';
import { DISCOVER_ERA, passedMeta, statedVersion } from './protocol-meta.ts';
import type { Strangers } from './strangers.ts';
import { discoverResult, initializeResult, WITHHELD } from './mcp-session-answers.ts';

/** Requests of one stream that are not answered yet. */
const MAX_IN_FLIGHT = 1024;
/** Messages that cannot be read before the stream is given up. */
const MAX_BAD_MESSAGES = 16;
/** Refused requests of a peer that is no contact before its stream is closed. */
const MAX_STRANGER_REQUESTS = 8;
/** Lists that the agent is asked for at once on one stream. */
const MAX_LISTS_IN_FLIGHT = 16;
/** How long a caller may take to read its last answers when the host stops. */
const STOP_TIMEOUT_MS = 2000;
/** When only its stream is closed from here: for so long it may read nothing, and so long for all of it. */
const PATIENCE_MS = 5000;
const CLOSE_TIMEOUT_MS = 60_000;
/** A peer that is no contact may keep a stream this long. */
const STRANGER_STREAM_MS = 60_000;
/** Lists are answered by the agent in this time, or not at all. */
const LIST_TIMEOUT_MS = 30_000;

export interface SessionEvents {
  call(call: CallView): void;
  ended(): void;
}

export interface SessionStart {
  readonly channel: MessageChannel;
  readonly agent: AgentName;
  /** What is held for this peer over all its streams. */
  readonly held: HeldBytes;
  readonly strangers: Strangers;
}

/** One stream of a peer to one agent: reads MCP requests, has each decided and run, and answers. */
export class IncomingSession {
  readonly agent: AgentName;
  readonly #channel: MessageChannel;
  readonly #answers: Answers;
  readonly #modules: IncomingModules;
  readonly #events: SessionEvents;
  readonly #strangers: Strangers;
  readonly #inFlight = new Map<MessageId, { cancel(by: CancelledBy): void }>();
  #lists = 0;
  /** The stream was opened with `initialize`; only then are changes of lists told unasked. */
  #initialized = false;
  readonly #closed = Promise.withResolvers<void>();
  #badMessages = 0;
  #strangerRequests = 0;
  #open = true;
  #givenUp = false;
  #stopping = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(start: SessionStart, modules: IncomingModules, events: SessionEvents) {
    this.#channel = start.channel;
    this.#answers = new Answers(start.channel, start.held);
    this.#strangers = start.strangers;
    this.agent = start.agent;
    this.#modules = modules;
    this.#events = events;
  }

  start(): void {
    this.#answers.onEmpty = (): void => this.#said();
    this.#channel.busy = (): boolean => !this.#idle;
    if (this.#stranger) {
      this.#timer = setTimeout(() => {
        if (this.#stranger) this.#giveUp();
      }, STRANGER_STREAM_MS);
      this.#timer.unref();
    }
    this.#channel.onClose = (): void => this.#ended();
    this.#channel.onLine = (line): void => this.#read(line);
  }

  /** Tells what waits or runs that the host is stopping, and closes. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#stopping = true;
    this.#cancelAll('stopping');
    this.#giveUp();
    this.#abortAfter(STOP_TIMEOUT_MS);
    await this.#closed.promise;
  }

  listChanged(list: string): void {
    if (this.#initialized && !this.#stranger)
      this.#answers.notify(`notifications/${list}/list_changed`, undefined);
  }

  get #stranger(): boolean {
    return this.#modules.peers.trust(this.#channel.peerId) === 'unknown';
  }

  #read(line: string): void {
    if (this.#givenUp) return;
    const message = readMessage(line);
    switch (message.kind) {
      case 'request':
        try {
          this.#request(message, Buffer.byteLength(line));
        } catch {
          // Such as a message nested so deeply that it cannot be written down again.
          this.#answers.error(message.id, tooDeep());
        }
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
        this.#answers.error(message.id, rpcError(code, message.reason, text));
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
    const version = statedVersion(params);
    if (version !== null && version !== DISCOVER_ERA) {
      this.#answers.error(id, unsupportedVersion(version));
    } else if (this.#inFlight.has(id)) {
      this.#answers.error(
        id,
        rpcError(RpcCode.invalidRequest, 'bad-message', 'This id is in use by a running request.'),
      );
    } else if (method === 'ping') {
      this.#answers.result(request, {});
    } else if (method === 'initialize') {
      this.#initialized = true;
      this.#answers.result(request, initializeResult(this.#description(), params));
    } else if (method === 'server/discover') {
      this.#answers.result(request, discoverResult(this.#description()));
    } else if (this.#inFlight.size >= MAX_IN_FLIGHT) {
      this.#answers.error(
        id,
        rpcError(RpcCode.busy, 'too-many-calls', 'Too many calls at once. Wait for an answer first.'),
      );
    } else if (LISTS.has(method)) {
      this.#list(request);
    } else if (isGated(method)) {
      this.#call(request, bytes);
    } else {
      this.#answers.error(
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
    if (this.#lists >= MAX_LISTS_IN_FLIGHT) {
      this.#answers.error(
        id,
        rpcError(RpcCode.busy, 'too-many-calls', 'Too many lists at once. Wait for one first.'),
      );
      return;
    }
    let cancelled = false;
    const sent = { method, params: listParams(params), timeoutMs: LIST_TIMEOUT_MS };
    const running = this.#modules.agents.request(this.agent, sent);
    this.#lists += 1;
    this.#inFlight.set(id, {
      cancel: (by) => {
        cancelled = by !== 'stopping';
        running.cancel(reasonFor(by));
      },
    });
    void running.answer.then((answer) => {
      this.#lists -= 1;
      this.#done(id);
      if (cancelled) return;
      if ('error' in answer) this.#answers.error(id, answer.error);
      else this.#answers.result(request, answer.result);
    });
  }

  #call(request: RequestMessage, bytes: number): void {
    const { id, method, params } = request;
    const name = targetName(method, params);
    const tool = name !== null && method === 'tools/call' ? findTool(this.#modules, this.agent, name) : null;
    const target = name === null ? null : callTarget(method, name, params, tool);
    if (name === null || target === null) {
      const text = name === null ? 'names nothing to use' : 'has arguments that are not an object';
      this.#answers.error(id, rpcError(RpcCode.invalidParams, 'bad-message', `${method} ${text}.`));
      return;
    }
    const stranger = this.#stranger;
    if (stranger) {
      const recorded = this.#strangers.mayRecord(this.#channel.peerId);
      if (this.#strangerRequests >= MAX_STRANGER_REQUESTS - 1 || !recorded) {
        this.#turnAway(id, name);
        return;
      }
    }
    const call = new IncomingCall(
      { request, target, bytes, channel: this.#channel, agent: this.agent, keepBodies: !stranger },
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
    this.#answers.error(id, strangerError());
    this.#strangerRequests += 1;
    const mayGoOn = this.#strangers.mayAsk(this.#channel.peerId);
    if (!mayGoOn || this.#strangerRequests >= MAX_STRANGER_REQUESTS) this.#giveUp();
  }

  #end(request: RequestMessage, end: CallEnd | null): void {
    if (end === null) {
      // The caller itself cancelled: no answer (MCP 2025-11-25, Cancellation).
    } else if ('error' in end) this.#answers.error(request.id, end.error);
    else this.#answers.result(request, end.result, end.json);
    this.#done(request.id);
  }

  #done(id: MessageId): void {
    this.#inFlight.delete(id);
    // After this turn, so that an answer which is being written goes first.
    if (this.#inFlight.size === 0) queueMicrotask(() => this.#said());
  }

  /** Nothing is under way, and nothing is held back for a caller that reads slowly. */
  get #idle(): boolean {
    return this.#inFlight.size === 0 && this.#answers.isEmpty;
  }

  #said(): void {
    if (!this.#open || !this.#idle) return;
    this.#channel.onIdle?.();
    this.#closeWhenSaid();
  }

  /** Reads no more; closes once what was asked before is answered. */
  #giveUp(): void {
    if (this.#givenUp) return;
    this.#givenUp = true;
    this.#abortAfter(PATIENCE_MS, performance.now() + CLOSE_TIMEOUT_MS);
    this.#closeWhenSaid();
  }

  /** Waits again as long as the caller goes on reading, until `end`. */
  #abortAfter(ms: number, end = 0): void {
    const { readings } = this.#answers;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#answers.readings > readings && performance.now() < end) this.#abortAfter(ms, end);
      else this.#channel.abort(new Error('The caller does not read.'));
    }, ms);
  }

  #closeWhenSaid(): void {
    if (!this.#givenUp || !this.#idle) return;
    // From here on the channel has a deadline of its own.
    if (!this.#stopping) clearTimeout(this.#timer);
    void this.#channel.close();
  }

  #notified({ method, params }: NotificationMessage): void {
    if (method !== 'notifications/cancelled') return;
    const id = params?.['requestId'];
    if (typeof id !== 'string' && typeof id !== 'number') return;
    this.#inFlight.get(id)?.cancel('caller');
  }

  #progress(params: Params | undefined, progress: Params): void {
    const progressToken = progressTokenOf(params);
    if (progressToken !== null)
      this.#answers.notify('notifications/progress', { ...progress, progressToken });
  }

  #ended(): void {
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#timer);
    this.#answers.end();
    this.#cancelAll('gone');
    this.#events.ended();
    this.#closed.resolve();
  }

  #cancelAll(by: CancelledBy): void {
    for (const call of [...this.#inFlight.values()]) call.cancel(by);
  }
}

/** Of a list's parameters only the place to go on from, and the protocol's own metadata. */
const listParams = (params: Params | undefined): Params => {
  const cursor = params?.['cursor'];
  return { ...(typeof cursor === 'string' ? { cursor } : {}), ...passedMeta(params?.['_meta']) };
};

/** MCP 2026-07-28: error -32022, with the versions that are served. */
const unsupportedVersion = (requested: string): ForeignError => ({
  code: -32022,
  message: `This host does not speak MCP ${requested.slice(0, 50)}.`,
  data: { requested: requested.slice(0, 50), supported: [DISCOVER_ERA] },
});

export const strangerError = (): RpcError =>
  rpcError(
    RpcCode.denied,
    'unknown-peer',
    'You are not a contact of this host. Its person has been told of you; try again once they have accepted you.',
  );
