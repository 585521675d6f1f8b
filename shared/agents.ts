import { z } from 'zod';
import { AgentName, Sha256Hex, Time } from './ids.ts';
import { Bodies } from './settings.ts';

/** Where an agent's MCP server is and how it is started. */
export const AgentSource = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('stdio'),
    command: z.string().min(1, 'Give the command that starts the agent.').max(4096),
    args: z.array(z.string().max(32_768)).max(256),
    /** Added to a small inherited environment (PATH, HOME, LANG and the like). */
    env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(32_768)),
    /** Null: the home directory. */
    cwd: z.string().max(4096).nullable(),
  }),
  z.strictObject({
    kind: z.literal('http'),
    url: z.url({ protocol: /^https?$/, error: 'Give the http:// or https:// address of the agent.' }),
    headers: z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/), z.string().max(32_768)),
  }),
]);
export type AgentSource = z.infer<typeof AgentSource>;

export const AgentSpec = z.strictObject({
  name: AgentName,
  description: z.string().max(500),
  tags: z.array(z.string().min(1).max(40)).max(16),
  source: AgentSource,
  /** Start with the host. */
  autostart: z.boolean(),
  /** Tell the whole network that it is here. Otherwise only contacts see it. */
  announced: z.boolean().default(false),
  /** What is kept of its calls' arguments and results; null: as the settings say. */
  bodies: Bodies.nullable().default(null),
});
export type AgentSpec = z.infer<typeof AgentSpec>;

/**
 * - `unconfirmed`: its command has not been confirmed by the person since it was last changed
 * - `waiting`: it ended or could not start; it is started again at `nextStartAt`
 * - `crashed`: it ended too often in a short time and is left alone until the person starts it
 */
export const AgentState = z.enum([
  'unconfirmed',
  'stopped',
  'starting',
  'running',
  'waiting',
  'crashed',
  'stopping',
]);
export type AgentState = z.infer<typeof AgentState>;

/** Hints of an MCP server about a tool. Missing ones mean the worst (MCP specification, ToolAnnotations). */
export const ToolAnnotations = z.strictObject({
  readOnly: z.boolean(),
  destructive: z.boolean(),
  idempotent: z.boolean(),
  openWorld: z.boolean(),
  /** False where the agent gave no hints, so that the values above are the defaults. */
  stated: z.boolean(),
});
export type ToolAnnotations = z.infer<typeof ToolAnnotations>;

export const Tool = z.strictObject({
  name: z.string(),
  title: z.string().nullable(),
  description: z.string(),
  /** JSON Schema, as the agent gave it. */
  inputSchema: z.record(z.string(), z.unknown()),
  annotations: ToolAnnotations,
  /** SHA-256 over the canonical JSON (RFC 8785) of the whole definition. */
  pin: Sha256Hex,
});
export type Tool = z.infer<typeof Tool>;

/** A tool without its schema, small enough to be kept live. */
export const ToolSummary = Tool.omit({ inputSchema: true });
export type ToolSummary = z.infer<typeof ToolSummary>;

export const AgentView = z.strictObject({
  name: AgentName,
  description: z.string(),
  tags: z.array(z.string()),
  /** Environment and header values are left out: `•` stands for each. */
  source: AgentSource,
  /** What is to be confirmed before it first runs: the whole command line or URL in one line. */
  commandLine: z.string(),
  /** Digest of `source`; a confirmation names it, so what was shown is what runs. */
  sourceDigest: Sha256Hex,
  autostart: z.boolean(),
  announced: z.boolean(),
  bodies: Bodies.nullable(),
  state: AgentState,
  /** Why it is in this state, as a sentence; null where there is nothing to say. */
  detail: z.string().nullable(),
  since: Time,
  nextStartAt: Time.nullable(),
  pid: z.int().nullable(),
  /** Of the whole process tree; null when not running or not measured (HTTP agents). */
  cpuPercent: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  restarts: z.int().nonnegative(),
  server: z.strictObject({ name: z.string(), version: z.string(), protocol: z.string() }).nullable(),
  tools: z.array(ToolSummary),
  callsRunning: z.int().nonnegative(),
});
export type AgentView = z.infer<typeof AgentView>;

export const LogLine = z.strictObject({
  at: Time,
  /** `gatehouse`: what the supervisor says. */
  from: z.enum(['stdout', 'stderr', 'gatehouse']),
  text: z.string(),
});
export type LogLine = z.infer<typeof LogLine>;
