/** The interface's session with its host: connects, keeps the live state, reconnects, resumes. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { applyChanges, type LiveMessage, type LiveState } from '../../shared/live.ts';
import { ConnectionRefused, type Connect, type Connection, type HostClient } from '../connection/index.ts';
import { startHeartbeat, type Rhythm } from './heartbeat.ts';

export type LinkState =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** What is shown is from `since`; the next attempt is at `retryAt`. */
  | { readonly state: 'lost'; readonly since: number; readonly retryAt: number; readonly reason: string }
  | { readonly state: 'refused' };

export interface SessionState {
  readonly link: LinkState;
  /** Null before the first snapshot. */
  readonly live: LiveState | null;
  /** Calls that went by unseen; they are in the records. */
  readonly droppedCalls: number;
}

export interface HostSession {
  readonly store: StoreApi<SessionState>;
  /** @throws {NotConnected} while there is no connection */
  client(): HostClient;
  start(): void;
  stop(): void;
  retryNow(): void;
}

export class NotConnected extends Error {
  readonly code = 'NOT_CONNECTED';
  constructor() {
    super('The connection to the host is lost. Nothing was sent; try again once it is back.');
  }
}

interface Position {
  epoch: string;
  seq: number;
}

const RHYTHM: Rhythm = { everyMs: 20_000, deadlineMs: 10_000 };
const BACKOFF_MS = [250, 500, 1000, 2000, 4000, 8000];
const LONGEST_BACKOFF_MS = 15_000;

export interface SessionOptions {
  readonly connect: Connect;
  /** Of the heartbeat; given by tests. */
  readonly rhythm?: Rhythm;
}

export function createHostSession({ connect, rhythm = RHYTHM }: SessionOptions): HostSession {
  const store = createStore<SessionState>(() => ({
    link: { state: 'connecting' },
    live: null,
    droppedCalls: 0,
  }));
  let current: Connection | null = null;
  let position: Position | null = null;
  /** What was acknowledged last. To say so again is harmless, and the host must answer. */
  let acknowledged = { watch: '', seq: 0 };
  let failures = 0;
  let stopping = new AbortController();
  let wake: () => void = () => undefined;

  /** @returns false for a gap: the delta builds on something else than what is held */
  function take(message: LiveMessage): boolean {
    if (message.type === 'snapshot') {
      store.setState({ live: message.state, link: { state: 'live' } });
    } else {
      const { live, droppedCalls } = store.getState();
      if (live === null || position?.epoch !== message.epoch || position.seq !== message.from) return false;
      store.setState({
        live: applyChanges(live, message.changes),
        droppedCalls: droppedCalls + message.droppedCalls,
        link: { state: 'live' },
      });
    }
    position = { epoch: message.epoch, seq: message.seq };
    failures = 0;
    return true;
  }

  async function watch(client: HostClient, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const messages = await client.live.watch(position === null ? {} : { resume: position }, { signal });
      // After a resume the next message may be long in coming, and what is held is true already.
      if (position !== null && store.getState().live !== null) store.setState({ link: { state: 'live' } });
      let whole = true;
      for await (const message of messages) {
        if (signal.aborted) return;
        whole = take(message);
        if (!whole) break;
        acknowledged = { watch: message.watch, seq: message.seq };
        await client.live.ack(acknowledged);
      }
      if (whole) return;
      position = null;
    }
  }

  async function runOnce(signal: AbortSignal): Promise<void> {
    const connection = await connect(signal);
    if (signal.aborted) {
      connection.close();
      return;
    }
    current = connection;
    // Ends the watch with its connection: a straggler must not mix with what the next one says.
    const over = new AbortController();
    signal.addEventListener('abort', () => over.abort(), { signal: over.signal });
    const { client, canFallSilent } = connection;
    const heartbeat = canFallSilent ? startHeartbeat(() => client.live.ack(acknowledged), rhythm) : null;
    try {
      const ends: Promise<void>[] = [watch(client, over.signal), connection.closed];
      if (heartbeat !== null) ends.push(heartbeat.lost);
      await Promise.race(ends);
    } finally {
      heartbeat?.stop();
      over.abort();
      current = null;
      connection.close();
    }
    throw new Error('The host ended the connection.');
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let reason: string;
      try {
        await runOnce(signal);
        reason = 'The host ended the connection.';
      } catch (error) {
        if (error instanceof ConnectionRefused) {
          store.setState({ link: { state: 'refused' } });
          return;
        }
        reason = error instanceof Error ? error.message : 'unknown';
      }
      if (signal.aborted) return;
      const delay = BACKOFF_MS[failures] ?? LONGEST_BACKOFF_MS;
      failures += 1;
      const { link } = store.getState();
      const since = link.state === 'lost' ? link.since : Date.now();
      store.setState({ link: { state: 'lost', since, retryAt: Date.now() + delay, reason } });
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delay);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  return {
    store,
    client() {
      if (current === null) throw new NotConnected();
      return current.client;
    },
    start() {
      stopping = new AbortController();
      void run(stopping.signal);
    },
    stop() {
      stopping.abort();
      current?.close();
      wake();
    },
    retryNow() {
      wake();
    },
  };
}
