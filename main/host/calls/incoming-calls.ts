import { EventEmitter } from 'node:events';
import { rpcError, RpcCode, type RpcError } from '../../../shared/errors.ts';
import type { AgentName, PeerId } from '../../../shared/ids.ts';
import type { PeerView } from '../../../shared/peers.ts';
import type { MessageChannel } from '../network/index.ts';
import { IncomingSession } from './incoming-session.ts';
import type { CallEvents, Incoming, IncomingModules } from './index.ts';
import type { HeldBytes } from './outbox.ts';
import { Strangers } from './strangers.ts';
import { Tickets } from './tickets.ts';

/** Streams open at once from one peer; a peer needs one for each agent. */
const MAX_SESSIONS_PER_PEER = 64;
const MAX_SESSIONS = 2048;
/** The same for peers that are no contacts, each and all together. They have nothing to do here for long. */
const MAX_SESSIONS_PER_STRANGER = 4;
const MAX_STRANGER_SESSIONS = 256;

/** Keeps the open streams of all peers, and says who may open one. */
export class IncomingCalls extends EventEmitter<CallEvents> implements Incoming {
  readonly #modules: IncomingModules;
  readonly #sessions = new Map<PeerId, { readonly open: Set<IncomingSession>; readonly held: HeldBytes }>();
  readonly #strangers = new Strangers();
  readonly #tickets = new Tickets();
  #count = 0;
  #strangerCount = 0;
  #stopped = false;
  readonly #onListChanged = (agent: AgentName, list: string): void => {
    for (const session of this.#all()) if (session.agent === agent) session.listChanged(list);
  };
  /** What was kept for a contact that is none any more is not its business. */
  readonly #onPeer = (peerId: PeerId, view: PeerView | null): void => {
    if (view === null || view.trust === 'unknown' || view.trust === 'blocked') this.#tickets.forget(peerId);
  };

  constructor(modules: IncomingModules) {
    super();
    this.#modules = modules;
    modules.agents.on('listChanged', this.#onListChanged);
    modules.peers.on('peer', this.#onPeer);
  }

  accept(peerId: PeerId, agent: AgentName): { take(channel: MessageChannel): void } | { error: RpcError } {
    const error = this.#refusal(peerId, agent);
    return error === null ? { take: (channel) => this.#take(peerId, agent, channel) } : { error };
  }

  #refusal(peerId: PeerId, agent: AgentName): RpcError | null {
    if (this.#stopped) return rpcError(RpcCode.stopped, 'stopping', 'This host is stopping.');
    const trust = this.#modules.peers.trust(peerId);
    if (trust === 'blocked')
      return rpcError(RpcCode.denied, 'blocked-peer', 'This host does not accept your calls.');
    if (this.#isFull(peerId, trust === 'unknown')) {
      return rpcError(RpcCode.busy, 'too-many-calls', 'Too many streams are open. Close some and try again.');
    }
    // A peer that is no contact is not told which agents there are: its calls are refused one by one.
    if (trust === 'unknown' || this.#modules.agents.has(agent)) return null;
    return rpcError(RpcCode.unavailable, 'unknown-agent', `There is no agent called ${agent} here.`);
  }

  #isFull(peerId: PeerId, stranger: boolean): boolean {
    const open = this.#sessions.get(peerId)?.open.size ?? 0;
    if (!stranger) return this.#count >= MAX_SESSIONS || open >= MAX_SESSIONS_PER_PEER;
    return this.#strangerCount >= MAX_STRANGER_SESSIONS || open >= MAX_SESSIONS_PER_STRANGER;
  }

  #take(peerId: PeerId, agent: AgentName, channel: MessageChannel): void {
    let ofPeer = this.#sessions.get(peerId);
    if (ofPeer === undefined) {
      ofPeer = { open: new Set(), held: { bytes: 0 } };
      this.#sessions.set(peerId, ofPeer);
    }
    const { open, held } = ofPeer;
    const stranger = this.#modules.peers.trust(peerId) === 'unknown';
    const start = { channel, agent, held, strangers: this.#strangers, tickets: this.#tickets };
    const session = new IncomingSession(start, this.#modules, {
      call: (call) => this.emit('call', call),
      ended: () => {
        if (!open.delete(session)) return;
        this.#count -= 1;
        // By what it was when it came: meanwhile it may have become a contact.
        if (stranger) this.#strangerCount -= 1;
        if (open.size === 0) this.#sessions.delete(peerId);
      },
    });
    open.add(session);
    this.#count += 1;
    if (stranger) this.#strangerCount += 1;
    session.start();
  }

  stopAll(): void {
    this.#tickets.dropAll('stopped');
    for (const session of this.#all()) session.cancelAll('stopped');
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#modules.agents.off('listChanged', this.#onListChanged);
    this.#modules.peers.off('peer', this.#onPeer);
    this.#tickets.stop();
    await Promise.all([...this.#all()].map((session) => session.close()));
  }

  *#all(): Generator<IncomingSession> {
    for (const { open } of this.#sessions.values()) yield* open;
  }
}
