import type { ForeignError } from '../../../../../shared/errors.ts';
import { RpcCode, rpcError } from '../../../../../shared/errors.ts';
import type { AgentName, PeerId } from '../../../../../shared/ids.ts';
import { PeerRate } from '../../../peer-rate.ts';
import type { NetworkHandlers } from '../../index.ts';
import type { LinkConnection } from '../../transport.ts';
import { DawnMethodError, type DawnCaller, type DawnMethods } from '../dawn-methods.ts';
import { factsOfCard, recordOf, type AgentFacts, type DawnAgentRecord } from './agent-records.ts';
import { CallerSession, noSuchMethod } from './caller-session.ts';
import { toDawn } from './dawn-errors.ts';
import type { KeptCallsOptions } from './kept-calls.ts';
import { isRecord, type RpcAnswer } from './rpc.ts';

/** Questions for what there is, of one peer: they cost the writing of every card. */
const MAX_QUESTIONS = 120;
const QUESTIONS_WINDOW_MS = 60_000;
const MAX_PEERS = 1000;
const MAX_TOLD_PEERS = 50;
const MAX_KNOWN_AGENTS = 1000;

/** A node as Dawn's lists name it. */
export interface DawnPeer {
  readonly node_id: string;
  readonly address: string;
}

export interface DawnServiceParts {
  /** Our own, 64 hex characters. */
  readonly nodeId: string;
  readonly handlers: Pick<NetworkHandlers, 'cards' | 'mcp' | 'isContact'>;
  /** Where the WebSocket transport listens, loopback included. */
  addresses(): readonly string[];
  /** Of the WebSocket transport: whom this peer, a contact, may be told of. */
  peers(to: PeerId): readonly DawnPeer[];
  /** Peers that are linked over WebSocket. */
  linked(): number;
  /** What a caller announced; see `dawn-gossip.ts`. */
  gossip(from: PeerId, announcement: unknown): void;
}

