import { z } from 'zod';
import { AgentName, PeerId, Sha256Hex } from './ids.ts';

/** URI of the extension that holds the MCP facts of a card; its params are covered by the signature. */
export const MCP_EXTENSION = 'https://gatehouse.app/a2a/mcp/v1';

/** Params of {@link MCP_EXTENSION}. */
export const McpFacts = z.object({
  peerId: PeerId,
  agent: AgentName,
  /** Counts up with each change; newest wins. */
  sequence: z.int().nonnegative(),
  /** ISO 8601. A card is not shown after it. */
  expires: z.iso.datetime(),
  tools: z
    .array(
      z.object({
        name: z.string().min(1).max(256),
        title: z.string().max(256).optional(),
        description: z.string().max(4000),
        pin: Sha256Hex,
      }),
    )
    .max(1000),
});
export type McpFacts = z.infer<typeof McpFacts>;

/** An A2A v1.0 agent card, as far as Gatehouse reads it. */
export const AgentCard = z.object({
  name: z.string().min(1).max(200),
  description: z.string().max(4000),
  version: z.string().max(100),
  supportedInterfaces: z
    .array(
      z.object({
        url: z.string().max(1000),
        protocolBinding: z.string().max(200),
        protocolVersion: z.string().max(50),
      }),
    )
    .max(16),
  capabilities: z.object({
    streaming: z.boolean().optional(),
    pushNotifications: z.boolean().optional(),
    extensions: z
      .array(
        z.object({
          uri: z.string().max(500),
          description: z.string().max(1000).optional(),
          required: z.boolean().optional(),
          params: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .max(16),
  }),
  defaultInputModes: z.array(z.string().max(100)).max(32),
  defaultOutputModes: z.array(z.string().max(100)).max(32),
  skills: z
    .array(
      z.object({
        id: z.string().max(256),
        name: z.string().max(256),
        description: z.string().max(4000),
        tags: z.array(z.string().max(100)).max(64),
      }),
    )
    .max(1000),
  signatures: z.array(z.object({ protected: z.string().max(2000), signature: z.string().max(1000) })).max(4),
});
export type AgentCard = z.infer<typeof AgentCard>;
