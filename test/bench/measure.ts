import { z } from 'zod';

/** What one short measurement found. Latencies in milliseconds, from just before a call to just after its answer. */
export const Measured = z.strictObject({
  calls: z.int().nonnegative(),
  callsPerSecond: z.number().nonnegative(),
  p50Ms: z.number().nonnegative(),
  p99Ms: z.number().nonnegative(),
});
export type Measured = z.infer<typeof Measured>;

/** Keeps `inFlight` calls under way for `seconds`, then lets the last ones finish. */
export async function measure(
  call: () => Promise<void>,
  inFlight: number,
  seconds: number,
): Promise<Measured> {
  const latencies: number[] = [];
  const started = performance.now();
  const until = started + seconds * 1000;
  const lane = async (): Promise<void> => {
    for (let before = performance.now(); before < until;) {
      // One after the other on purpose: a lane is one caller that waits for its answer.
      await call();
      const after = performance.now();
      latencies.push(after - before);
      before = after;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const took = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  return {
    calls: latencies.length,
    callsPerSecond: latencies.length / took,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

/** Of values in rising order: the smallest that at least this share of them does not exceed. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
