import type { AgentName, PeerId } from '../../../shared/ids.ts';
import { deadline } from '../deadline.ts';
import { NetworkError, RemoteRefusal, type MessageChannel, type Network } from '../network/index.ts';
import { CallError, LinkLost } from './call-error.ts';
import type { Receipts } from '../receipts/index.ts';
import { orAborted } from './or-aborted.ts';
import { callErrorOf } from './foreign-errors.ts';
import { OutgoingSession } from './outgoing-session.ts';

/** Opening a stream, with a dial where there is no link. */
const OPEN_TIMEOUT_MS = 30_000;
/** A stream without calls is closed after this. */
const IDLE_MS = 5 * 60 * 1000;

interface KnownSession {
  readonly opening: Promise<OutgoingSession>;
  /** Set once it is open. */
  open: OutgoingSession | null;
  usedAt: number;
}

/** The open streams to agents of peers: one for each (peer, agent). */
export class OutgoingSessions {
  readonly #network: Pick<Network, 'openMcp'>;
  readonly #receipts: Pick<Receipts, 'asCaller'>;
  readonly #sessions = new Map<string, KnownSession>();
  /** On links that are to end: they take no new calls, and close after their last. */
  readonly #leaving = new Set<OutgoingSession>();
  readonly #idleTimer: NodeJS.Timeout;
  readonly #stopping = new AbortController();

  constructor(network: Pick<Network, 'openMcp'>, receipts: Pick<Receipts, 'asCaller'>) {
    this.#network = network;
    this.#receipts = receipts;
    this.#idleTimer = setInterval(() => this.#closeIdle(), IDLE_MS / 5);
    this.#idleTimer.unref();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#idleTimer);
    const all = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all([
      ...all.map(({ opening }) => opening.then((session) => session.close()).catch(() => undefined)),
      ...[...this.#leaving].map((session) => session.close()),
    ]);
  }

  /** One that is open already; null where `opened` must be waited for. */
  open(peerId: PeerId, agent: AgentName): OutgoingSession | null {
    const known = this.#usable(`${peerId} ${agent}`);
    if (known === undefined || known.open === null) return null;
    known.usedAt = Date.now();
    return known.open;
  }

  /** The one there is, or a new one. @throws {CallError} */
  async opened(
    peerId: PeerId,
    agent: AgentName,
    from: 'wanted' | 'wanted-before',
    signal: AbortSignal,
  ): Promise<OutgoingSession> {
    const key = `${peerId} ${agent}`;
    const known = this.#usable(key) ?? this.#begin(key, peerId, agent, from);
    known.usedAt = Date.now();
    try {
      return await orAborted(known.opening, signal);
    } catch (cause) {
      // Whatever was lost on the way: nothing was asked of the agent yet.
      throw cause instanceof LinkLost ? new LinkLost(false, cause) : asCallError(cause);
    }
  }

  #usable(key: string): KnownSession | undefined {
    const known = this.#sessions.get(key);
    if (known === undefined || known.open === null || !known.open.channel.retiring) return known;
    this.#sessions.delete(key);
    if (!known.open.idle) this.#leaving.add(known.open);
    known.open.leave();
    return undefined;
  }

  #begin(key: string, peerId: PeerId, agent: AgentName, from: 'wanted' | 'wanted-before'): KnownSession {
    const limit = deadline(OPEN_TIMEOUT_MS, this.#stopping.signal);
    // A later session to the same agent may have taken the place meanwhile.
    const forget = (): void => {
      if (this.#sessions.get(key) === known) this.#sessions.delete(key);
      if (known.open !== null) this.#leaving.delete(known.open);
    };
    const opening = this.#network
      .openMcp(peerId, agent, { signal: limit.signal, from })
      .then((channel) =>
        initialized(channel, agent, { receipts: this.#receipts, onEnd: forget }, limit.signal),
      )
      .finally(() => limit.release());
    const known: KnownSession = { opening, open: null, usedAt: 0 };
    this.#sessions.set(key, known);
    opening.then((session) => (known.open = session), forget);
    return known;
  }

  #closeIdle(): void {
    for (const [key, { open, usedAt }] of this.#sessions) {
      if (open === null || !open.idle || Date.now() - usedAt < IDLE_MS) continue;
      this.#sessions.delete(key);
      void open.close();
    }
  }
}

/** Begins MCP on a channel, which is closed where that fails. @throws {CallError} */
export async function initialized(
  channel: MessageChannel,
  agent: AgentName,
  parts: { readonly receipts: Pick<Receipts, 'asCaller'>; readonly onEnd: () => void },
  signal: AbortSignal,
): Promise<OutgoingSession> {
  const session = new OutgoingSession(channel, parts.receipts, parts.onEnd);
  try {
    await session.initialize(channel.peerId, agent, signal);
  } catch (error) {
    await session.close();
    throw error;
  }
  return session;
}

export function asCallError(cause: unknown): CallError {
  if (cause instanceof CallError) return cause;
  if (cause instanceof RemoteRefusal) return callErrorOf(cause.rpc);
  if (cause instanceof NetworkError && cause.code === 'LINK_LOST') return new LinkLost(false, cause);
  const message = cause instanceof NetworkError ? cause.message : 'The peer could not be reached.';
  const error = new CallError('UNREACHABLE', message);
  error.cause = cause;
  return error;
}
