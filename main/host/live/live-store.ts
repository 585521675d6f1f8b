import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  isCallOver,
  LIVE_CALLS,
  LIVE_WINDOW,
  type Change,
  type Gauges,
  type HostView,
  type LiveMessage,
  type LiveState,
} from '../../../shared/live.ts';
import { PeerView } from '../../../shared/peers.ts';
import { Reachability } from '../../../shared/reachability.ts';
import type { Settings } from '../../../shared/settings.ts';
import { Watch } from './watch.ts';

/** Calls in one delta at most; what does not fit is counted as dropped and is in the records. */
const CALLS_PER_DELTA = 100;
/** Removed entries remembered, so that a watcher that was away learns of them. */
const MAX_TOMBSTONES = 5000;
/** Deltas are at least this far apart: ten a second. */
export const DELTA_INTERVAL_MS = 100;
/** A watcher that acknowledges nothing for this long is ended; it may come back and resume. */
const ACK_TIMEOUT_MS = 120_000;

type Single = 'host' | 'gauges' | 'settings' | 'reachability';
type Keyed = Exclude<Change['of'], Single>;
type Entry = { change: Change; version: number; born: number };

/**
 * Made of what peers and routers say. Watchers are sent values of their schemas only, and one that is not would end every
 * watch, so that these are looked at when they are put. They change a few times a second.
 */
const hearsay = { peers: PeerView.nullable(), reachability: Reachability } as const;

const isSound = (change: Change): boolean =>
  (change.of !== 'peers' && change.of !== 'reachability') ||
  hearsay[change.of].safeParse(change.value).success;

export interface LiveInit {
  host: HostView;
  gauges: Gauges;
  settings: Settings;
  reachability: Reachability;
}

/**
 * Holds the newest value of every entry together with the number at which it last changed. A delta is simply
 * everything that changed after the watcher's number, so values conflate by themselves and a slow watcher
 * costs no memory.
 */
