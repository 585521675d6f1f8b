import type { Way, WayResult } from '../../../shared/compare.ts';
import { bucketEdges, histogramOf, percentile, seriesOf } from './statistics.ts';

/** Answers of one way that are held. */
export const MAX_SAMPLES = 10_000;
const MAX_POINTS = 200;
const MIB = 2 ** 20;

/** What is counted of one way. */
export class WayTally {
  readonly way: Way;
  unavailable: string | null = null;
  address: string | null = null;
  calls = 0;
  /** The most that were under way at once. Null where nobody measured it. */
  concurrency: number | null = null;
  failures = 0;
  failure: string | null = null;
  /** Both directions together. */
  bytes = 0;
  /** How long calls were under way, in ms, and what that cost in CPU seconds. Null where nobody measured it. */
  activeMs: number | null = null;
  cpuSeconds: number | null = null;
  readonly #at = new Samples();
  readonly #ms = new Samples();

  constructor(way: Way) {
    this.way = way;
  }

  get isFull(): boolean {
    return this.#ms.length >= MAX_SAMPLES;
  }

  /** Of the answers, in ms. */
  get least(): number {
    return this.#ms.values().reduce((least, ms) => Math.min(least, ms), Infinity);
  }

  get most(): number {
    return this.#ms.values().reduce((most, ms) => Math.max(most, ms), 0);
  }

  /** @param at when it was answered, in ms since 1970 */
  answered(at: number, ms: number, bytes: number): void {
    this.calls += 1;
    this.bytes += bytes;
    if (this.isFull) return;
    this.#at.push(at);
    this.#ms.push(ms);
  }

  failed(sentence: string): void {
    this.calls += 1;
    this.failures += 1;
    this.failure ??= sentence;
  }

  result(edges: readonly number[]): WayResult {
    const ms = this.#ms.values();
    const at = this.#at.values();
    const rising = ms.slice().sort();
    const answers = this.calls - this.failures;
    const seconds = this.activeMs === null || this.activeMs === 0 ? null : this.activeMs / 1000;
    return {
      way: this.way,
      unavailable: this.unavailable,
      address: this.address,
      calls: this.calls,
      concurrency: this.concurrency,
      failures: this.failures,
      failure: this.failure,
      p50: percentile(rising, 0.5),
      p95: percentile(rising, 0.95),
      p99: percentile(rising, 0.99),
      callsPerSecond: seconds === null ? null : answers / seconds,
      // Dawn's answers are not counted in bytes.
      mibPerSecond: seconds === null || this.bytes === 0 ? null : this.bytes / MIB / seconds,
      cpuSeconds: this.cpuSeconds,
      histogram: ms.length === 0 ? [] : histogramOf(rising, edges),
      series: seriesOf(inTime(at), at, ms, MAX_POINTS),
    };
  }
}

/** The results of all ways, with one set of buckets, so that they can be laid over each other. */
export function resultsOf(tallies: readonly WayTally[]): WayResult[] {
  const least = Math.min(...tallies.map((tally) => tally.least));
  const most = Math.max(0, ...tallies.map((tally) => tally.most));
  const edges = Number.isFinite(least) ? bucketEdges(least, most) : [];
  return tallies.map((tally) => tally.result(edges));
}

const inTime = (at: Float64Array): number[] =>
  Array.from(at.keys()).sort((a, b) => (at[a] ?? 0) - (at[b] ?? 0));

/** Numbers in a buffer that doubles, up to {@link MAX_SAMPLES}. */
class Samples {
  #values = new Float64Array(128);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Float64Array(Math.min(MAX_SAMPLES, this.length * 2));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length] = value;
    this.length += 1;
  }

  /** Good until the next push. */
  values(): Float64Array {
    return this.#values.subarray(0, this.length);
  }
}
