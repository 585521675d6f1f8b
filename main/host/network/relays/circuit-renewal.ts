import type { Connection } from '@libp2p/interface';

/** How often the limits of a circuit in use are looked at. */
const LOOK_MS = 250;
/** A circuit is replaced when less than this part of what it may carry is left. */
const LOW_BYTES = 0.5;
/** Or when it may last no longer than this part of its time, at least so many seconds. */
const LOW_TIME = 0.2;
const LEAST_SECONDS = 10;
/** After a replacement that failed. */
const RETRY_MS = 5000;
/** After one that did not: the other circuit may be lost again. */
const LOOK_AGAIN_MS = 1000;
/**
 * Relays of js-libp2p state milliseconds where the specification says seconds (Circuit Relay v2, Limit.duration). No
 * relay lends a circuit for longer than this; what is longer is meant in milliseconds.
 */
const LONGEST_SECONDS = 24 * 60 * 60;

/** What is left of a circuit; null where it has no such limit. */
export interface CircuitLeft {
  readonly seconds: number | null;
  readonly bytes: number | null;
}

export function circuitLeft({ limits }: Pick<Connection, 'limits'>): CircuitLeft {
  const seconds = limits?.seconds ?? null;
  return {
    seconds: seconds !== null && seconds > LONGEST_SECONDS ? seconds / 1000 : seconds,
    bytes: limits?.bytes === undefined ? null : Number(limits.bytes),
  };
}

/** Whether a circuit is nearly used up, given what it started with. */
export function isLow(first: CircuitLeft, now: CircuitLeft): boolean {
  if (first.bytes !== null && now.bytes !== null && now.bytes < first.bytes * LOW_BYTES) return true;
  if (first.seconds === null || now.seconds === null) return false;
  return now.seconds < Math.max(first.seconds * LOW_TIME, Math.min(LEAST_SECONDS, first.seconds / 2));
}

interface Watched {
  readonly first: CircuitLeft;
  readonly firstAt: number;
  retryAt: number;
  /** Another one is being opened. */
  replacing: boolean;
}

export interface CircuitRenewalOptions<Circuit> {
  /** The circuit is nearly used up: it is not to be used for anything new. */
  fading(connection: Circuit): void;
  /**
   * Opens another circuit to the same peer, and takes over what runs on the old one. False: it is not to be replaced, as
   * long as another one is better or nothing of ours runs on it.
   */
  replace(connection: Circuit): Promise<boolean>;
}

/**
 * A relay lends a circuit for some time and some bytes only. Before one that is in use ends, another takes its place,
 * so that neither a long call nor one that waits for a person is cut off.
 */
export class CircuitRenewal<Circuit extends Pick<Connection, 'limits' | 'status'>> {
  readonly #options: CircuitRenewalOptions<Circuit>;
  readonly #watched = new Map<Circuit, Watched>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: CircuitRenewalOptions<Circuit>) {
    this.#options = options;
  }

  /** Looks after a link from now on, where it has limits. */
  watch(connection: Circuit): void {
    if (connection.limits === undefined) return;
    this.#watched.set(connection, {
      first: circuitLeft(connection),
      firstAt: Date.now(),
      retryAt: 0,
      replacing: false,
    });
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
  }

  forget(connection: Circuit): void {
    this.#watched.delete(connection);
    if (this.#watched.size === 0) this.stop();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #look(): void {
    for (const [connection, watched] of this.#watched) {
      if (watched.replacing || Date.now() < watched.retryAt || connection.status !== 'open') continue;
      if (!isLow(watched.first, this.#leftOf(connection, watched))) continue;
      this.#options.fading(connection);
      watched.replacing = true;
      void this.#replace(connection, watched);
    }
  }

  async #replace(connection: Circuit, watched: Watched): Promise<void> {
    try {
      // One that is not to be replaced now may be the best again by the next look, and have little time left.
      if (await this.#options.replace(connection)) watched.retryAt = Date.now() + LOOK_AGAIN_MS;
    } catch {
      // It is tried again after a while; if it never works, the circuit ends, and the calls on it say so.
      watched.retryAt = Date.now() + RETRY_MS;
    } finally {
      watched.replacing = false;
    }
  }

  /** Where the limit was stated in milliseconds, the time that libp2p counts down is no use: it is counted here. */
  #leftOf(connection: Circuit, { first, firstAt }: Watched): CircuitLeft {
    const { bytes } = circuitLeft(connection);
    const seconds = first.seconds === null ? null : first.seconds - (Date.now() - firstAt) / 1000;
    return { seconds, bytes };
  }
}
