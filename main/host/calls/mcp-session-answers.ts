import { RECEIPTS_CAPABILITY, TICKETS_CAPABILITY } from '../../../shared/wire.ts';
import type { Agents } from '../agents/index.ts';
import { isRecord, type Params } from './mcp-message.ts';
import { DISCOVER_ERA, statedVersion } from './protocol-meta.ts';

/** Revisions of the `initialize` era that a peer may ask for, newest first. */
const INITIALIZE_ERA = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const;

type Description = NonNullable<ReturnType<Agents['description']>>;

/** What is said of an agent to a peer that is no contact: nothing. */
export const WITHHELD: Description = {
  serverInfo: { name: 'gatehouse', version: '1' },
  capabilities: { tools: {} },
  instructions: undefined,
};

/**
 * The agent's capabilities as far as they hold through the gate: one process serves many callers, so what
 * belongs to one session (subscriptions, log levels, tasks) is not offered.
 */
function offered(
  capabilities: Record<string, unknown>,
  list: { listChanged?: true },
): Record<string, unknown> {
  const passed: Record<string, unknown> = {};
  for (const name of ['tools', 'prompts', 'resources']) if (isRecord(capabilities[name])) passed[name] = list;
  if (isRecord(capabilities['completions'])) passed['completions'] = {};
  return passed;
}

/** Answer to `initialize` (MCP 2025-11-25, Lifecycle). */
export function initializeResult(description: Description, params: Params | undefined): Params {
  const asked = params?.['protocolVersion'];
  const agreed = INITIALIZE_ERA.find((version) => version === asked) ?? INITIALIZE_ERA[0];
  return {
    protocolVersion: agreed,
    capabilities: offered(description.capabilities, { listChanged: true }),
    serverInfo: description.serverInfo,
    ...(description.instructions === undefined ? {} : { instructions: description.instructions }),
  };
}

/** An answer to `initialize`, with what Gatehouse serves beyond MCP: calls that outlast their stream, and receipts. */
export function withExtensions(result: Params, epoch: string): Params {
  const given = result['capabilities'];
  const experimental = { [TICKETS_CAPABILITY]: { epoch }, [RECEIPTS_CAPABILITY]: {} };
  return { ...result, capabilities: { ...(isRecord(given) ? given : {}), experimental } };
}

/** Answer to `server/discover` (MCP 2026-07-28). */
export function discoverResult(description: Description): Params {
  return {
    resultType: 'complete',
    supportedVersions: [DISCOVER_ERA],
    // Changes of lists are told on subscriptions only in this era, and those are not offered.
    capabilities: offered(description.capabilities, {}),
    ...(description.instructions === undefined ? {} : { instructions: description.instructions }),
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { 'io.modelcontextprotocol/serverInfo': description.serverInfo },
  };
}

const CACHEABLE = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
]);

/** Completes the result of an `initialize`-era agent for a caller of the later era; others pass as they are. */
export function forCallersEra(method: string, params: Params | undefined, result: Params): Params {
  if (statedVersion(params) === null) return result;
  const caching = CACHEABLE.has(method) ? { ttlMs: 0, cacheScope: 'private' } : {};
  return { resultType: 'complete', ...caching, ...result };
}
