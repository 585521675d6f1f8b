import { z } from 'zod';
import { AgentName, PeerId, Time } from './ids.ts';

/** One agent that this host knows of, its own included. Texts are those of its card: hostile unless it is ours. */
export const SeenAgent = z.strictObject({
  peerId: PeerId,
  agent: AgentName,
  description: z.string(),
  version: z.string().nullable(),
  /** Names only; at most 200. */
  tools: z.array(z.string()),
  tags: z.array(z.string()),
  /** Whose it is. */
  source: z.enum(['own', 'contact', 'network']),
  /** How it was heard of last. */
  heardBy: z.enum(['own', 'card', 'gossip', 'dht']),
  /**
   * - `card`: the whole card was fetched from the peer itself, and its signature is good
   * - `announcement`: only its announcement is here, whose signature is good
   */
  verified: z.enum(['card', 'announcement']),
  /** Of the card or announcement, as the peer counts; newest wins. */
  sequence: z.int().nonnegative(),
  /** When it was last heard of. */
  seenAt: Time,
  expiresAt: Time.nullable(),
});
export type SeenAgent = z.infer<typeof SeenAgent>;

export const RegistryQuery = z.strictObject({
  /** Matches agent, description, tools and tags; every word must be found. */
  text: z.string().max(200).optional(),
  /** Exact name of a tool. */
  tool: z.string().max(256).optional(),
  /** Exact tag. */
  tag: z.string().max(100).optional(),
  source: SeenAgent.shape.source.optional(),
  limit: z.int().min(1).max(1000).default(200),
});
export type RegistryQuery = z.infer<typeof RegistryQuery>;

/** What an agent can be looked up by in the distributed table. */
export const Capability = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('tool'), name: z.string().min(1).max(256) }),
  z.strictObject({ kind: z.literal('tag'), name: z.string().min(1).max(100) }),
]);
export type Capability = z.infer<typeof Capability>;
