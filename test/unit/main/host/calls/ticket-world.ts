import { EventEmitter } from 'node:events';
import {
  createIncoming,
  createOutgoing,
  type Incoming,
  type IncomingModules,
  type Outgoing,
  type OutgoingModules,
} from '../../../../../main/host/calls/index.ts';
import type { AgentAnswer, AgentRequest } from '../../../../../main/host/agents/index.ts';
import type { GateOutcome, GateQuestion, ReviewOutcome } from '../../../../../main/host/gate/index.ts';
import {
  inMemoryChannels,
  type InMemoryChannel,
} from '../../../../../main/host/network/channels/in-memory-channel.ts';
import { NetworkError } from '../../../../../main/host/network/index.ts';
import type { CallView } from '../../../../../shared/calls.ts';
import { AgentName, CallId, PeerId } from '../../../../../shared/ids.ts';
import type { Path, Trust } from '../../../../../shared/peers.ts';
import { noReceipts } from '../../../../fixtures/no-receipts.ts';

export const caller = PeerId.parse('12D3KooWMvPXYR7kkC1XSZzjFTyuTYGWE4bzTQbLbTt3jMdJFQe6');
export const other = PeerId.parse('12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5');
export const host = PeerId.parse('12D3KooWHFrmLWTTDD4NodngtRMEVYgxrsDMp4F9iSwYntZ9WjHa');
export const files = AgentName.parse('files');
export const notes = AgentName.parse('notes');

type Allowed = Extract<GateOutcome, { effect: 'allow' }>;

/** A question that waits for the test. */
export interface Asked {
  readonly question: GateQuestion;
  readonly settle: (outcome: GateOutcome) => void;
  readonly moveTo: (deadline: number) => void;
  isAway: boolean;
  cancelled: boolean;
}

/** A request that the agent works on until the test has it answer. */
export interface Worked {
  readonly request: AgentRequest;
  readonly answer: (answer: AgentAnswer) => void;
  /** What an agents room never does. */
  readonly fail: (cause: Error) => void;
  cancelled: string | null;
}

export interface Reviewed {
  readonly result: Record<string, unknown>;
  readonly settle: (outcome: ReviewOutcome) => void;
  isAway: boolean;
  cancelled: boolean;
}

/** What is recorded of the calls of one side. */
export class Records {
  readonly views = new Map<number, CallView>();
  readonly bodies = new Map<number, { request?: string; response?: string; edited?: string }>();
  readonly tickets = new Map<number, { ticket: string; epoch: string }>();
  /** Each writing throws. */
  breaks = false;
  #lastId = 0;
  readonly store = {
    nextId: () => CallId.parse((this.#lastId += 1)),
    healthy: () => true,
    put: (view: CallView, bodies?: object, done?: (problem: null) => void) => {
      if (this.breaks) throw new Error('the store is broken');
      this.views.set(view.id, view);
      this.bodies.set(view.id, { ...this.bodies.get(view.id), ...bodies });
      if (done !== undefined) setImmediate(() => done(null));
    },
    detail: (id: CallId) => {
      const view = this.views.get(id);
      const { request = null, response = null } = this.bodies.get(id) ?? {};
      const hashes = { requestHash: null, responseHash: null, edited: null };
      return view === undefined
        ? null
        : { ...view, request, response, ...hashes, masked: false, receipt: 'none' };
    },
    ticket: (id: CallId) => this.tickets.get(id) ?? null,
    setTicket: (id: CallId, ticket: { ticket: string; epoch: string } | null) => {
      if (ticket === null) this.tickets.delete(id);
      else this.tickets.set(id, ticket);
    },
  };

  get last(): CallView {
    const last = [...this.views.values()].at(-1);
    if (last === undefined) throw new Error('nothing was recorded');
    return last;
  }
}

/** A host and a caller in one process, with streams between them that the test can cut; the test is gate and agent. */
export class TicketWorld {
  /** `ask` waits for the test; others are decided at once. */
  gate: 'ask' | 'allow' | 'allow-and-review' = 'allow';
  trust: Trust = 'known';
  path: Path = 'lan';
  /** Until when the caller's budget is used up. */
  pausedUntil: number | null = null;
  /** What stands in the way of a new stream. */
  unreachable = 0;
  readonly asked: Asked[] = [];
  readonly worked: Worked[] = [];
  readonly reviewed: Reviewed[] = [];
  readonly used: { bytes: number; seconds: number }[] = [];
  readonly paused: { peerId: PeerId; until: number }[] = [];
  readonly theirs = new Records();
  readonly ours = new Records();
  /** Live news of the host's calls, and of the caller's. */
  readonly hostCalls: CallView[] = [];
  readonly callerCalls: CallView[] = [];
  readonly streams: { readonly near: InMemoryChannel; readonly far: InMemoryChannel }[] = [];
  readonly peers = Object.assign(new EventEmitter(), {
    trust: () => this.trust,
    noteRequest: () => undefined,
  });
  incoming: Incoming;
  outgoing: Outgoing;
  #news: (() => void)[] = [];

  constructor() {
    this.incoming = this.#newIncoming();
    this.outgoing = this.#newOutgoing();
  }

  /** Resolves once `find` finds something, looked for whenever anything has happened. */
  async until<T>(find: () => T | undefined | null | false): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined && found !== null && found !== false) return found;
      await new Promise<void>((resolve) => this.#news.push(resolve));
    }
  }

