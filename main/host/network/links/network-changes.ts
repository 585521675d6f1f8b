import { EventEmitter } from 'node:events';
import { networkInterfaces } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';

/** The list is a system call of well under a millisecond. */
const LOOK_EVERY_MS = 2000;
/** A look that comes so much too late means that the machine slept: timers stand still, and the clock goes on. */
const SLEPT_MS = 10_000;

/** One address of one interface of this machine, loopback left out. */
export interface OwnInterface {
  readonly name: string;
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  /** Good on its own link only: `fe80::/10`, `169.254.0.0/16`. */
  readonly linkLocal: boolean;
  /** All zeros where the interface has none, as tunnels do. */
  readonly mac: string;
  /** Number of the interface; 0 where the address does not need it. */
  readonly scope: number;
}

export interface NetworkChange {
  /** There is an address by which others can be reached, be it on this network only. */
  readonly online: boolean;
  /** Addresses that came and went since the last change. */
  readonly added: readonly OwnInterface[];
  readonly removed: readonly OwnInterface[];
  /** The machine slept: whatever was open may be dead, even where no address changed. */
  readonly woke: boolean;
}

interface ClockTimes {
  readonly wall: number;
  readonly monotonic: number;
}

export type NetworkChangeListener = (change: NetworkChange) => void;

export interface NetworkChangesOptions {
  /** In place of the machine's own, for tests. */
  readonly interfaces?: () => NodeJS.Dict<NetworkInterfaceInfo[]>;
  /** Wall and monotonic clock, in ms. */
  readonly clock?: () => ClockTimes;
  readonly everyMs?: number;
}

/**
 * Notices when interfaces and addresses come and go, and when the machine has slept. Looks every 2 s; an interface
 * without a carrier is not listed by the system, so that a pulled cable shows as well.
 */
export class NetworkChanges extends EventEmitter<{ changed: [NetworkChange] }> {
  readonly #interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]>;
  readonly #clock: () => ClockTimes;
  readonly #everyMs: number;
  #known: Map<string, OwnInterface>;
  #lookedAt: ClockTimes;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NetworkChangesOptions = {}) {
    super();
    // Every part of the network that opens something listens.
    this.setMaxListeners(32);
    this.#interfaces = options.interfaces ?? networkInterfaces;
    this.#clock = options.clock ?? (() => ({ wall: Date.now(), monotonic: performance.now() }));
    this.#everyMs = options.everyMs ?? LOOK_EVERY_MS;
    this.#known = this.#list();
    this.#lookedAt = this.#clock();
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#known = this.#list();
    this.#lookedAt = this.#clock();
    this.#timer = setInterval(() => this.look(), this.#everyMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.removeAllListeners();
  }

  get online(): boolean {
    return isOnline(this.#known);
  }

  /** As of the last look. */
  interfaces(): OwnInterface[] {
    return [...this.#known.values()];
  }

  /** Looks now. @param woke somebody else knows that the machine has slept */
  look(woke = false): void {
    const now = this.#clock();
    const slept =
      Math.max(now.wall - this.#lookedAt.wall, now.monotonic - this.#lookedAt.monotonic) - this.#everyMs;
    this.#lookedAt = now;
    const before = this.#known;
    this.#known = this.#list();
    const added = [...this.#known].filter(([key]) => !before.has(key)).map(([, one]) => one);
    const removed = [...before].filter(([key]) => !this.#known.has(key)).map(([, one]) => one);
    const awake = woke || slept > SLEPT_MS;
    if (added.length === 0 && removed.length === 0 && !awake) return;
    this.emit('changed', { online: this.online, added, removed, woke: awake });
  }

  #list(): Map<string, OwnInterface> {
    const found = new Map<string, OwnInterface>();
    for (const [name, addresses = []] of Object.entries(this.#interfaces())) {
      for (const { address, family, internal, mac, scopeid } of addresses) {
        if (internal) continue;
        const linkLocal = isLinkLocal(address);
        found.set(`${name} ${address}`, { name, address, family, linkLocal, mac, scope: scopeid ?? 0 });
      }
    }
    return found;
  }
}

const isLinkLocal = (address: string): boolean => /^fe[89ab][0-9a-f]:|^169\.254\./i.test(address);

/** Two machines on one cable have nothing but 169.254/16; `fe80::` alone is there before any network is. */
const isOnline = (known: ReadonlyMap<string, OwnInterface>): boolean =>
  [...known.values()].some(({ family, linkLocal }) => family === 'IPv4' || !linkLocal);
