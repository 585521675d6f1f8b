import type { CallView } from '../../shared/calls.ts';
import type { Gauges } from '../../shared/live.ts';
import type { LiveStore } from './live/index.ts';
import type { Network } from './network/index.ts';
import type { CallStore } from './records/index.ts';

const TICK_MS = 1000;
/** Seconds over which calls per second are averaged. */
const RATE_SECONDS = 5;
/** Durations kept for the median, at most a minute old. */
const MAX_SAMPLES = 1024;
const SAMPLE_AGE_MS = 60_000;

/** Counts what the status line shows. */
export class Gauging {
  readonly #modules: { live: LiveStore; network: Network; calls: CallStore };
  readonly #perSecond: number[] = [];
  #samples: { at: number; ms: number }[] = [];
  #thisSecond = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  #agentsSeen = 0;
  #agentsSeenAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #last = Gauging.nothing();

  static nothing(): Gauges {
    return {
      peersConnected: 0,
      callsPerSecond: 0,
      p50Ms: null,
      bytesIn: 0,
      bytesOut: 0,
      memoryBytes: 0,
      callsTotal: 0,
      agentsSeen: 0,
      agentsSeenAt: 0,
    };
  }

  constructor(modules: { live: LiveStore; network: Network; calls: CallStore }) {
    this.#modules = modules;
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
    this.#tick();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Takes note of the registry's size, and of when something in it changed last. */
  seen(agents: number, at: number): void {
    this.#agentsSeen = agents;
    this.#agentsSeenAt = at;
  }

  /** Takes note of a call that has moved on; only ended ones count. */
  count(call: CallView): void {
    if (call.status !== 'answered' && call.status !== 'refused' && call.status !== 'failed') return;
    this.#thisSecond += 1;
    const incoming = call.direction === 'in';
    this.#bytesIn += incoming ? call.requestBytes : call.responseBytes;
    this.#bytesOut += incoming ? call.responseBytes : call.requestBytes;
    if (call.runMs !== null && this.#samples.length < MAX_SAMPLES) {
      this.#samples.push({ at: performance.now(), ms: call.runMs });
    }
  }

  #tellRelay(): void {
    const { live, network } = this.#modules;
    const relay = network.relayView();
    if (JSON.stringify(relay) !== JSON.stringify(live.host.relay)) live.updateHost({ relay });
  }

  #tick(): void {
    this.#tellRelay();
    this.#perSecond.push(this.#thisSecond);
    this.#thisSecond = 0;
    if (this.#perSecond.length > RATE_SECONDS) this.#perSecond.shift();
    const oldest = performance.now() - SAMPLE_AGE_MS;
    this.#samples = this.#samples.filter(({ at }) => at > oldest);
    const sorted = this.#samples.map(({ ms }) => ms).sort((a, b) => a - b);
    const rate = this.#perSecond.reduce((sum, calls) => sum + calls, 0) / this.#perSecond.length;
    const { network, calls, live } = this.#modules;
    const gauges: Gauges = {
      peersConnected: network.peers().filter(({ state }) => state === 'connected').length,
      callsPerSecond: Math.round(rate * 10) / 10,
      p50Ms: sorted[Math.floor(sorted.length / 2)] ?? null,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      // Whole mebibytes, so that an idle host has nothing new to say.
      memoryBytes: Math.round(process.memoryUsage.rss() / 2 ** 20) * 2 ** 20,
      callsTotal: calls.total(),
      agentsSeen: this.#agentsSeen,
      agentsSeenAt: this.#agentsSeenAt,
    };
    if (sameGauges(gauges, this.#last)) return;
    this.#last = gauges;
    live.set({ of: 'gauges', value: gauges });
  }
}

const sameGauges = (a: Gauges, b: Gauges): boolean =>
  a.peersConnected === b.peersConnected &&
  a.callsPerSecond === b.callsPerSecond &&
  a.p50Ms === b.p50Ms &&
  a.bytesIn === b.bytesIn &&
  a.bytesOut === b.bytesOut &&
  a.memoryBytes === b.memoryBytes &&
  a.callsTotal === b.callsTotal &&
  a.agentsSeen === b.agentsSeen &&
  a.agentsSeenAt === b.agentsSeenAt;