/** Dawn's methods, for callers on the strict wire: what they ask of our agents goes the way of any peer's call. */
export class DawnService implements DawnMethods {
  readonly #parts: DawnServiceParts;
  readonly #options: KeptCallsOptions;
  readonly #sessions = new Map<LinkConnection, CallerSession>();
  readonly #questions = new PeerRate({
    most: MAX_QUESTIONS,
    windowMs: QUESTIONS_WINDOW_MS,
    maxPeers: MAX_PEERS,
  });
  /** When we began to offer an agent, in ms. */
  readonly #since = new Map<AgentName, number>();

  readonly #idle = new Set<() => void>();

  constructor(parts: DawnServiceParts, options: Omit<KeptCallsOptions, 'onIdle'> = {}) {
    this.#parts = parts;
    this.#options = {
      ...options,
      onIdle: () => {
        for (const listener of [...this.#idle]) listener();
      },
    };
  }

  /** Told whenever `busy` may have turned false. @returns what ends it */
  onIdle(listener: () => void): () => void {
    this.#idle.add(listener);
    return () => this.#idle.delete(listener);
  }

  /** Whether a caller on this connection has an answer to come, so that a transport which is switched off waits for it. */
  busy(connection: LinkConnection): boolean {
    return this.#sessions.get(connection)?.busy === true;
  }

  async call(caller: DawnCaller, method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    const answer = method.startsWith('node/')
      ? await this.#ofNode(caller, method, signal)
      : await this.#ofAgent(caller, method, params, signal);
    if ('result' in answer) return answer.result;
    const { code, message, data } = toDawn(answer.error);
    throw new DawnMethodError(code, message, data);
  }

  gossip(caller: DawnCaller, announcement: unknown): void {
    this.#parts.gossip(caller.peerId, announcement);
  }

  async #ofNode(caller: DawnCaller, method: string, signal: AbortSignal): Promise<RpcAnswer> {
    if (!this.#questions.admit(caller.peerId, performance.now())) return { error: tooManyQuestions() };
    switch (method) {
      case 'node/get_info':
        return { result: this.#info(caller) };
      case 'node/list_agents':
        return { result: { agents: await this.#records(caller, signal) } };
      case 'node/list_peers':
        return { result: { peers: this.#peersFor(caller) } };
      default:
        return { error: noSuchMethod(method) };
    }
  }

  #info({ peerId }: DawnCaller): object {
    const { nodeId, handlers } = this.#parts;
    return {
      node_id: nodeId,
      address: addressForOthers(this.#parts.addresses()),
      agents: this.#facts(peerId).map(({ agent }) => agent),
      // How many there are is nothing for strangers.
      peer_count: handlers.isContact(peerId) ? this.#parts.linked() : 0,
    };
  }

  async #records(caller: DawnCaller, signal: AbortSignal): Promise<DawnAgentRecord[]> {
    const now = Date.now();
    const all = this.#facts(caller.peerId);
    const schemas =
      !caller.leaving && this.#parts.handlers.isContact(caller.peerId)
        ? await this.#session(caller, signal).schemas(all.map(({ agent }) => agent))
        : null;
    return all.map((facts) => {
      const since = this.#since.get(facts.agent) ?? now;
      if (this.#since.size < MAX_KNOWN_AGENTS) this.#since.set(facts.agent, since);
      return recordOf(this.#parts.nodeId, facts, { since, now }, schemas?.get(facts.agent));
    });
  }

  /** Of those agents that this peer may see. */
  #facts(peerId: PeerId): AgentFacts[] {
    const { cards } = this.#parts.handlers.cards(peerId, { name: '', introduce: false });
    return cards.map(factsOfCard).filter((facts) => facts !== null);
  }

  #peersFor({ peerId, nodeId }: DawnCaller): DawnPeer[] {
    if (!this.#parts.handlers.isContact(peerId)) return [];
    const others = this.#parts.peers(peerId).filter((peer) => peer.node_id !== nodeId);
    return others.slice(0, MAX_TOLD_PEERS).map(({ node_id, address }) => ({ node_id, address }));
  }

  async #ofAgent(
    caller: DawnCaller,
    method: string,
    params: unknown,
    signal: AbortSignal,
  ): Promise<RpcAnswer> {
    // "<node id>:<agent>/tools/call". No node but ours is called by way of us.
    const own = `${this.#parts.nodeId}:`;
    const slash = method.indexOf('/');
    if (!method.startsWith(own) || slash < own.length) return { error: notAddressed(method) };
    if (params !== undefined && params !== null && !isRecord(params)) return { error: badParams() };
    const agent = method.slice(own.length, slash);
    const session = this.#session(caller, signal);
    return await session.request(agent, method.slice(slash + 1), params ?? {}, caller.leaving);
  }

  #session(caller: DawnCaller, signal: AbortSignal): CallerSession {
    const { connection } = caller;
    const known = this.#sessions.get(connection);
    if (known !== undefined) return known;
    const session = new CallerSession(caller, this.#parts.handlers, this.#options);
    const end = (): void => {
      this.#sessions.delete(connection);
      session.close();
    };
    if (signal.aborted) session.close();
    else {
      this.#sessions.set(connection, session);
      signal.addEventListener('abort', end, { once: true });
    }
    return session;
  }
}

/** As others would dial it, without who is there. */
function addressForOthers(addresses: readonly string[]): string {
  const bare = addresses.map((address) => address.replace(/#.*$/, ''));
  return bare.find((address) => !/^wss?:\/\/(127\.|localhost|\[::1\])/.test(address)) ?? bare[0] ?? '';
}

function notAddressed(method: string): ForeignError {
  const isUnaddressed = !method.includes(':');
  return isUnaddressed
    ? noSuchMethod(method)
    : rpcError(
        RpcCode.methodNotFound,
        'unknown-agent',
        'Agent not found: this node passes no calls on to others.',
      );
}

const badParams = (): ForeignError =>
  rpcError(RpcCode.invalidParams, 'bad-message', 'The parameters must be an object.');

const tooManyQuestions = (): ForeignError =>
  rpcError(RpcCode.busy, 'too-many-calls', 'You ask too often what there is here.', { retry_after: 60 });
