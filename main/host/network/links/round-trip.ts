import { deadline } from '../../deadline.ts';
import type { LinkConnection } from '../transport.ts';
import type { LinkPulse } from './link-pulse.ts';

const PING_PROTOCOL = '/ipfs/ping/1.0.0';
const PING_BYTES = 32;
/** The first ones wait for a link that is still being set up; the fastest counts. */
const PINGS = 3;
const MEASURE_EVERY_MS = 15_000;
const MEASURE_TIMEOUT_MS = 10_000;

/** How a link is watched: after so much silence it is asked for a sign of life, twice for so long. */
interface Pace {
  readonly silenceMs: number;
  readonly patienceMs: number;
}
/** A link that is kept is found dead within 8 s: calls wait for another one. */
const KEPT: Pace = { silenceMs: 5000, patienceMs: 1500 };
const OTHERS: Pace = { silenceMs: 15_000, patienceMs: 10_000 };
/** One question without an answer may be a busy moment; the next one is not. */
const QUESTIONS = 2;
/** A wait that ends so much later means that this machine was busy or asleep, not the other one. */
const LATE_MS = 1000;
const MAX_EXCUSES = 5;
/** Links are looked at no more often than this. */
const LEAST_MS = 250;

export interface LinkWatchOptions {
  onMeasured(rttMs: number): void;
  /** Whether it is a link to somebody that we want to stay linked to. */
  isKept(): boolean;
  /** Where the connection has one, silence is seen for free and asked about without a stream. */
  readonly pulse?: LinkPulse | undefined;
}

/**
 * Measures a link at once and every 15 s (libp2p ping), and cuts it when it no longer answers. Whatever comes in is
 * as good an answer as any, so that a slow link full of data is not taken for a dead one.
 */
export class LinkWatch {
  readonly #connection: LinkConnection;
  readonly #options: LinkWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #measuring = false;
  #measuredAt = performance.now();
  /** Pings that were answered, where there is no pulse. */
  #answeredAt = performance.now();
  readonly #asking = new Set<Pace>();
  readonly #waiting = new Set<() => void>();

  constructor(connection: LinkConnection, options: LinkWatchOptions) {
    this.#connection = connection;
    this.#options = options;
    void this.#measure();
    this.#plan();
  }

  /** The network may be another one: asks now, and cuts the link within 3 s where nothing comes. */
  check(): void {
    void this.#ask(KEPT);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const stopWaiting of [...this.#waiting]) stopWaiting();
  }

