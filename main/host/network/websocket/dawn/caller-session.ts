import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { RpcCode, rpcError, type ForeignError } from '../../../../../shared/errors.ts';
import { AgentName } from '../../../../../shared/ids.ts';
import { inMemoryChannels } from '../../channels/in-memory-channel.ts';
import type { NetworkHandlers } from '../../index.ts';
import type { DawnCaller } from '../dawn-methods.ts';
import { AgentSession, type RunningRequest } from './agent-session.ts';
import { MAX_LISTED, schemasOf } from './agent-records.ts';
import { chatCall, chatText, type ChatCall } from './chat-message.ts';
import { KeptCalls, type KeptCallsOptions } from './kept-calls.ts';
import { isRecord, type Params, type RpcAnswer } from './rpc.ts';

/** When a caller that is turned away because the connection is given up may try again, in seconds. */
const GOING_AWAY_RETRY_S = 60;
/** Agents that one connection may have sessions with. */
const MAX_AGENTS = 32;
/** Dawn's callers do not page: lists are put together here, and cut. */
const MAX_PAGES = 20;

/** How long a description of all agents waits for their schemas, and how long those count, in ms. */
const SCHEMAS_TIMEOUT_MS = 2000;
const SCHEMAS_KEPT_MS = 60_000;
/** Agents whose schemas are asked for, so that there is room for sessions with others. */
const MAX_DESCRIBED = 16;

/** Lists, with the field that they are in. */
const LISTS: Readonly<Record<string, string>> = {
  'tools/list': 'tools',
  'resources/list': 'resources',
  'prompts/list': 'prompts',
};
/** Calls, with the parameters that they have; nothing else of what a caller sends is passed on. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  'tools/call': ['name', 'arguments'],
  'resources/read': ['uri'],
  'prompts/get': ['name', 'arguments'],
};
const CHAT = 'chat/message';

/** One connection of a Dawn-style caller: its sessions with our agents, and its calls. */
export class CallerSession {
  readonly #caller: Pick<DawnCaller, 'peerId' | 'connection'>;
  readonly #handlers: Pick<NetworkHandlers, 'mcp'>;
  readonly #sessions = new Map<AgentName, AgentSession>();
  readonly #calls: KeptCalls;
  readonly #lists: KeptCalls;
  readonly #schemas = new Map<
    AgentName,
    { readonly at: number; readonly known: ReadonlyMap<string, Params> }
  >();
  #closed = false;

  constructor(
    caller: Pick<DawnCaller, 'peerId' | 'connection'>,
    handlers: Pick<NetworkHandlers, 'mcp'>,
    options: KeptCallsOptions = {},
  ) {
    this.#caller = caller;
    this.#handlers = handlers;
    this.#calls = new KeptCalls(options);
    this.#lists = new KeptCalls(options);
  }

  /** Its caller waits for an answer, or was told to come again for one. */
  get busy(): boolean {
    return this.#calls.busy || this.#lists.busy;
  }

