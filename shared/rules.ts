import { z } from 'zod';
import { AgentName, CallId, PeerId, RuleId, Sha256Hex, Time } from './ids.ts';

/** `ask-and-review`: the person decides on the call, and again on what the agent answered before it leaves. */
export const Effect = z.enum(['allow', 'ask', 'ask-and-review', 'deny']);
export type Effect = z.infer<typeof Effect>;

/** A place in the arguments: a JSON pointer (RFC 6901). Empty: the arguments as a whole. */
const Pointer = z
  .string()
  .max(500)
  .regex(/^(\/([^~/]|~[01])*)*$/, 'A place in the arguments looks like /path or /options/0.');
const Scalar = z.union([z.string().max(4000), z.number(), z.boolean(), z.null()]);
export type Scalar = z.infer<typeof Scalar>;

/**
 * What one argument must be. An argument that is missing meets none of these.
 * - `prefix`: the text begins with it
 * - `path`: a file path within a glob, both made normal first: `*` within one name, `**` any number of names
 * - `range`: a number, both ends included
 * - `max-size`: at most so many bytes as canonical JSON (RFC 8785)
 */
export const Constraint = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('equals'), at: Pointer, value: Scalar }),
  z.strictObject({ kind: z.literal('one-of'), at: Pointer, values: z.array(Scalar).min(1).max(64) }),
  z.strictObject({ kind: z.literal('prefix'), at: Pointer, prefix: z.string().min(1).max(1000) }),
  z.strictObject({ kind: z.literal('path'), at: Pointer, glob: z.string().min(1).max(1000) }),
  z
    .strictObject({
      kind: z.literal('range'),
      at: Pointer,
      min: z.number().nullable(),
      max: z.number().nullable(),
    })
    .refine(({ min, max }) => min !== null || max !== null, 'Give the smallest or the largest number.')
    .refine(
      ({ min, max }) => min === null || max === null || min <= max,
      'The smallest is above the largest.',
    ),
  z.strictObject({ kind: z.literal('max-size'), at: Pointer, bytes: z.int().min(1).max(8_388_608) }),
]);
export type Constraint = z.infer<typeof Constraint>;

const Amount = z.int().min(1).max(1_000_000_000_000).nullable();
/** Null: as much as there is. Seconds are those in which the agent works. */
const Amounts = z.strictObject({ calls: Amount, bytes: Amount, seconds: Amount });
/** Counted over the last 60 minutes and the last 24 hours. */
export const Limits = z.strictObject({ hour: Amounts, day: Amounts });
export type Limits = z.infer<typeof Limits>;

/** What a peer may use on one day (the last 24 hours), over all agents. Beyond it the peer is paused. */
export const Budget = Amounts;
export type Budget = z.infer<typeof Budget>;

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'A time looks like 09:00.');
/** In this machine's local time. `from` after `to` runs over midnight; it belongs to the day on which it began. */
export const Hours = z.strictObject({
  /** 0 is Sunday. */
  days: z.array(z.int().min(0).max(6)).min(1).max(7),
  from: TimeOfDay,
  to: TimeOfDay,
});
export type Hours = z.infer<typeof Hours>;

const scope = {
  /** Null matches anything, here and in the next three. */
  peerId: PeerId.nullable(),
  /** Peers of this trust; only where no peer is named. */
  trust: z.enum(['unknown', 'known', 'trusted']).nullable(),
  agent: AgentName.nullable(),
  /** As long as the longest target of a call: its method and up to 2,048 characters of name or address. */
  tool: z.string().min(1).max(2300).nullable(),
  /** All must be met. */
  arguments: z.array(Constraint).max(16),
  /** Outside these hours the rule is as if it were not there. */
  hours: Hours.nullable(),
};

/** What a person makes a rule of. */
export const NewRule = z
  .strictObject({
    ...scope,
    effect: Effect,
    /** Of rules that allow: once used up, the person is asked until there is room again. */
    limits: Limits.nullable(),
    /** Null: does not expire by itself. */
    expiresAt: Time.nullable(),
    /** Gone when the host stops. */
    untilQuit: z.boolean(),
  })
  .refine(({ peerId, trust }) => peerId === null || trust === null, {
    message: 'Name a peer or a trust, not both.',
    path: ['trust'],
  })
  .refine(({ effect, limits }) => limits === null || effect === 'allow', {
    message: 'Only a rule that allows has limits.',
    path: ['limits'],
  });
export type NewRule = z.infer<typeof NewRule>;

/** A stored decision. */
export const Rule = z.strictObject({
  ...scope,
  effect: Effect,
  limits: Limits.nullable(),
  expiresAt: Time.nullable(),
  untilQuit: z.boolean(),
  id: RuleId,
  createdAt: Time,
  /** The tool's pin when the rule was made; null for rules on more than one tool. */
  pin: Sha256Hex.nullable(),
});
export type Rule = z.infer<typeof Rule>;

/** What was used of something limited. */
export const Used = z.strictObject({
  calls: z.int().nonnegative(),
  bytes: z.number().nonnegative(),
  seconds: z.number().nonnegative(),
});
export type Used = z.infer<typeof Used>;

