import { z } from 'zod';
import { AgentView } from './agents.ts';
import { CallView } from './calls.ts';
import { ApprovalView, ReviewView } from './gate.ts';
import { PeerId, Time } from './ids.ts';
import { PanicReport } from './panic.ts';
import { PeerView } from './peers.ts';
import { Reachability, RelayView } from './reachability.ts';
import { RuleView } from './rules.ts';
import { SettingOverrides, Settings } from './settings.ts';
import { TransportView } from './transports.ts';

/** How many calls the live state keeps, newest last. Older ones are in the records. */
export const LIVE_CALLS = 500;

/** Something the person should know of the host itself, such as a busy port. */
export const Notice = z.strictObject({
  id: z.string(),
  level: z.enum(['info', 'warning', 'error']),
  text: z.string(),
  at: Time,
});
export type Notice = z.infer<typeof Notice>;

export const HostView = z.strictObject({
  version: z.string(),
  peerId: PeerId,
  did: z.string(),
  dawnNodeId: z.string(),
  startedAt: Time,
  dataDir: z.string(),
  /** `file`: a 0600 file. `os`: encrypted by the operating system. `plain`: the OS offered no real encryption. */
  keyKeptBy: z.enum(['file', 'os', 'plain']),
  /** Full multiaddrs on which this host listens, `/p2p/…` included. */
  addresses: z.array(z.string()),
  /** Time of "Stop all"; null while things run. */
  stoppedAt: Time.nullable(),
  /** What the last "Stop all" stopped; null once things run again. */
  panic: PanicReport.nullable(),
  /** Somebody is not to be disturbed now: quiet hours, or "Do not disturb"; until then. Null: questions make themselves heard. */
  quietUntil: Time.nullable(),
  /** Counts up with each change of the rules; see `rules.history`. */
  rulesVersion: z.int().nonnegative(),
  /** Both transports, whether they run or not. */
  transports: z.array(TransportView),
  /** The demo's peers are running. */
  demo: z.boolean(),
  notices: z.array(Notice),
  /** What it does as a relay; null where it is none. */
  relay: RelayView.nullable(),
  /** Settings that the environment decides for this run. */
  overrides: SettingOverrides,
});
export type HostView = z.infer<typeof HostView>;

export const Gauges = z.strictObject({
  peersConnected: z.int().nonnegative(),
  callsPerSecond: z.number().nonnegative(),
  /** Of the calls of the last minute; null without any. */
  p50Ms: z.number().nullable(),
  bytesIn: z.number().nonnegative(),
  bytesOut: z.number().nonnegative(),
  memoryBytes: z.number().nonnegative(),
  callsTotal: z.int().nonnegative(),
  /** Agents in the registry: own, contacts' and the network's. Ask again when it, or `agentsSeenAt`, changes. */
  agentsSeen: z.int().nonnegative(),
  agentsSeenAt: Time,
});
export type Gauges = z.infer<typeof Gauges>;

export const LiveState = z.strictObject({
  host: HostView,
  gauges: Gauges,
  settings: Settings,
  reachability: Reachability,
  peers: z.record(z.string(), PeerView),
  agents: z.record(z.string(), AgentView),
  approvals: z.record(z.string(), ApprovalView),
  reviews: z.record(z.string(), ReviewView),
  rules: z.record(z.string(), RuleView),
  calls: z.record(z.string(), CallView),
});
export type LiveState = z.infer<typeof LiveState>;

/** A new value for one entry; null removes it. */
export const Change = z.discriminatedUnion('of', [
  z.strictObject({ of: z.literal('host'), value: HostView }),
  z.strictObject({ of: z.literal('gauges'), value: Gauges }),
  z.strictObject({ of: z.literal('settings'), value: Settings }),
  z.strictObject({ of: z.literal('reachability'), value: Reachability }),
  z.strictObject({ of: z.literal('peers'), id: z.string(), value: PeerView.nullable() }),
  z.strictObject({ of: z.literal('agents'), id: z.string(), value: AgentView.nullable() }),
  z.strictObject({ of: z.literal('approvals'), id: z.string(), value: ApprovalView.nullable() }),
  z.strictObject({ of: z.literal('reviews'), id: z.string(), value: ReviewView.nullable() }),
  z.strictObject({ of: z.literal('rules'), id: z.string(), value: RuleView.nullable() }),
  z.strictObject({ of: z.literal('calls'), id: z.string(), value: CallView.nullable() }),
]);
export type Change = z.infer<typeof Change>;

/** What a watcher gets: one snapshot, then numbered deltas. */
export const LiveMessage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('snapshot'),
    watch: z.string(),
    /** One run of the host. Numbers of another epoch mean nothing. */
    epoch: z.string(),
    seq: z.int(),
    state: LiveState,
  }),
  z.strictObject({
    type: z.literal('delta'),
    watch: z.string(),
    epoch: z.string(),
    /** The number the delta builds on; a watcher at any other number asks anew. */
    from: z.int(),
    seq: z.int(),
    changes: z.array(Change),
    /** Calls that came and went faster than this watcher reads; they are in the records. */
    droppedCalls: z.int().nonnegative(),
  }),
]);
export type LiveMessage = z.infer<typeof LiveMessage>;

/** Calls that are under way stay in the live state, however many newer ones there are. */
export const isCallOver = ({ status }: CallView): boolean =>
  status !== 'received' && status !== 'waiting' && status !== 'running' && status !== 'reviewing';

/** At most this many messages are sent beyond the last acknowledged one. */
export const LIVE_WINDOW = 8;

/**
 * The state after a delta. Pure; entries that did not change keep their identity. Beyond `LIVE_CALLS` the
 * oldest calls fall off, as they do at the host.
 */
export function applyChanges(state: LiveState, changes: readonly Change[]): LiveState {
  const next = { ...state };
  const copied = new Set<Change['of']>();
  for (const change of changes) {
    switch (change.of) {
      case 'host':
        next.host = change.value;
        break;
      case 'gauges':
        next.gauges = change.value;
        break;
      case 'settings':
        next.settings = change.value;
        break;
      case 'reachability':
        next.reachability = change.value;
        break;
      case 'peers':
      case 'agents':
      case 'approvals':
      case 'reviews':
      case 'rules':
      case 'calls': {
        if (!copied.has(change.of)) {
          Object.assign(next, { [change.of]: { ...next[change.of] } });
          copied.add(change.of);
        }
        const entries: Record<string, unknown> = next[change.of];
        if (change.value === null) delete entries[change.id];
        else entries[change.id] = change.value;
        break;
      }
      default:
        change satisfies never;
    }
  }
  if (copied.has('calls')) {
    // Integer keys are kept in rising order, so the first ones are the oldest.
    const calls = Object.entries(next.calls);
    const ended = calls.filter(([, call]) => isCallOver(call));
    for (const [id] of ended.slice(0, Math.max(0, calls.length - LIVE_CALLS))) delete next.calls[id];
  }
  return next;
}
