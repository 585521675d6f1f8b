import { z } from 'zod';

/** A libp2p PeerId in its text form (base58btc, Ed25519 keys only: `12D3Koo…`). */
export const PeerId = z
  .string()
  .regex(/^12D3Koo[1-9A-HJ-NP-Za-km-z]{45}$/, 'A peer id starts with 12D3Koo and has 52 characters.')
  .brand<'PeerId'>();
export type PeerId = z.infer<typeof PeerId>;

/** The name of an agent. It is also its id: unique on its host, stable, safe in a URL and a file name. */
export const AgentName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/,
    'An agent name has 1 to 40 letters, digits, dots, dashes or underscores, and starts with a letter or digit.',
  )
  .brand<'AgentName'>();
export type AgentName = z.infer<typeof AgentName>;

/** Counts up over the whole life of an installation's records. */
export const CallId = z.int().positive().brand<'CallId'>();
export type CallId = z.infer<typeof CallId>;

export const ApprovalId = z.string().min(4).max(32).brand<'ApprovalId'>();
export type ApprovalId = z.infer<typeof ApprovalId>;

export const RuleId = z.string().min(4).max(32).brand<'RuleId'>();
export type RuleId = z.infer<typeof RuleId>;

/** Milliseconds since 1970-01-01 UTC. */
export const Time = z.number().nonnegative();

/** Lower-case hex of a SHA-256. */
export const Sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
