import type { CallView } from '../../../shared/calls.ts';
import { rpcError, RpcCode, type ForeignError, type RpcError } from '../../../shared/errors.ts';
import type { AgentName } from '../../../shared/ids.ts';
import { COUNTERSIGNED_METHOD, RECEIPTS_CAPABILITY, REDEEM_METHOD } from '../../../shared/wire.ts';
import type { MessageChannel } from '../network/index.ts';
import { Answers } from './answers.ts';
import { tooDeep } from './call-answer.ts';
import { idInUse, tooManyCalls, unreadable, type CancelledBy } from './call-refusals.ts';
import { callTarget, isGated, LISTS, targetName } from './call-target.ts';
import { findTool } from './gate-question.ts';
import type { IncomingModules } from './index.ts';
import { readMessage, type MessageId, type NotificationMessage, type RequestMessage } from './mcp-message.ts';
import type { HeldBytes } from './outbox.ts';
import { DISCOVER_ERA, statedVersion } from './protocol-meta.ts';
import { SessionCalls, wants, type InFlight } from './session-calls.ts';
import { SessionLists } from './session-lists.ts';
import { StreamPulse } from './stream-pulse.ts';
import type { Strangers } from './strangers.ts';
import type { Tickets } from './tickets.ts';
import { discoverResult, initializeResult, WITHHELD, withExtensions } from './mcp-session-answers.ts';

/** Requests of one stream that are not answered yet. */
const MAX_IN_FLIGHT = 1024;
/** Messages that cannot be read before the stream is given up. */
const MAX_BAD_MESSAGES = 16;
/** Refused requests of a peer that is no contact before its stream is closed. */
const MAX_STRANGER_REQUESTS = 8;
/** How long a caller may take to read its last answers when the host stops. */
const STOP_TIMEOUT_MS = 2000;
/** When only its stream is closed from here: for so long it may read nothing, and so long for all of it. */
const PATIENCE_MS = 5000;
const CLOSE_TIMEOUT_MS = 60_000;
/** A peer that is no contact may keep a stream this long. */
const STRANGER_STREAM_MS = 60_000;

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
  readonly tickets: Tickets;
}

/** One stream of a peer to one agent: reads MCP requests, has each decided and run, and answers. */
export class IncomingSession {
  readonly agent: AgentName;
  readonly #channel: MessageChannel;
  readonly #answers: Answers;
  readonly #modules: IncomingModules;
  readonly #events: SessionEvents;
  readonly #strangers: Strangers;
  readonly #tickets: Tickets;
  readonly #inFlight = new Map<MessageId, InFlight>();
  readonly #calls: SessionCalls;
  readonly #lists: SessionLists;
  readonly #pulse: StreamPulse;
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
    this.#tickets = start.tickets;
    this.agent = start.agent;
    this.#modules = modules;
    this.#events = events;
    this.#pulse = new StreamPulse({
      ask: (id) => this.#answers.ask(id, 'ping'),
      dead: () => this.#channel.abort(new Error('The caller does not answer.')),
    });
    const stream = {
      channel: start.channel,
      agent: start.agent,
      answers: this.#answers,
      life: this.#pulse,
      inFlight: this.#inFlight,
      tickets: start.tickets,
      done: (id: MessageId) => this.#done(id),
      call: (view: CallView) => events.call(view),
    };
    this.#calls = new SessionCalls(stream, modules);
    this.#lists = new SessionLists(stream, modules);
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

  /** Ends what waits or runs, and tells its caller why. */
  cancelAll(by: CancelledBy): void {
    for (const request of [...this.#inFlight.values()]) request.cancel(by);
  }

  /** Tells what waits or runs that the host is stopping, and closes. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#stopping = true;
    this.cancelAll('stopping');
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
        // Nothing else is ever asked of the caller here than whether it is there.
        this.#pulse.heard(message.id);
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
      this.#refuse(request, bytes, unsupportedVersion(version));
    } else if (this.#inFlight.has(id)) {
      this.#refuse(request, bytes, idInUse());
    } else if (method === 'ping') {
      this.#answers.result(request, {});
    } else if (method === 'initialize') {
      this.#initialize(request);
    } else if (method === 'server/discover') {
      this.#answers.result(request, discoverResult(this.#description()));
    } else if (this.#inFlight.size >= MAX_IN_FLIGHT) {
      this.#refuse(request, bytes, tooManyCalls());
    } else if (LISTS.has(method)) {
      if (this.#stranger) this.#turnAway(id, null);
      else this.#lists.begin(request);
    } else if (isGated(method)) {
      this.#call(request, bytes);
    } else if (method === REDEEM_METHOD) {
      if (this.#stranger) this.#turnAway(id, null);
      else this.#calls.redeem(request, bytes);
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

  /** As it came. What would pass the gate, or is about such a call, is refused on record. */
  #refuse(request: RequestMessage, bytes: number, error: ForeignError): void {
    const { id, method } = request;
    if (!isGated(method) && method !== REDEEM_METHOD) this.#answers.error(id, error);
    else if (this.#stranger) this.#turnAway(id, targetName(method, request.params));
    else this.#calls.refuse(request, bytes, error);
  }

  #description(): NonNullable<ReturnType<IncomingModules['agents']['description']>> {
    return (this.#stranger ? null : this.#modules.agents.description(this.agent)) ?? WITHHELD;
  }

  #initialize(request: RequestMessage): void {
    this.#initialized = true;
    const result = initializeResult(this.#description(), request.params);
    // Whoever is no contact, or speaks in plain text, is promised nothing that outlasts its stream.
    if (this.#stranger || this.#channel.path === 'legacy') {
      this.#answers.result(request, result);
      return;
    }
    const { peerId } = this.#channel;
    if (wants(request, RECEIPTS_CAPABILITY)) {
      this.#calls.signWith((name, params) => this.#answers.notify(name, params));
    }
    this.#answers.result(request, withExtensions(result, this.#tickets.of(peerId).epoch));
  }

  #call(request: RequestMessage, bytes: number): void {
    const { id, method, params } = request;
    const name = targetName(method, params);
    const tool = name !== null && method === 'tools/call' ? findTool(this.#modules, this.agent, name) : null;
    const target = name === null ? null : callTarget(method, name, params, tool);
    if (name === null || target === null) {
      this.#refuse(request, bytes, unreadable(method, name !== null));
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
    this.#calls.begin(request, target, bytes, stranger);
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
    if (method === COUNTERSIGNED_METHOD) this.#calls.countersigned(params);
    if (method !== 'notifications/cancelled') return;
    const id = params?.['requestId'];
    if (typeof id !== 'string' && typeof id !== 'number') return;
    this.#inFlight.get(id)?.cancel('caller');
  }

  #ended(): void {
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#timer);
    this.#answers.end();
    this.#pulse.ended();
    for (const request of [...this.#inFlight.values()]) request.lost();
    this.#calls.close();
    this.#events.ended();
    this.#closed.resolve();
  }
}

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