  call(
    args: Record<string, unknown> = {},
    signal?: AbortSignal,
    agent = files,
  ): Promise<Record<string, unknown>> {
    const done = this.outgoing.call({ peerId: host, agent, tool: 'write', arguments: args }, signal);
    done.catch(() => undefined);
    return done;
  }

  /** A stream of a peer that writes what the test says. */
  open(peerId: PeerId = caller, agent = files): RawCaller {
    const [near, far] = inMemoryChannels({ peerId, path: this.path, transport: 'tcp' });
    const accepted = this.incoming.accept(peerId, agent);
    if ('error' in accepted) throw new Error(accepted.error.message);
    accepted.take(far);
    return new RawCaller(near);
  }

  /** Breaks the newest stream between the two. */
  cut(): void {
    this.streams.at(-1)?.near.abort(new NetworkError('LINK_LOST', 'cut'));
  }

  /** The host starts anew, and knows nothing. */
  async restartHost(): Promise<void> {
    await this.incoming.stop();
    this.incoming = this.#newIncoming();
  }

  async restartCaller(): Promise<void> {
    await this.outgoing.stop();
    this.outgoing = this.#newOutgoing();
  }

  allow(change: Partial<Allowed> & { readonly question: GateQuestion }): Allowed {
    const { question, ...rest } = change;
    return {
      effect: 'allow',
      decision: { effect: 'allow', by: 'person', ruleId: null },
      args: question.args,
      edited: false,
      review: false,
      used: (bytes, seconds) => this.used.push({ bytes, seconds }),
      check: () => null,
      ...rest,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.outgoing.stop();
    await this.incoming.stop();
  }

  #tell(): void {
    // In a later turn, when all that follows at once has happened.
    setImmediate(() => {
      const news = this.#news;
      this.#news = [];
      for (const wake of news) wake();
    });
  }