  /**
   * Does what an agent's method asks for.
   * @param leaving this connection is being given up: what is kept is told, and nothing new begins
   * @throws {DawnMethodError} where it takes long, and is kept
   */
  async request(agentText: string, method: string, params: Params, leaving: boolean): Promise<RpcAnswer> {
    const agent = AgentName.safeParse(agentText);
    if (!agent.success) return { error: noSuchAgent(agentText) };
    const list = Object.hasOwn(LISTS, method) ? LISTS[method] : undefined;
    if (list !== undefined) {
      return leaving ? { error: goingAway() } : await this.#list(agent.data, method, list);
    }
    const begin = (start: () => RunningRequest) => (): RunningRequest =>
      leaving ? refused(goingAway()) : start();
    const names = Object.hasOwn(CALLS, method) ? CALLS[method] : undefined;
    if (names !== undefined) {
      const picked = pick(params, names);
      const start = begin(() => this.#start(agent.data, method, picked));
      return await this.#calls.answer(keyOf(agent.data, method, picked), start);
    }
    if (method === CHAT) {
      const text = chatText(params);
      const key = text === undefined ? null : keyOf(agent.data, method, { text });
      const start = begin(() => this.#startChat(agent.data, params));
      return await this.#calls.answer(key, start);
    }
    return { error: noSuchMethod(method) };
  }

  /** The schemas of the tools of these agents, as far as they can be had in a moment. Never for strangers: it counts as a call. */
  async schemas(agents: readonly AgentName[]): Promise<ReadonlyMap<AgentName, ReadonlyMap<string, Params>>> {
    const stale = performance.now() - SCHEMAS_KEPT_MS;
    const missing = agents
      .slice(0, MAX_DESCRIBED)
      .filter((agent) => (this.#schemas.get(agent)?.at ?? -Infinity) < stale);
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, SCHEMAS_TIMEOUT_MS);
    const all = Promise.all(missing.map((agent) => this.#learnSchemas(agent)));
    await Promise.race([all, limit.promise]);
    clearTimeout(timer);
    return new Map([...this.#schemas].map(([agent, { known }]) => [agent, known]));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#calls.close();
    this.#lists.close();
    for (const session of [...this.#sessions.values()]) session.close();
  }

  async #learnSchemas(agent: AgentName): Promise<void> {
    const answer = await this.#list(agent, 'tools/list', 'tools');
    const tools = 'result' in answer && isRecord(answer.result) ? answer.result['tools'] : [];
    if (this.#schemas.size < MAX_AGENTS || this.#schemas.has(agent)) {
      this.#schemas.set(agent, { at: performance.now(), known: schemasOf(tools) });
    }
  }

  async #list(agent: AgentName, method: string, field: string): Promise<RpcAnswer> {
    const found: unknown[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES && found.length < MAX_LISTED; page += 1) {
      const params = cursor === undefined ? {} : { cursor };
      const answer = await this.#lists.answer(null, () => this.#start(agent, method, params));
      if ('error' in answer) return answer;
      const { result } = answer;
      const items = Items.safeParse(isRecord(result) ? result[field] : undefined).data ?? [];
      found.push(...items.slice(0, MAX_LISTED - found.length));
      cursor = Page.safeParse(result).data?.nextCursor;
      if (cursor === undefined) break;
    }
    return { result: { [field]: found } };
  }

  /** Dawn's `chat/message` is no method of MCP: it goes to the tool, or the prompt, that is there for it. */
  #startChat(agent: AgentName, params: Params): RunningRequest {
    let running: RunningRequest | null = null;
    let cancelled: ForeignError | null = null;
    const answer = this.#chatCall(agent, params).then(async (call) => {
      if ('error' in call) return call;
      if (cancelled !== null) return { error: cancelled };
      running = this.#start(agent, call.method, call.params);
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

  async #chatCall(agent: AgentName, params: Params): Promise<ChatCall | { readonly error: ForeignError }> {
    const tools = await this.#list(agent, 'tools/list', 'tools');
    if ('error' in tools) return tools;
    const withTool = chatCall(params, tools.result, null);
    if (withTool === null) return { error: badChat() };
    if (withTool !== 'none') return withTool;
    const prompts = await this.#list(agent, 'prompts/list', 'prompts');
    const withPrompt = chatCall(params, tools.result, 'error' in prompts ? null : prompts.result);
    if (withPrompt === null || withPrompt === 'none') return { error: noChat(agent) };
    return withPrompt;
  }

  #start(agent: AgentName, method: string, params: Params): RunningRequest {
    const session = this.#session(agent);
    return session instanceof AgentSession ? session.request(method, params) : refused(session);
  }

  #session(agent: AgentName): AgentSession | ForeignError {
    const known = this.#sessions.get(agent);
    if (known !== undefined) return known;
    if (this.#closed) return rpcError(RpcCode.unavailable, 'stopping', 'The connection is closed.');
    if (this.#sessions.size >= MAX_AGENTS) return tooManyAgents();
    const { peerId, connection } = this.#caller;
    const taker = this.#handlers.mcp(peerId, agent);
    if ('error' in taker) return taker.error;
    const path = connection.kind?.path ?? 'direct';
    const [ours, theirs] = inMemoryChannels({ peerId, path, transport: 'websocket' });
    const session = new AgentSession(ours, () => {
      if (this.#sessions.get(agent) === session) this.#sessions.delete(agent);
    });
    this.#sessions.set(agent, session);
    taker.take(theirs);
    return session;
  }
}

const Items = z.array(z.unknown());
const Page = z.looseObject({ nextCursor: z.string().max(4096).optional() });

const pick = (params: Params, names: readonly string[]): Params =>
  Object.fromEntries(names.flatMap((name) => (params[name] === undefined ? [] : [[name, params[name]]])));

/** The same for the same call, and for no other. Null where it has no canonical form (RFC 8785). */
function keyOf(agent: AgentName, method: string, params: Params): string | null {
  try {
    const text = canonicalize([agent, method, params]);
    return text === undefined ? null : createHash('sha256').update(text).digest('base64');
  } catch {
    return null;
  }
}

const refused = (error: ForeignError): RunningRequest => ({
  answer: Promise.resolve({ error }),
  stage: () => 'sent',
  cancel: () => undefined,
});

const goingAway = (): ForeignError =>
  rpcError(
    RpcCode.busy,
    'stopping',
    'Going away: this machine gives this connection up, and takes no new calls over it. Try again later, or by another way.',
    { retry_after: GOING_AWAY_RETRY_S },
  );

const noSuchAgent = (agent: string): ForeignError =>
  rpcError(RpcCode.methodNotFound, 'unknown-agent', `Agent not found: ${agent.slice(0, 40).toWellFormed()}`);

export const noSuchMethod = (method: string): ForeignError =>
  rpcError(
    RpcCode.methodNotFound,
    'unknown-method',
    `Method not found: ${method.slice(0, 100).toWellFormed()}`,
  );

const tooManyAgents = (): ForeignError =>
  rpcError(RpcCode.busy, 'too-many-calls', 'You use too many agents over one connection.');

const badChat = (): ForeignError =>
  rpcError(
    RpcCode.invalidParams,
    'bad-message',
    'chat/message takes {"message": "<text>"} of up to 64 Ki characters.',
  );

const noChat = (agent: AgentName): ForeignError =>
  rpcError(
    RpcCode.methodNotFound,
    'unknown-method',
    `The agent ${agent} takes no messages: it has no tool or prompt called chat, message or send_message that needs one text only.`,
  );