  get #isOpen(): boolean {
    return !this.#stopped && this.#connection.status === 'open';
  }

  get #heardAt(): number {
    return Math.max(this.#answeredAt, this.#options.pulse?.heardAt ?? 0);
  }

  get #pace(): Pace {
    return this.#options.isKept() ? KEPT : OTHERS;
  }

  #plan(): void {
    const dueAt = Math.min(this.#heardAt + this.#pace.silenceMs, this.#measuredAt + MEASURE_EVERY_MS);
    // Whether it is kept may change meanwhile.
    const delay = Math.min(KEPT.silenceMs, Math.max(LEAST_MS, dueAt - performance.now()));
    this.#timer = setTimeout(() => void this.#look(), delay);
  }

  async #look(): Promise<void> {
    if (!this.#isOpen) return;
    const now = performance.now();
    if (now - this.#measuredAt >= MEASURE_EVERY_MS) void this.#measure();
    if (now - this.#heardAt >= this.#pace.silenceMs) await this.#ask(this.#pace);
    if (this.#isOpen) this.#plan();
  }

  async #ask(pace: Pace): Promise<void> {
    if (!this.#isOpen || this.#asking.has(pace)) return;
    this.#asking.add(pace);
    try {
      if (!(await this.#answers(pace.patienceMs)) && this.#isOpen) {
        this.#connection.abort(new Error('The peer no longer answers.'));
      }
    } finally {
      this.#asking.delete(pace);
    }
  }

  async #answers(patienceMs: number): Promise<boolean> {
    const askedAt = performance.now();
    let excuses = 0;
    for (let questions = 0; questions < QUESTIONS; questions += 1) {
      const from = performance.now();
      await this.#wait(this.#ping(patienceMs * QUESTIONS), patienceMs);
      if (!this.#isOpen || this.#heardAt > askedAt) return true;
      if (performance.now() - from < patienceMs + LATE_MS || excuses === MAX_EXCUSES) continue;
      excuses += 1;
      questions -= 1;
    }
    return false;
  }

  /** Ends when the ping is answered or the time is up: a ping that fails says less than the silence around it. */
  #wait(ping: Promise<boolean>, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const stopWaiting = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(stopWaiting);
        resolve();
      };
      const timer = setTimeout(stopWaiting, ms);
      this.#waiting.add(stopWaiting);
      void ping.then((answered) => {
        if (answered) stopWaiting();
      });
    });
  }

  /** @returns whether it was answered */
  async #ping(timeoutMs: number): Promise<boolean> {
    try {
      const { pulse } = this.#options;
      if (pulse === undefined) await roundTrip(this.#connection, 1, timeoutMs);
      else await pulse.ping();
    } catch (error) {
      if (!isUnsupported(error)) return false;
    }
    this.#answeredAt = performance.now();
    return true;
  }

  async #measure(): Promise<void> {
    if (this.#measuring) return;
    this.#measuring = true;
    this.#measuredAt = performance.now();
    try {
      const rttMs = await roundTrip(this.#connection, PINGS, MEASURE_TIMEOUT_MS);
      this.#answeredAt = performance.now();
      if (!this.#stopped) this.#options.onMeasured(rttMs);
    } catch (error) {
      // A peer that does not know the ping answered all the same; one that does not answer is noticed by its silence.
      if (isUnsupported(error)) this.#answeredAt = performance.now();
    } finally {
      this.#measuring = false;
    }
  }
}

const isUnsupported = (error: unknown): boolean =>
  error instanceof Error && error.name === 'UnsupportedProtocolError';

/** The fastest of so many. @returns milliseconds */
async function roundTrip(connection: LinkConnection, wanted: number, timeoutMs: number): Promise<number> {
  if (connection.roundTrip === undefined) return await pings(connection, wanted, timeoutMs);
  const limit = deadline(timeoutMs);
  try {
    let fastest = Infinity;
    for (let count = 0; count < wanted; count += 1)
      fastest = Math.min(fastest, await connection.roundTrip(limit.signal));
    return Math.round(fastest * 100) / 100;
  } finally {
    limit.release();
  }
}

/** The fastest of so many pings on one stream of libp2p. @returns milliseconds */
async function pings(connection: LinkConnection, wanted: number, timeoutMs: number): Promise<number> {
  const limit = deadline(timeoutMs);
  try {
    const stream = await connection.newStream([PING_PROTOCOL], {
      signal: limit.signal,
      runOnLimitedConnection: true,
    });
    try {
      return await new Promise<number>((resolve, reject) => {
        let received = 0;
        let pings = 0;
        let fastest = Infinity;
        let sentAt = performance.now();
        const send = (): void => {
          sentAt = performance.now();
          try {
            stream.send(crypto.getRandomValues(new Uint8Array(PING_BYTES)));
          } catch (error) {
            // An answer that comes too late finds the stream closed; thrown in a listener, that would end the process.
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        };
        stream.addEventListener('message', ({ data }) => {
          received += data.byteLength;
          if (received < PING_BYTES) return;
          received = 0;
          pings += 1;
          fastest = Math.min(fastest, performance.now() - sentAt);
          if (pings < wanted) send();
          else resolve(Math.round(fastest * 100) / 100);
        });
        stream.addEventListener('close', () => reject(new Error('The ping was cut off.')));
        limit.signal.addEventListener('abort', () => reject(new Error('The ping was not answered.')));
        send();
      });
    } finally {
      await stream
        .close({ signal: limit.signal })
        .catch((error: unknown) => stream.abort(new Error(String(error))));
    }
  } finally {
    limit.release();
  }
}
