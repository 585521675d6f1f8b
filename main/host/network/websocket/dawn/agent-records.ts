/** Agents as Dawn describes them: what is told of ours, and what is believed of theirs. */
import { z } from 'zod';
import { AgentCard } from '../../../../../shared/cards.ts';
import { AgentName } from '../../../../../shared/ids.ts';
import type { PeerAgent } from '../../../../../shared/peers.ts';
import { CardError, mcpFacts } from '../../../identity/index.ts';
import { textOf, type Params } from './rpc.ts';

/** Agents of one Dawn node that are looked at, and what is kept of each. */
const MAX_AGENTS = 64;
const MAX_TOOLS = 200;
const MAX_NAME = 256;
const MAX_DESCRIPTION = 500;
const MAX_SIZE = 512 * 1024;
/** How far a Dawn node can page: not at all. */
export const MAX_LISTED = 1000;

/** Longest schema of a tool in `node/list_agents`, in characters; longer ones are in `tools/list` only. */
const MAX_SCHEMA = 16 * 1024;

/** Of a tool in `node/list_agents`. */
interface DawnTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Params;
}

export interface DawnAgentRecord {
  readonly agent_id: string;
  readonly node_id: string;
  readonly local_agent_id: string;
  readonly name: string;
  readonly description: string;
  readonly tools: readonly DawnTool[];
  readonly resources: readonly unknown[];
  readonly prompts: readonly unknown[];
  readonly metadata: Params;
  /** Seconds since 1970. */
  readonly registered_at: number;
  readonly last_seen: number;
  readonly available: boolean;
  readonly health_score: number;
}

/** What a record is made of. */
export interface AgentFacts {
  readonly agent: AgentName;
  readonly description: string;
  readonly version: string;
  readonly tools: readonly { readonly name: string; readonly description: string }[];
}

/** What one of our own cards says. Null where it is none. */
export function factsOfCard(card: unknown): AgentFacts | null {
  const parsed = AgentCard.safeParse(card);
  if (!parsed.success) return null;
  try {
    const { agent, tools } = mcpFacts(parsed.data);
    return { agent, description: parsed.data.description, version: parsed.data.version, tools };
  } catch (error) {
    if (error instanceof CardError) return null;
    throw error;
  }
}

export interface RecordTimes {
  /** When we began to offer it, and now, in ms. */
  readonly since: number;
  readonly now: number;
}

/** @param schemas of its tools, as far as they are known: cards hold none */
export const recordOf = (
  nodeId: string,
  facts: AgentFacts,
  times: RecordTimes,
  schemas: ReadonlyMap<string, Params> = new Map(),
): DawnAgentRecord => ({
  agent_id: `${nodeId}:${facts.agent}`,
  node_id: nodeId,
  local_agent_id: facts.agent,
  name: facts.agent,
  description: facts.description,
  tools: facts.tools.slice(0, MAX_LISTED).map(({ name, description }) => ({
    name,
    description,
    inputSchema: schemas.get(name) ?? { type: 'object' },
  })),
  resources: [],
  prompts: [],
  metadata: { version: facts.version },
  registered_at: times.since / 1000,
  last_seen: times.now / 1000,
  available: true,
  health_score: 1,
});

const Schemas = z.array(
  z
    .looseObject({ name: z.string(), inputSchema: z.record(z.string(), z.unknown()) })
    .nullable()
    .catch(null),
);

/** The schemas of those tools that have one which is not too long. @param tools of the answer to `tools/list` */
export function schemasOf(tools: unknown): ReadonlyMap<string, Params> {
  const listed = Schemas.safeParse(tools).data ?? [];
  return new Map(
    listed.flatMap((tool) =>
      tool === null || (textOf(tool.inputSchema)?.length ?? MAX_SCHEMA) >= MAX_SCHEMA
        ? []
        : [[tool.name, tool.inputSchema] as const],
    ),
  );
}

const Heard = z.looseObject({
  node_id: z.string().optional().catch(undefined),
  local_agent_id: AgentName,
  description: z.string().catch(''),
  tools: z.array(z.unknown()).catch([]),
  resources: z.array(z.unknown()).catch([]),
  prompts: z.array(z.unknown()).catch([]),
  metadata: z.looseObject({ version: z.string().max(100).optional().catch(undefined) }).catch({}),
  available: z.boolean().catch(true),
});

const HeardTool = z.looseObject({
  name: z.string().min(1).max(MAX_NAME),
  description: z.string().nullish().catch(null),
});

const HeardAgents = z.looseObject({ agents: z.array(z.unknown()) });

/** One agent of a Dawn node, and what it has beside tools. */
export interface HeardAgent {
  readonly agent: PeerAgent;
  readonly resources: boolean;
  readonly prompts: boolean;
}

/**
 * What a Dawn node says that it offers, itself: agents of other nodes, and those with names that we could not write, are
 * left out. Null where it is no answer to `node/list_agents`.
 */
export function agentsHeard(result: unknown, nodeId: string): HeardAgent[] | null {
  const list = HeardAgents.safeParse(result);
  if (!list.success) return null;
  const agents = new Map<AgentName, HeardAgent>();
  let size = 0;
  for (const value of list.data.agents.slice(0, MAX_AGENTS)) {
    const heard = Heard.safeParse(value);
    if (!heard.success || agents.has(heard.data.local_agent_id)) continue;
    if (heard.data.node_id !== undefined && heard.data.node_id !== nodeId) continue;
    const { local_agent_id: name, description, tools, resources, prompts, metadata } = heard.data;
    const agent: PeerAgent = {
      name,
      verified: false,
      description: cut(description),
      version: metadata.version?.toWellFormed() ?? '',
      tools: tools.slice(0, MAX_TOOLS).flatMap(toolHeard),
    };
    size += textOf(agent)?.length ?? MAX_SIZE;
    if (size > MAX_SIZE) break;
    agents.set(name, { agent, resources: resources.length > 0, prompts: prompts.length > 0 });
  }
  return [...agents.values()];
}

function toolHeard(value: unknown): PeerAgent['tools'] {
  const tool = HeardTool.safeParse(value);
  if (!tool.success) return [];
  const { name, description } = tool.data;
  return [{ name: name.toWellFormed(), title: null, description: cut(description ?? '') }];
}

const cut = (text: string): string => text.slice(0, MAX_DESCRIPTION).toWellFormed();
