import type { PeerId } from '../../../../shared/ids.ts';
import { backoffMs } from '../links/backoff.ts';

const DIAL_TIMEOUT_MS = 20_000;

export interface StaticPeersModules {
  /** Who is named in an address; null where nobody is. */
  peerIn(address: string): PeerId | null;
  /** Links whoever is at an address. @returns who that is @throws {NetworkError} */
  dial(address: string, signal: AbortSignal): Promise<PeerId>;
  /** From now on these peers are kept linked, by these addresses; those of before that are not among them are let go. */
  keep(peers: ReadonlyMap<PeerId, readonly string[]>): void;
  readonly backoffMs?: (failures: number) => number;
}

/** One address of which it is not known yet who is there. */
interface Nameless {
  failures: number;
  timer: NodeJS.Timeout | null;
  running: AbortController | null;
}

/**
 * A list of WebSocket addresses to keep a link to. Dawn's lists do not say who is at an address: that is found out by dialling
 * it, and from then on the peer is kept as any other.
 */
export class StaticPeers {
  readonly #modules: StaticPeersModules;
  #addresses: readonly string[] = [];
  readonly #found = new Map<string, PeerId>();
  readonly #nameless = new Map<string, Nameless>();
  #running = false;

  constructor(modules: StaticPeersModules) {
    this.#modules = modules;
  }

  set(addresses: readonly string[]): void {
    this.#addresses = [...new Set(addresses)];
    for (const [address, entry] of this.#nameless)
      if (!this.#addresses.includes(address)) this.#drop(address, entry);
    for (const address of [...this.#found.keys()])
      if (!this.#addresses.includes(address)) this.#found.delete(address);
    this.#look();
  }

  /** The transport runs, or does no more. */
  setRunning(running: boolean): void {
    this.#running = running;
    if (running) this.#look();
    else for (const [address, entry] of this.#nameless) this.#drop(address, entry);
  }

  /** Tries again at once. */
  hurry(): void {
    for (const [address, entry] of this.#nameless) {
      entry.failures = 0;
      this.#plan(address, entry, 0);
    }
  }

  stop(): void {
    this.setRunning(false);
  }

  #look(): void {
    const peers = new Map<PeerId, string[]>();
    for (const address of this.#addresses) {
      const peerId = this.#modules.peerIn(address) ?? this.#found.get(address);
      if (peerId === undefined) this.#find(address);
      else peers.set(peerId, [...(peers.get(peerId) ?? []), address.replace(/#.*$/, '')]);
    }
    this.#modules.keep(peers);
  }

  #find(address: string): void {
    if (!this.#running || this.#nameless.has(address)) return;
    const entry: Nameless = { failures: 0, timer: null, running: null };
    this.#nameless.set(address, entry);
    this.#plan(address, entry, 0);
  }

  #plan(address: string, entry: Nameless, delayMs: number): void {
    if (entry.running !== null) return;
    if (entry.timer !== null) clearTimeout(entry.timer);
    entry.timer = setTimeout(() => void this.#dial(address, entry), delayMs).unref();
  }

  async #dial(address: string, entry: Nameless): Promise<void> {
    const running = new AbortController();
    const timer = setTimeout(() => running.abort(new Error('Nobody answered in time.')), DIAL_TIMEOUT_MS);
    entry.timer = null;
    entry.running = running;
    try {
      const peerId = await this.#modules.dial(address, running.signal);
      if (this.#nameless.get(address) !== entry) return;
      this.#nameless.delete(address);
      this.#found.set(address, peerId);
      this.#look();
    } catch {
      entry.failures += 1;
    } finally {
      clearTimeout(timer);
      entry.running = null;
    }
    if (this.#nameless.get(address) === entry)
      this.#plan(address, entry, (this.#modules.backoffMs ?? backoffMs)(entry.failures));
  }

  #drop(address: string, { timer, running }: Nameless): void {
    if (timer !== null) clearTimeout(timer);
    running?.abort(new Error('It is not wanted any more.'));
    this.#nameless.delete(address);
  }
}
