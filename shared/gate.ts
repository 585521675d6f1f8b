import { z } from 'zod';
import { AgentName, ApprovalId, CallId, PeerId, RuleId, Sha256Hex, Time } from './ids.ts';
import { Path } from './peers.ts';

export const Effect = z.enum(['allow', 'ask', 'deny']);
export type Effect = z.infer<typeof Effect>;

/** A stored decision. A null field matches anything. */
export const Rule = z.strictObject({
  id: RuleId,
  peerId: PeerId.nullable(),
  agent: AgentName.nullable(),
  /** As long as the longest target of a call: its method and up to 2,048 characters of name or address. */
  tool: z.string().max(2300).nullable(),
  effect: Effect,
  createdAt: Time,
  /** Null: does not expire by itself. */
  expiresAt: Time.nullable(),
  /** Gone when the host stops. */
  untilQuit: z.boolean(),
  /** The tool's pin when the rule was made; null for rules on more than one tool. */
  pin: Sha256Hex.nullable(),
});
export type Rule = z.infer<typeof Rule>;

export const RuleView = Rule.extend({ uses: z.int().nonnegative(), lastUsedAt: Time.nullable() });
export type RuleView = z.infer<typeof RuleView>;

/** What the tool can do, judged from its annotations. */
export const Risk = z.enum(['reads', 'changes', 'destroys']);
export type Risk = z.infer<typeof Risk>;

/** A question that waits for the person. */
export const ApprovalView = z.strictObject({
  id: ApprovalId,
  callId: CallId,
  /** `in`: the peer calls us. `out`: we call the peer over a legacy link, which is asked each time. */
  direction: z.enum(['in', 'out']),
  peerId: PeerId,
  agent: AgentName,
  tool: z.string(),
  path: Path,
  risk: Risk,
  /** Whether the agent stated the risk, or it was taken to be the worst. */
  riskStated: z.boolean(),
  openWorld: z.boolean(),
  /** One entry for each top-level argument, in the order they were sent: JSON text, cut to 2,000 characters. */
  arguments: z.array(
    z.strictObject({ name: z.string(), preview: z.string(), length: z.int().nonnegative() }),
  ),
  argumentsBytes: z.int().nonnegative(),
  /** SHA-256 over (direction, peer, agent, its source, tool, pin, canonical arguments). An answer names it. */
  digest: Sha256Hex,
  askedAt: Time,
  deadline: Time,
  /** Calls of this peer to this tool that came before; for `out`, ours to it. */
  before: z.strictObject({ allowed: z.int().nonnegative(), denied: z.int().nonnegative() }),
  /** The tool's definition is not the one that was first granted. */
  toolChanged: z.boolean(),
});
export type ApprovalView = z.infer<typeof ApprovalView>;

export const Answer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('allow-once') }),
  /** Up to 30 days. */
  z.strictObject({ kind: z.literal('allow-for'), seconds: z.int().min(1).max(2_592_000) }),
  z.strictObject({ kind: z.literal('allow-until-quit') }),
  z.strictObject({ kind: z.literal('allow-always') }),
  z.strictObject({ kind: z.literal('deny'), always: z.boolean() }),
  z.strictObject({ kind: z.literal('deny-and-block') }),
]);
export type Answer = z.infer<typeof Answer>;

/**
 * Whether an answer can be given to a question. Over a legacy link each call is asked about, so that no permission
 * outlasts the question; and rules are about the calls of others, so that none is made of a call of ours.
 */
export function fits({ path, direction }: Pick<ApprovalView, 'path' | 'direction'>, answer: Answer): boolean {
  switch (answer.kind) {
    case 'allow-once':
    case 'deny-and-block':
      return true;
    case 'deny':
      return direction === 'in' || !answer.always;
    case 'allow-for':
    case 'allow-until-quit':
    case 'allow-always':
      return direction === 'in' && path !== 'legacy';
    default:
      return answer satisfies never;
  }
}

/** Who or what decided on a call. */
export const DecidedBy = z.enum([
  'stopped',
  'blocked',
  'unknown-peer',
  'rule',
  'default',
  'person',
  'expired',
  'withdrawn',
  'limits',
  'theirs',
]);
export type DecidedBy = z.infer<typeof DecidedBy>;

export const Decision = z.strictObject({
  effect: z.enum(['allow', 'deny']),
  by: DecidedBy,
  ruleId: RuleId.nullable(),
});
export type Decision = z.infer<typeof Decision>;
