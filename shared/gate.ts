import { z } from 'zod';
import { AgentName, ApprovalId, CallId, PeerId, RuleId, Sha256Hex, Time } from './ids.ts';
import { Path } from './peers.ts';
import { Limits } from './rules.ts';

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
  /** The caller said that it is worse than the agent states: hints of a peer raise the risk, and never lower it. */
  riskRaised: z.boolean(),
  /** One entry for each top-level argument, in the order they were sent: JSON text, cut to 2,000 characters. */
  arguments: z.array(
    z.strictObject({ name: z.string(), preview: z.string(), length: z.int().nonnegative() }),
  ),
  argumentsBytes: z.int().nonnegative(),
  /** SHA-256 over (direction, peer, agent, its source, tool, pin, canonical arguments). An answer names it. */
  digest: Sha256Hex,
  askedAt: Time,
  deadline: Time,
  /** The rule because of which it is asked; null: none decided. */
  ruleId: RuleId.nullable(),
  /** What the agent answers comes back to the person before it leaves. */
  reviewed: z.boolean(),
  /** Put off by the person until then, when it comes back to their notice; null: it was not. */
  laterUntil: Time.nullable(),
  /** The caller has gone, and may come back for what comes of it. */
  callerAway: z.boolean(),
  /** Answered, and not carried out before `at`: until then it can be taken back. */
  answered: z.strictObject({ kind: z.string(), at: Time }).nullable(),
  /** Calls of this peer to this tool that came before; for `out`, ours to it. */
  before: z.strictObject({ allowed: z.int().nonnegative(), denied: z.int().nonnegative() }),
  /** The tool's definition is not the one that was first granted. */
  toolChanged: z.boolean(),
});
export type ApprovalView = z.infer<typeof ApprovalView>;

/** Told to the caller, who sees it as the words of the person. */
const ToldReason = z.string().trim().min(1).max(200).nullable();

export const Answer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('allow-once'),
    /** JSON text of the arguments as the person changed them, at most 1 MiB; null: as they were shown. The caller is told. */
    edited: z.string().max(1_048_576).nullable(),
  }),
  /** Up to 30 days. */
  z.strictObject({
    kind: z.literal('allow-for'),
    seconds: z.int().min(1).max(2_592_000),
    limits: Limits.nullable(),
  }),
  z.strictObject({ kind: z.literal('allow-until-quit'), limits: Limits.nullable() }),
  z.strictObject({ kind: z.literal('allow-always'), limits: Limits.nullable() }),
  z.strictObject({ kind: z.literal('deny'), always: z.boolean(), reason: ToldReason }),
  z.strictObject({ kind: z.literal('deny-and-block') }),
  /**
   * Puts it off: it goes on waiting, for as long again after that time as a question waits, but no longer than 55
   * minutes in all, since callers wait an hour.
   */
  z.strictObject({ kind: z.literal('later'), minutes: z.int().min(1).max(50) }),
]);
export type Answer = z.infer<typeof Answer>;

/** What can be given to several questions at once: changed arguments are those of one call. */
export const AnswerToMany = Answer.refine(
  (answer) => answer.kind !== 'allow-once' || answer.edited === null,
  'Changed arguments are for one call. Answer it by itself.',
);

/** The answers that say no more than their kind. */
export const allowOnce: Answer = { kind: 'allow-once', edited: null };
export const denyOnce: Answer = { kind: 'deny', always: false, reason: null };

/** What an agent answered, held until the person releases it. */
export const ReviewView = z.strictObject({
  id: ApprovalId,
  callId: CallId,
  peerId: PeerId,
  agent: AgentName,
  tool: z.string(),
  path: Path,
  /** The tool itself reported failure (`isError` of MCP). */
  toolError: z.boolean(),
  /** JSON text of the result, cut to 2,000 characters; hostile. */
  preview: z.string(),
  resultBytes: z.int().nonnegative(),
  /** SHA-256 of the canonical result. An answer names it. */
  digest: Sha256Hex,
  /** The rule because of which it is held. */
  ruleId: RuleId.nullable(),
  askedAt: Time,
  /** Then it is not released, and the caller is told so: the call has run. */
  deadline: Time,
  callerAway: z.boolean(),
});
export type ReviewView = z.infer<typeof ReviewView>;

export const ReviewAnswer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('release') }),
  z.strictObject({
    kind: z.literal('redact'),
    /** JSON text of the result that leaves instead: an object as MCP's CallToolResult. The caller is told. */
    result: z.string().max(8_388_608),
  }),
  z.strictObject({ kind: z.literal('refuse'), reason: ToldReason }),
]);
export type ReviewAnswer = z.infer<typeof ReviewAnswer>;

/** A line of a definition as it was granted, or is now, or both. */
export const DefinitionDifference = z.strictObject({
  /** Null where the definition that was granted is not kept. */
  lines: z.array(z.strictObject({ kind: z.enum(['same', 'added', 'removed']), text: z.string() })).nullable(),
  grantedAt: Time.nullable(),
});
export type DefinitionDifference = z.infer<typeof DefinitionDifference>;

/**
 * Whether an answer can be given to a question. Over a legacy link each call is asked about, so that no permission
 * outlasts the question; rules are about the calls of others, so that none is made of a call of ours; and where a rule
 * holds what the agent answers, no answer ends that by the way.
 */
export function fits(
  { path, direction, reviewed }: Pick<ApprovalView, 'path' | 'direction' | 'reviewed'>,
  answer: Answer,
): boolean {
  switch (answer.kind) {
    case 'allow-once':
    case 'deny-and-block':
    case 'later':
      return true;
    case 'deny':
      return direction === 'in' || !answer.always;
    case 'allow-for':
    case 'allow-until-quit':
    case 'allow-always':
      return direction === 'in' && path !== 'legacy' && !reviewed;
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
  'budget',
  'quiet',
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
