import { z } from 'zod';
import { Decision } from './gate.ts';
import { CallId, PeerId, RuleId, Time } from './ids.ts';
import { Path, LinkTransport } from './peers.ts';

/**
 * - `reviewing`: the agent has answered, and a person looks at the answer before it leaves
 * - `interrupted`: the host ended while the call ran; whether it took effect is unknown
 * - `failed`: allowed, but the agent could not answer
 */
export const CallStatus = z.enum([
  'received',
  'waiting',
  'running',
  'reviewing',
  'answered',
  'refused',
  'failed',
  'cancelled',
  'interrupted',
]);
export type CallStatus = z.infer<typeof CallStatus>;

/** One MCP request that crosses, or crossed, the network. */
export const CallView = z.strictObject({
  id: CallId,
  direction: z.enum(['in', 'out']),
  peerId: PeerId,
  /** Hostile text on incoming calls: the caller wrote it. */
  agent: z.string(),
  /** The tool's name; for other methods `method:name`, such as `prompts/get:summary`. Hostile text. */
  tool: z.string(),
  path: Path.nullable(),
  transport: LinkTransport.nullable(),
  status: CallStatus,
  /** Null until decided. On outgoing calls: what the other side said, or the person here, where they were asked. */
  decision: Decision.nullable(),
  at: Time,
  /** How long a person was asked. */
  waitMs: z.number().nonnegative(),
  /** How long the agent worked. Outgoing: all the time that was not waiting. */
  runMs: z.number().nonnegative().nullable(),
  requestBytes: z.int().nonnegative(),
  responseBytes: z.int().nonnegative(),
  /** The JSON-RPC error code, where the answer is one. */
  errorCode: z.int().nullable(),
  /** A sentence: why it was refused or failed. */
  error: z.string().nullable(),
  /** The tool itself reported failure (`isError` of MCP). */
  toolError: z.boolean(),
  /** The person changed the arguments before it ran, or the result before it left. */
  changed: z.enum(['no', 'arguments', 'result', 'both']),
  /** Until when it waits for a person, here or there; null where it does not, or the other side does not say. */
  deadline: Time.nullable(),
  /**
   * Outgoing, and its answer was lost with the link: whether the other side can still be asked what came of it.
   * Incoming: the caller has gone, and may come back for the answer.
   */
  redeemable: z.boolean(),
});
export type CallView = z.infer<typeof CallView>;

/** Whether a call waits for the person here. One of ours that waits otherwise does so for the one at the other side. */
export const waitsHere = ({ direction, status, path, decision }: CallView): boolean =>
  (status === 'reviewing' && direction === 'in') ||
  (status === 'waiting' && (direction === 'in' || (path === 'legacy' && decision === null)));

export const CallDetail = CallView.extend({
  /** The arguments as JSON text; null where the record keeps none. */
  request: z.string().nullable(),
  response: z.string().nullable(),
  /** SHA-256 of the bytes, kept even where the bodies are not. */
  requestHash: z.string().nullable(),
  responseHash: z.string().nullable(),
  /** The arguments that ran, where the person changed them. */
  edited: z.string().nullable(),
  /** Secrets in the bodies were masked before they were kept. */
  masked: z.boolean(),
  /** Whether there is a receipt, and who has signed it. */
  receipt: z.enum(['none', 'host', 'both']),
});
export type CallDetail = z.infer<typeof CallDetail>;

export const CallQuery = z.strictObject({
  /** Only calls older than this one: the next page. */
  before: CallId.optional(),
  limit: z.int().min(1).max(1000).default(200),
  /** Matches agent, tool, error and peer. */
  text: z.string().max(200).optional(),
  peerId: PeerId.optional(),
  /** Exactly this agent, and exactly this tool. */
  agent: z.string().max(2300).optional(),
  tool: z.string().max(2300).optional(),
  direction: z.enum(['in', 'out']).optional(),
  status: CallStatus.optional(),
  ruleId: RuleId.optional(),
});
export type CallQuery = z.infer<typeof CallQuery>;
