import { z } from 'zod';
import { Decision } from './gate.ts';
import { CallId, PeerId, RuleId, Time } from './ids.ts';
import { Path, LinkTransport } from './peers.ts';

/**
 * - `interrupted`: the host ended while the call ran; whether it took effect is unknown
 * - `failed`: allowed, but the agent could not answer
 */
export const CallStatus = z.enum([
  'received',
  'waiting',
  'running',
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
});
export type CallView = z.infer<typeof CallView>;

/** Whether a call waits for the person here. One of ours that waits otherwise does so for the one at the other side. */
export const waitsHere = ({ direction, status, path, decision }: CallView): boolean =>
  status === 'waiting' && (direction === 'in' || (path === 'legacy' && decision === null));

export const CallDetail = CallView.extend({
  /** The arguments as JSON text; null where the record keeps none. */
  request: z.string().nullable(),
  response: z.string().nullable(),
  /** SHA-256 of the bytes, kept even where the bodies are not. */
  requestHash: z.string().nullable(),
  responseHash: z.string().nullable(),
});
export type CallDetail = z.infer<typeof CallDetail>;

export const CallQuery = z.strictObject({
  /** Only calls older than this one: the next page. */
  before: CallId.optional(),
  limit: z.int().min(1).max(1000).default(200),
  /** Matches agent, tool, error and peer. */
  text: z.string().max(200).optional(),
  peerId: PeerId.optional(),
  direction: z.enum(['in', 'out']).optional(),
  status: CallStatus.optional(),
  ruleId: RuleId.optional(),
});
export type CallQuery = z.infer<typeof CallQuery>;