export const RuleView = Rule.extend({
  uses: z.int().nonnegative(),
  lastUsedAt: Time.nullable(),
  /** Of what is limited; null for rules without limits. */
  used: z.strictObject({ hour: Used, day: Used }).nullable(),
  /** Its tool's definition is no longer the one it was made for: the person is asked instead. */
  suspended: z.boolean(),
});
export type RuleView = z.infer<typeof RuleView>;

/** A rule without what narrows or limits it; for whoever makes one by hand. */
export const plainRule: Omit<Rule, 'id' | 'createdAt' | 'effect'> = {
  peerId: null,
  trust: null,
  agent: null,
  tool: null,
  arguments: [],
  hours: null,
  limits: null,
  expiresAt: null,
  untilQuit: false,
  pin: null,
};

/** The steps of the gate, in the order in which they are taken. */
export const Step = z.enum([
  'stopped',
  'blocked',
  'rule-denies',
  'unknown-peer',
  'budget',
  'legacy',
  'pin',
  'rule',
  'limits',
  'trust',
  'quiet',
]);
export type Step = z.infer<typeof Step>;

/** Why a call is, was or would be decided as it is. */
export const Explanation = z.strictObject({
  /** What comes of it. `deny` covers what is refused for any reason. */
  effect: Effect,
  /** The step that decided. */
  by: Step,
  ruleId: RuleId.nullable(),
  /** One sentence that says all of it. */
  sentence: z.string(),
  /** Each step up to the one that decided, with what was found. */
  steps: z.array(z.strictObject({ step: Step, decided: z.boolean(), text: z.string() })),
  /** Rules on this peer, agent and tool, in the order in which they are looked at; at most 100. */
  rules: z.array(
    z.strictObject({
      ruleId: RuleId,
      outcome: z.enum(['decides', 'less-specific', 'does-not-match', 'expired', 'outside-hours', 'used-up']),
      /** Such as which argument does not fit. */
      text: z.string(),
    }),
  ),
});
export type Explanation = z.infer<typeof Explanation>;

/** A call that need not exist. */
export const ImaginedCall = z.strictObject({
  peerId: PeerId,
  agent: AgentName,
  tool: z.string().min(1).max(2300),
  arguments: z.record(z.string(), z.unknown()),
  /** Now, where left out; counts for hours and expiry. */
  at: Time.optional(),
});
export type ImaginedCall = z.infer<typeof ImaginedCall>;

/** What a rule would have changed, had it been there. Over recorded incoming calls, newest first, at most 10,000. */
export const Replay = z.strictObject({
  calls: z.int().nonnegative(),
  since: Time.nullable(),
  /** Calls that the rule would have decided. */
  decided: z.int().nonnegative(),
  wouldAllow: z.int().nonnegative(),
  wouldAsk: z.int().nonnegative(),
  wouldDeny: z.int().nonnegative(),
  /** Of those it would have allowed: calls that were denied by the person or a rule. */
  allowsDenied: z.int().nonnegative(),
  /** Of those it would have denied: calls that were allowed. */
  deniesAllowed: z.int().nonnegative(),
  /** Its arguments are not in the records (masked, hashed or too long), so that nothing can be said of them. */
  unknown: z.int().nonnegative(),
  /** Calls that would have gone otherwise than they did, newest first, at most 50. */
  differing: z.array(z.strictObject({ id: CallId, was: z.enum(['allow', 'deny']), would: Effect })),
  sentence: z.string(),
});
export type Replay = z.infer<typeof Replay>;

/** A narrow, expiring rule that past approvals speak for. */
export const Proposal = z.strictObject({
  /** Stays the same while the rule does. */
  id: z.string().max(64),
  rule: NewRule,
  /** How many like calls the person allowed, and none denied. */
  approvals: z.int().positive(),
  replay: Replay,
});
export type Proposal = z.infer<typeof Proposal>;

/** One step in the history of the rules. */
export const RulesVersion = z.strictObject({
  version: z.int().positive(),
  at: Time,
  /** Why they changed. */
  by: z.enum(['answer', 'person', 'import', 'restore', 'peer-forgotten', 'agent-replaced', 'expired']),
  added: z.array(Rule),
  removed: z.array(Rule),
  /** Before and after. */
  changed: z.array(z.strictObject({ before: Rule, after: Rule })),
});
export type RulesVersion = z.infer<typeof RulesVersion>;

/** What an import would do. Nothing is changed before it is confirmed. */
export const RulesDifference = z.strictObject({
  /** Of the rules that it was compared with; an import names it and is refused once they have changed. */
  version: z.int().nonnegative(),
  /** SHA-256 of the text that was read. */
  digest: Sha256Hex,
  added: z.array(Rule),
  removed: z.array(Rule),
  changed: z.array(z.strictObject({ before: Rule, after: Rule })),
  unchanged: z.int().nonnegative(),
  /** What the person should look at, such as a peer that is not known here: a sentence each. */
  warnings: z.array(z.string()),
});
export type RulesDifference = z.infer<typeof RulesDifference>;

/** Longest rules file, in characters. */
export const MAX_RULES_FILE = 2_000_000;
/** Rules that may be kept. */
export const MAX_RULES = 5000;
