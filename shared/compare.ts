import { z } from 'zod';
import { AgentName, PeerId, Time } from './ids.ts';

/** A way to a peer that can be measured by itself. `websocket`: the Dawn wire, strict; `legacy`: as a Dawn node speaks it. */
export const Way = z.enum(['tcp', 'quic', 'ws', 'webrtc', 'relay', 'websocket', 'legacy']);
export type Way = z.infer<typeof Way>;

export const CompareRequest = z.strictObject({
  peerId: PeerId,
  /**
   * The tool to call, through the gate of the other side, as any call. Null: lines of `bytes` that the other side sends
   * back, for contacts only; over `legacy`, `node/get_info`.
   */
  target: z
    .strictObject({
      agent: AgentName,
      tool: z.string().min(1).max(256),
      arguments: z.record(z.string(), z.unknown()),
    })
    .nullable()
    .default(null),
  /** Of each way. */
  calls: z.int().min(1).max(10_000).default(100),
  /** Calls under way at once, of one way. */
  concurrency: z.int().min(1).max(256).default(1),
  /** Length of one line, where there is no target. */
  bytes: z.int().min(16).max(1_048_576).default(1024),
  /** Null: every way that can be had. */
  ways: z.array(Way).min(1).nullable().default(null),
});
export type CompareRequest = z.infer<typeof CompareRequest>;

export const HISTOGRAM_BUCKETS = 24;

/** What came of one way. Times in ms. */
export const WayResult = z.strictObject({
  way: Way,
  /** Why it was not measured, as a sentence; null where it was. */
  unavailable: z.string().nullable(),
  /** The remote address it ran over. */
  address: z.string().nullable(),
  calls: z.int().nonnegative(),
  /** How many calls were under way at once; less than was asked for where the way takes no more. Null for past calls. */
  concurrency: z.int().positive().nullable(),
  failures: z.int().nonnegative(),
  /** The first failure, as a sentence. */
  failure: z.string().nullable(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
  callsPerSecond: z.number().nullable(),
  /** Both directions together. */
  mibPerSecond: z.number().nullable(),
  /** Of this program, while this way was measured. Null for past calls. */
  cpuSeconds: z.number().nullable(),
  /** How many calls took up to each edge, beginning above the one before; the last holds the rest. */
  histogram: z
    .array(z.strictObject({ upToMs: z.number(), count: z.int().nonnegative() }))
    .max(HISTOGRAM_BUCKETS),
  /** In order of time, at most 200 points; each the median of what came since the one before. */
  series: z.array(z.strictObject({ at: Time, ms: z.number(), calls: z.int().nonnegative() })).max(200),
});
export type WayResult = z.infer<typeof WayResult>;

export const Comparison = z.strictObject({
  peerId: PeerId,
  startedAt: Time,
  endedAt: Time,
  request: CompareRequest,
  ways: z.array(WayResult),
});
export type Comparison = z.infer<typeof Comparison>;

/** News while it runs, a few times a second, then the end. */
export const CompareMessage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('progress'),
    done: z.int().nonnegative(),
    total: z.int().nonnegative(),
    ways: z.array(WayResult),
  }),
  z.strictObject({ type: z.literal('done'), comparison: Comparison }),
]);
export type CompareMessage = z.infer<typeof CompareMessage>;

/** Past calls, out of the records. Times are `runMs`: without what a person took to decide. */
export const PastComparison = z.strictObject({
  since: Time,
  ways: z.array(WayResult),
});
export type PastComparison = z.infer<typeof PastComparison>;
