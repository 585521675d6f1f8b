import { createHash } from 'node:crypto';
import {
  createGate,
  type Gate,
  type GateOutcome,
  type GateQuestion,
  type GateVerdict,
} from '../../../../../main/host/gate/index.ts';
import type { ToolAnnotations } from '../../../../../shared/agents.ts';
import type { ApprovalView, Rule } from '../../../../../shared/gate.ts';
import { AgentName, CallId, PeerId, type RuleId } from '../../../../../shared/ids.ts';

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
  pins: Map<string, string>;
  settings: { approvalSeconds: number; trustedMayRead: boolean };
  events: { approvals: [string, ApprovalView | null][]; blocked: PeerId[]; rules: [string, unknown][] };
  failStore: { pins: boolean; rules: boolean; removal: boolean };
}

/** A gate over stores in memory and clocks that stand still until moved. */
export function makeWorld(stored: readonly Rule[] = []): World {
  const world = {
    clock: { wall: 1_700_000_000_000, monotonic: 5000 },
    rules: new Map(stored.map((rule) => [rule.id, rule])),
    pins: new Map<string, string>(),
    settings: { approvalSeconds: 300, trustedMayRead: false },
    events: { approvals: [], blocked: [], rules: [] } as World['events'],
    failStore: { pins: false, rules: false, removal: false },
  };
  const gate = createGate(
    { now: () => world.clock.wall, monotonic: () => world.clock.monotonic },
    {
      rules: {
        list: () => [...world.rules.values()],
        put: (rule) => {
          if (world.failStore.rules) throw new Error('disk full');
          world.rules.set(rule.id, rule);
        },
        remove: (id) => {
          if (world.failStore.removal) throw new Error('disk full');
          world.rules.delete(id);
        },
      },
      pins: {
        get: (agent, tool) => world.pins.get(`${agent}/${tool}`) ?? null,
        put: (agent, tool, pin) => {
          if (world.failStore.pins) throw new Error('disk full');
          world.pins.set(`${agent}/${tool}`, pin);
        },
        removeAgent: (agent) => {
          for (const key of world.pins.keys()) if (key.startsWith(`${agent}/`)) world.pins.delete(key);
        },
      },
      past: {
        count: (_peer, _agent, _tool, direction) =>
          direction === 'in' ? { allowed: 3, denied: 1 } : { allowed: 7, denied: 0 },
      },
      settings: () => world.settings,
    },
  );
  gate.on('approval', (id, view) => world.events.approvals.push([id, view]));
  gate.on('block', (peerId) => world.events.blocked.push(peerId));
  gate.on('rule', (id, view) => world.events.rules.push([id, view]));
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
  change: Partial<Omit<Rule, 'id' | 'createdAt'>> = {},
): Omit<Rule, 'id' | 'createdAt'> => ({
  peerId: null,
  agent: null,
  tool: null,
  effect: 'allow',
  expiresAt: null,
  untilQuit: false,
  pin: null,
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
