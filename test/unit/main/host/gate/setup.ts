import { createHash } from 'node:crypto';
import {
  createGate,
  type Gate,
  type GateOutcome,
  type GateQuestion,
  type GateSettings,
  type GateVerdict,
  type Pinned,
  type UsageOf,
} from '../../../../../main/host/gate/index.ts';
import type { ToolAnnotations } from '../../../../../shared/agents.ts';
import type { ApprovalView } from '../../../../../shared/gate.ts';
import { AgentName, CallId, PeerId, type RuleId } from '../../../../../shared/ids.ts';
import type { Trust } from '../../../../../shared/peers.ts';
import {
  plainRule,
  type Budget,
  type NewRule,
  type Rule,
  type RulesVersion,
} from '../../../../../shared/rules.ts';

export const alice = PeerId.parse('12D3KooWMvPXYR7kkC1XSZzjFTyuTYGWE4bzTQbLbTt3jMdJFQe6');
export const bob = PeerId.parse('12D3KooWHFrmLWTTDD4NodngtRMEVYgxrsDMp4F9iSwYntZ9WjHa');
export const notes = AgentName.parse('notes');
export const files = AgentName.parse('files');
export const pinOf = (text: string): string => createHash('sha256').update(text).digest('hex');
export const pinA = pinOf('a');
export const pinB = pinOf('b');
export const sourceA = pinOf('the program');
export const sourceB = pinOf('another program');

export const readOnly: ToolAnnotations = {
  readOnly: true,
  destructive: false,
  idempotent: true,
  openWorld: false,
  stated: true,
};
export const unstated: ToolAnnotations = {
  readOnly: false,
  destructive: true,
  idempotent: false,
  openWorld: true,
  stated: false,
};

export interface World {
  gate: Gate;
  clock: { wall: number; monotonic: number };
  rules: Map<RuleId, Rule>;
  /** Newest first. */
  history: RulesVersion[];
  /** By `agent/tool`. */
  pins: Map<string, string>;
  /** What is kept with the pins, by the same. */
  pinned: Map<string, Pinned>;
  usage: UsageOf[];
  budgets: Map<PeerId, Budget>;
  /** Of peers that are trusted otherwise than their questions say. */
  trust: Map<PeerId, Trust>;
  /** How often it was asked how far a peer is trusted. */
  trustAsked: { times: number };
  settings: { -readonly [Key in keyof GateSettings]: GateSettings[Key] };
  events: {
    approvals: [string, ApprovalView | null][];
    blocked: PeerId[];
    rules: [string, unknown][];
    versions: number[];
    budgets: PeerId[];
  };
  failStore: { pins: boolean; rules: boolean; removal: boolean; usage: boolean };
}

/** What outlives a gate. */
export type Kept = Partial<
  Pick<World, 'clock' | 'rules' | 'history' | 'pins' | 'pinned' | 'usage' | 'budgets'>
>;