export class LiveStore {
  readonly epoch = randomUUID();
  #seq = 0;
  #callsBorn = 0;
  readonly #single = new Map<Single, { change: Change; version: number }>();
  readonly #keyed: Record<Keyed, Map<string, Entry>> = {
    peers: new Map(),
    agents: new Map(),
    approvals: new Map(),
    reviews: new Map(),
    rules: new Map(),
    calls: new Map(),
  };
  readonly #tombstones = new Map<string, { change: Change; version: number }>();
  /** Watchers at a lower number have missed a removal that is no longer remembered. */
  #forgotten = 0;
  readonly #watches = new Map<string, Watch>();
  readonly #changed = new EventEmitter<{ changed: [] }>().setMaxListeners(0);
  #settings: Settings;
  #host: HostView;
  /** A value of this kind was not taken, as it is none; the one before it stays. */
  onUnsound: ((of: Change['of']) => void) | null = null;

  constructor(init: LiveInit) {
    this.#settings = init.settings;
    this.#host = init.host;
    this.set({ of: 'host', value: init.host });
    this.set({ of: 'gauges', value: init.gauges });
    this.set({ of: 'settings', value: init.settings });
    this.set({ of: 'reachability', value: init.reachability });
  }

  get settings(): Settings {
    return this.#settings;
  }

  get host(): HostView {
    return this.#host;
  }

  /** Takes a new value, or null for a removal. Cheap: called on the hot path. */
  set(change: Change): void {
    if (!isSound(change)) {
      this.onUnsound?.(change.of);
      return;
    }
    const version = ++this.#seq;
    switch (change.of) {
      case 'host':
        this.#host = change.value;
        this.#single.set(change.of, { change, version });
        break;
      case 'settings':
        this.#settings = change.value;
        this.#single.set(change.of, { change, version });
        break;
      case 'gauges':
      case 'reachability':
        this.#single.set(change.of, { change, version });
        break;
      default:
        if (change.value === null) this.#remove(change, version);
        else this.#put(change, version);
    }
    this.#changed.emit('changed');
  }

  /** Calls that are not over. */
  callsUnderWay(): number {
    let count = 0;
    for (const { change } of this.#keyed.calls.values()) {
      if (change.of === 'calls' && change.value !== null && !isCallOver(change.value)) count += 1;
    }
    return count;
  }

  updateHost(patch: Partial<HostView>): void {
    this.set({ of: 'host', value: { ...this.#host, ...patch } });
  }

  #put(change: Extract<Change, { of: Keyed }>, version: number): void {
    const entries = this.#keyed[change.of];
    const known = entries.get(change.id);
    if (known !== undefined) {
      known.change = change;
      known.version = version;
      return;
    }
    if (this.#tombstones.size > 0) this.#tombstones.delete(`${change.of} ${change.id}`);
    const born = change.of === 'calls' ? ++this.#callsBorn : 0;
    entries.set(change.id, { change, version, born });
    if (change.of === 'calls' && entries.size > LIVE_CALLS) this.#evictOldestCall();
  }

  /** Watchers keep the same bound themselves, so an evicted call needs no removal. */
  #evictOldestCall(): void {
    const calls = this.#keyed.calls;
    for (const [id, { change }] of calls) {
      if (change.of === 'calls' && change.value !== null && !isCallOver(change.value)) continue;
      calls.delete(id);
      return;
    }
  }

  #remove(change: Extract<Change, { of: Keyed }>, version: number): void {
    if (!this.#keyed[change.of].delete(change.id)) return;
    this.#tombstones.set(`${change.of} ${change.id}`, { change, version });
    if (this.#tombstones.size <= MAX_TOMBSTONES) return;
    const [oldest] = this.#tombstones;
    if (oldest === undefined) return;
    this.#forgotten = oldest[1].version;
    this.#tombstones.delete(oldest[0]);
  }

  snapshot(): LiveState {
    const keyed = (of: Keyed): Record<string, never> => {
      const all: Record<string, unknown> = {};
      for (const [id, { change }] of this.#keyed[of]) all[id] = change.value;
      // The entries of one collection were typed when they were put.
      return all as Record<string, never>;
    };
    const single = (of: Single): never => this.#single.get(of)?.change.value as never;
    return {
      host: single('host'),
      gauges: single('gauges'),
      settings: single('settings'),
      reachability: single('reachability'),
      peers: keyed('peers'),
      agents: keyed('agents'),
      approvals: keyed('approvals'),
      reviews: keyed('reviews'),
      rules: keyed('rules'),
      calls: keyed('calls'),
    };
  }

  /**
   * Everything a watcher needs from here on. Ends when `signal` aborts, or when nothing is acknowledged for
   * two minutes.
   */
  async *watch(
    resume: { epoch: string; seq: number } | undefined,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<LiveMessage, void> {
    const watch = new Watch(LIVE_WINDOW, signal);
    this.#watches.set(watch.id, watch);
    const wake = (): void => watch.wake();
    this.#changed.on('changed', wake);
    try {
      let sent: number;
      let born = this.#callsBorn;
      let lastAt = -Infinity;
      if (resume !== undefined && this.#canResume(resume)) {
        sent = resume.seq;
      } else {
        sent = this.#seq;
        watch.sent(sent);
        yield this.#snapshotFor(watch, sent);
      }
      while (!watch.ended) {
        if (!(await watch.credit(ACK_TIMEOUT_MS))) return;
        if (this.#seq === sent) {
          await watch.change();
          continue;
        }
        await watch.pause(lastAt + DELTA_INTERVAL_MS - performance.now());
        if (watch.ended) return;
        lastAt = performance.now();
        const seq = this.#seq;
        if (sent < this.#forgotten) {
          sent = seq;
          born = this.#callsBorn;
          watch.sent(seq);
          yield this.#snapshotFor(watch, seq);
          continue;
        }
        const { changes, droppedCalls } = this.#changesAfter(sent, born);
        born = this.#callsBorn;
        watch.sent(seq);
        const message = { type: 'delta', watch: watch.id, epoch: this.epoch, from: sent, seq } as const;
        sent = seq;
        yield { ...message, changes, droppedCalls };
      }
    } finally {
      this.#changed.off('changed', wake);
      this.#watches.delete(watch.id);
      watch.end();
    }
  }

  /** A watcher that missed more calls than a delta holds is better off with a snapshot. */
  #canResume({ epoch, seq }: { epoch: string; seq: number }): boolean {
    if (epoch !== this.epoch || seq > this.#seq || seq < this.#forgotten) return false;
    let missed = 0;
    for (const { version } of this.#keyed.calls.values()) if (version > seq) missed += 1;
    return missed <= CALLS_PER_DELTA;
  }

  #snapshotFor(watch: Watch, seq: number): LiveMessage {
    return { type: 'snapshot', watch: watch.id, epoch: this.epoch, seq, state: this.snapshot() };
  }

  ack(watchId: string, seq: number): void {
    this.#watches.get(watchId)?.acknowledge(seq);
  }

  #changesAfter(sent: number, born: number): { changes: Change[]; droppedCalls: number } {
    const changes: Change[] = [];
    for (const { change, version } of this.#single.values()) if (version > sent) changes.push(change);
    for (const { change, version } of this.#tombstones.values()) if (version > sent) changes.push(change);
    for (const kind of ['peers', 'agents', 'approvals', 'reviews', 'rules'] as const) {
      for (const { change, version } of this.#keyed[kind].values()) if (version > sent) changes.push(change);
    }
    const calls = [...this.#keyed.calls.values()].filter(({ version }) => version > sent);
    // What the watcher has already is always brought up to date; only new calls may be too many.
    const known = calls.filter((call) => call.born <= born);
    const fresh = calls.filter((call) => call.born > born).slice(-CALLS_PER_DELTA);
    changes.push(...known.map(({ change }) => change), ...fresh.map(({ change }) => change));
    return { changes, droppedCalls: Math.max(0, this.#callsBorn - born - fresh.length) };
  }

  /** Ends every watch. */
  stop(): void {
    for (const watch of this.#watches.values()) watch.end();
  }
}