  #newIncoming(): Incoming {
    const agents = Object.assign(new EventEmitter(), {
      has: () => true,
      description: () => ({
        serverInfo: { name: 'files', version: '1' },
        capabilities: { tools: {} },
        instructions: undefined,
      }),
      sourceDigest: () => 'source',
      bodies: () => null,
      definition: () => null,
      tools: () => [{ name: 'write', pin: 'a'.repeat(64), annotations: {} }],
      request: (_agent: AgentName, request: AgentRequest) => {
        const { promise, resolve, reject } = Promise.withResolvers<AgentAnswer>();
        const worked: Worked = { request, answer: resolve, fail: reject, cancelled: null };
        this.worked.push(worked);
        this.#tell();
        return { answer: promise, cancel: (reason: string) => (worked.cancelled = reason) };
      },
    });
    const modules = {
      agents,
      gate: {
        decide: (question: GateQuestion) => this.#decide(question),
        review: this.#review,
        budgetOf: () => ({ pausedUntil: this.pausedUntil }),
      },
      peers: this.peers,
      calls: this.theirs.store,
      receipts: noReceipts,
      settings: () => ({ executionSeconds: 60 }),
    } as unknown as IncomingModules;
    const incoming = createIncoming(modules);
    incoming.on('call', (view) => {
      this.hostCalls.push(view);
      this.#tell();
    });
    return incoming;
  }

  #newOutgoing(): Outgoing {
    const modules = {
      network: {
        openMcp: async (_peer: PeerId, agent: AgentName) => {
          if (this.unreachable > 0) {
            this.unreachable -= 1;
            this.#tell();
            throw new NetworkError('UNREACHABLE', 'There is no link.');
          }
          const [near, far] = inMemoryChannels({ peerId: host, path: this.path, transport: 'tcp' });
          Object.assign(far, { peerId: caller });
          const accepted = this.incoming.accept(caller, agent);
          if ('error' in accepted) throw new NetworkError('REFUSED', accepted.error.message);
          accepted.take(far);
          this.streams.push({ near, far });
          return near;
        },
      },
      calls: this.ours.store,
      gate: { decide: () => ({}) },
      peers: {
        trust: () => 'known',
        notePaused: (peerId: PeerId, until: number) => this.paused.push({ peerId, until }),
      },
      receipts: noReceipts,
    } as unknown as OutgoingModules;
    const outgoing = createOutgoing(modules);
    outgoing.on('call', (view) => {
      this.callerCalls.push(view);
      this.#tell();
    });
    return outgoing;
  }

  #decide(question: GateQuestion) {
    if (this.gate !== 'ask') {
      const review = this.gate === 'allow-and-review';
      const decision = { effect: 'allow', by: 'rule', ruleId: null } as const;
      return { kind: 'decided', outcome: this.allow({ question, review, decision }) };
    }
    const { promise, resolve } = Promise.withResolvers<GateOutcome>();
    const verdict = {
      kind: 'waiting',
      deadline: Date.now() + 300_000,
      outcome: promise,
      cancel: () => (asked.cancelled = true),
      away: (isAway: boolean) => (asked.isAway = isAway),
      onDeadline: null as ((deadline: number) => void) | null,
    };
    const asked: Asked = {
      question,
      settle: resolve,
      moveTo: (deadline) => verdict.onDeadline?.(deadline),
      isAway: false,
      cancelled: false,
    };
    this.asked.push(asked);
    this.#tell();
    return verdict;
  }

  readonly #review = ({ result }: { result: Record<string, unknown> }) => {
    const { promise, resolve } = Promise.withResolvers<ReviewOutcome>();
    const reviewed: Reviewed = { result, settle: resolve, isAway: false, cancelled: false };
    this.reviewed.push(reviewed);
    this.#tell();
    return {
      deadline: Date.now() + 300_000,
      outcome: promise,
      cancel: () => (reviewed.cancelled = true),
      away: (isAway: boolean) => (reviewed.isAway = isAway),
    };
  };
}

interface Line {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { code: number; message: string; data?: Record<string, unknown> };
}

/** The other end of a stream, one line at a time. */
export class RawCaller {
  readonly lines: Line[] = [];
  /** Answers questions whether it is there. */
  isThere = true;
  readonly #channel: InMemoryChannel;
  #wakes: (() => void)[] = [];

  constructor(channel: InMemoryChannel) {
    this.#channel = channel;
    channel.onClose = () => undefined;
    channel.onLine = (text) => {
      const line = JSON.parse(text) as Line;
      if (line.method === 'ping' && this.isThere) this.send({ id: line.id, result: {} });
      this.lines.push(line);
      const wakes = this.#wakes;
      this.#wakes = [];
      for (const wake of wakes) wake();
    };
  }

  send(message: object): void {
    this.sendText(JSON.stringify({ jsonrpc: '2.0', ...message }));
  }

  sendText(line: string): void {
    this.#channel.send(line);
  }

  call(id: string | number, ticket: string | null, name = 'write'): void {
    const meta = { progressToken: id, ...(ticket === null ? {} : { 'app.gatehouse/ticket': ticket }) };
    this.send({ id, method: 'tools/call', params: { name, arguments: {}, _meta: meta } });
  }

  redeem(id: string | number, ticket: string, more: object = {}): void {
    const params = { ticket, ...more, _meta: { progressToken: id } };
    this.send({ id, method: 'gatehouse/redeem', params });
  }

  async epoch(): Promise<string> {
    this.send({
      id: 'init',
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {} },
    });
    const { result } = await this.answer('init');
    const capabilities = result?.['capabilities'] as { experimental?: Record<string, { epoch: string }> };
    return capabilities.experimental?.['app.gatehouse/tickets']?.epoch ?? '';
  }

  /** The first line that fits, which is waited for. */
  async heard(fits: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const line = this.lines.find(fits);
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => this.#wakes.push(resolve));
    }
  }

  answer(id: unknown): Promise<Line> {
    return this.heard((line) => line.id === id && line.method === undefined);
  }

  cut(): void {
    this.#channel.abort(new NetworkError('LINK_LOST', 'cut'));
  }
}

export const done = (text: string): AgentAnswer => ({ result: { content: [{ type: 'text', text }] } });
export const ticketOf = (letter: string): string => letter.repeat(22);