/** A gate over stores in memory and clocks that stand still until moved. */
export function makeWorld(stored: readonly Rule[] = [], kept: Kept = {}): World {
  const world: Omit<World, 'gate'> = {
    clock: { wall: 1_700_000_000_000, monotonic: 5000 },
    rules: new Map(stored.map((rule) => [rule.id, rule])),
    history: [],
    pins: new Map(),
    pinned: new Map(),
    usage: [],
    budgets: new Map(),
    trust: new Map(),
    trustAsked: { times: 0 },
    ...kept,
    settings: {
      approvalSeconds: 300,
      executionSeconds: 60,
      trustedMayRead: false,
      questionsPerPeer: 8,
      quietHours: null,
      doNotDisturbUntil: null,
      budget: null,
    },
    events: { approvals: [], blocked: [], rules: [], versions: [], budgets: [] },
    failStore: { pins: false, rules: false, removal: false, usage: false },
  };
  const gate = createGate(
    { now: () => world.clock.wall, monotonic: () => world.clock.monotonic },
    {
      rules: {
        list: () => [...world.rules.values()],
        commit: (change) => {
          const { added, removed, changed } = change;
          if (world.failStore.rules && added.length + changed.length > 0) throw new Error('disk full');
          if (world.failStore.removal && removed.length > 0) throw new Error('disk full');
          for (const { id } of removed) world.rules.delete(id);
          for (const rule of [...added, ...changed.map(({ after }) => after)]) world.rules.set(rule.id, rule);
          const version = (world.history[0]?.version ?? 0) + 1;
          world.history.unshift({ ...change, version });
          return version;
        },
        version: () => world.history[0]?.version ?? 0,
        history: ({ before, limit }) =>
          world.history.filter(({ version }) => before === undefined || version < before).slice(0, limit),
      },
      pins: {
        get: (agent, tool) => world.pins.get(`${agent}/${tool}`) ?? null,
        pinned: (agent, tool) => {
          const pin = world.pins.get(`${agent}/${tool}`);
          if (pin === undefined) return null;
          const pinned = world.pinned.get(`${agent}/${tool}`);
          return pinned?.pin === pin ? pinned : { pin, definition: null, at: null };
        },
        put: (agent, tool, pinned) => {
          if (world.failStore.pins) throw new Error('disk full');
          world.pins.set(`${agent}/${tool}`, pinned.pin);
          world.pinned.set(`${agent}/${tool}`, pinned);
        },
        removeAgent: (agent) => {
          for (const key of world.pins.keys()) if (key.startsWith(`${agent}/`)) world.pins.delete(key);
        },
      },
      past: {
        count: (_peer, _agent, _tool, direction) =>
          direction === 'in' ? { allowed: 3, denied: 1 } : { allowed: 7, denied: 0 },
      },
      usage: {
        list: () => world.usage,
        add: (usage) => {
          if (world.failStore.usage) throw new Error('disk full');
          world.usage.push(...usage.map((use) => ({ ...use })));
        },
      },
      budgets: () => world.budgets,
      settings: () => world.settings,
      trust: (peerId) => {
        world.trustAsked.times += 1;
        return world.trust.get(peerId) ?? 'known';
      },
    },
  );
  gate.on('approval', (id, view) => world.events.approvals.push([id, view]));
  gate.on('block', (peerId) => world.events.blocked.push(peerId));
  gate.on('rule', (id, view) => world.events.rules.push([id, view]));
  gate.on('rulesVersion', (version) => world.events.versions.push(version));
  gate.on('budget', (peerId) => world.events.budgets.push(peerId));
  return { ...world, gate };
}

let lastCall = 0;
export function question(change: Partial<GateQuestion> = {}): GateQuestion {
  lastCall += 1;
  return {
    callId: CallId.parse(lastCall),
    peerId: alice,
    trust: 'known',
    path: 'lan',
    agent: notes,
    source: sourceA,
    tool: 'add',
    args: { text: 'hello', times: 2 },
    pin: pinA,
    annotations: unstated,
    ...change,
  };
}

export const rule = (
  change: Partial<NewRule & { pin: string | null }> = {},
): NewRule & { readonly pin: string | null } => ({
  ...plainRule,
  effect: 'allow',
  ...change,
});

export type WaitingVerdict = Extract<GateVerdict, { kind: 'waiting' }>;

export function expectWaiting(verdict: GateVerdict): WaitingVerdict {
  if (verdict.kind !== 'waiting') throw new Error(`decided: ${JSON.stringify(verdict.outcome)}`);
  return verdict;
}
export function expectDecided(verdict: GateVerdict): GateOutcome {
  if (verdict.kind !== 'decided') throw new Error('the call waits');
  return verdict.outcome;
}
export function expectAllowed(outcome: GateOutcome): Extract<GateOutcome, { effect: 'allow' }> {
  if (outcome.effect !== 'allow') throw new Error(`denied: ${outcome.error.message}`);
  return outcome;
}
/** Begins a call that must be allowed, so that it counts. */
export function begin(outcome: GateOutcome): Extract<GateOutcome, { effect: 'allow' }> {
  const allowed = expectAllowed(outcome);
  const error = allowed.check({ args: allowed.args, pin: pinA, source: sourceA });
  if (error !== null) throw new Error(error.message);
  return allowed;
}
/** `allow:rule`, `deny:unknown-peer`, `ask`. */
export function inShort(verdict: GateVerdict): string {
  if (verdict.kind === 'waiting') return 'ask';
  return `${verdict.outcome.effect}:${verdict.outcome.decision.by}`;
}
export function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length !== 1) throw new Error(`expected one, got ${list.length}`);
  return first;
}
