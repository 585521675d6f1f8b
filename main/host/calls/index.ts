/**
 * The calls room: follows each call through the others. `network` brings it, `gate` decides, `agents` runs it,
 * `records` keeps it, `network` answers.
 */
import type { EventEmitter } from 'node:events';
import type { CallView } from '../../../shared/calls.ts';
import type { RpcError } from '../../../shared/errors.ts';
import type { AgentName, CallId, PeerId } from '../../../shared/ids.ts';
import type { Tool } from '../../../shared/agents.ts';
import type { Agents } from '../agents/index.ts';
import type { Gate } from '../gate/index.ts';
import type { MessageChannel, Network } from '../network/index.ts';
import type { Peers } from '../peers/index.ts';
import type { Receipts } from '../receipts/index.ts';
import type { CallStore } from '../records/index.ts';
import { IncomingCalls } from './incoming-calls.ts';
import { OutgoingCalls } from './outgoing-calls.ts';

export interface CallEvents {
  /** A call is new or has moved on. */
  call: [CallView];
}

/** Serves the agents of this host to peers. */
export interface Incoming extends EventEmitter<CallEvents> {
  /** Whether a peer may open a stream to an agent, and who takes it. The network asks. */
  accept(peerId: PeerId, agent: AgentName): { take(channel: MessageChannel): void } | { error: RpcError };
  /** Ends all calls, those whose callers are gone among them, and forgets what was kept for those. */
  stopAll(): void;
  /** Refuses what is new, withdraws what waits and ends every stream. */
  stop(): Promise<void>;
}

export interface IncomingModules {
  readonly agents: Agents;
  readonly gate: Gate;
  readonly peers: Peers;
  readonly calls: CallStore;
  readonly receipts: Pick<Receipts, 'asHost'>;
  readonly settings: () => { readonly executionSeconds: number };
}

export const createIncoming = (modules: IncomingModules): Incoming => new IncomingCalls(modules);

export interface OutgoingRequest {
  readonly peerId: PeerId;
  readonly agent: AgentName;
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
}

/** Calls the agents of peers. */
export interface Outgoing extends EventEmitter<CallEvents> {
  /**
   * Calls one tool and resolves with the MCP result. Over a legacy link the person here is asked first, each time.
   * Where the link is lost, the peer is asked what came of it, once there is another link. Otherwise it is sent once more
   * if it never left, or if its tool says that twice is as good as once.
   * @throws {CallError} refused here or there, expired, stopped, unreachable, cancelled, or not answered within an hour
   */
  call(request: OutgoingRequest, signal: AbortSignal | undefined): Promise<Record<string, unknown>>;
  /**
   * Asks the peer what came of a call of ours whose answer was lost with the link, by an earlier run maybe. It is not
   * withdrawn by whoever asked: the record has the answer.
   * @returns the record, whatever the answer was
   * @throws {CallError} NOT_FOUND, CONFLICT (under way, or not to be had), and where the peer cannot be asked
   */
  redeem(id: CallId): Promise<CallView>;
  /** The tools of a peer's agent. @throws {CallError} */
  tools(peerId: PeerId, agent: AgentName, signal: AbortSignal | undefined): Promise<Tool[]>;
  /**
   * Calls of one agent over a channel that somebody opened for them alone, recorded as all others are. The channel is
   * this room's from then on. @throws {CallError} where nobody speaks MCP at the other end
   */
  over(channel: MessageChannel, agent: AgentName, signal: AbortSignal): Promise<CallsOver>;
  /** Ends the calls under way, and refuses new ones, until lifted. */
  setStopped(stopped: boolean): void;
  stop(): Promise<void>;
}

/** Tools called over one channel. */
export interface CallsOver {
  /** As `Outgoing.call`, but resolves with the record of the call. @throws {CallError} */
  call(
    request: Pick<OutgoingRequest, 'tool' | 'arguments'>,
    signal: AbortSignal | undefined,
  ): Promise<CallView>;
  /** Closes the channel. */
  close(): Promise<void>;
}

export interface OutgoingModules {
  readonly network: Pick<Network, 'openMcp'>;
  readonly calls: CallStore;
  /** Asked about each call over a legacy link. */
  readonly gate: Pick<Gate, 'decide'>;
  readonly peers: Pick<Peers, 'trust' | 'notePaused'>;
  readonly receipts: Pick<Receipts, 'asCaller'>;
}

export const createOutgoing = (modules: OutgoingModules): Outgoing => new OutgoingCalls(modules);

export { CallError } from './call-error.ts';
