import type { Tool } from '../../../shared/agents.ts';
import type { AgentRequest, RunningRequest } from './index.ts';
import type { AgentLimits } from './limits.ts';
import { readTool } from './tools.ts';

const PAGE_TIMEOUT_MS = 30_000;

export interface ToolList {
  readonly tools: Tool[];
  /** As the agent wrote them, by name: what the pins are made of. Shares its parts with `tools`. */
  readonly definitions: ReadonlyMap<string, unknown>;
  /** Sentences on what was left out. */
  readonly problems: string[];
  /** False: the list could not be had, and there are no tools. */
  readonly complete: boolean;
}

/**
 * Follows `tools/list` to its end. Read as the agent wrote it, so that one tool with a fault does not void the others
 * and a pin covers the whole definition. Bounded in pages and tools; a cursor that repeats ends it.
 */
export async function listTools(
  send: (request: AgentRequest) => RunningRequest,
  limits: AgentLimits,
): Promise<ToolList> {
  const tools = new Map<string, Tool>();
  const definitions = new Map<string, unknown>();
  const problems: string[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < limits.toolPages; page += 1) {
    const params = cursor === undefined ? undefined : { cursor };
    const answer = await send({ method: 'tools/list', params, timeoutMs: PAGE_TIMEOUT_MS }).answer;
    if ('error' in answer) {
      return {
        tools: [],
        definitions: new Map(),
        problems: [`Its tools could not be listed: ${answer.error.message}`],
        complete: false,
      };
    }
    const entries = answer.result['tools'];
    for (const entry of Array.isArray(entries) ? entries : []) {
      const tool = readTool(entry);
      if (tool === null) problems.push('One of its tools is left out: its definition is not usable.');
      else if (tools.has(tool.name))
        problems.push(`A second tool of the same name is left out: ${tool.name}`);
      else if (tools.size < limits.tools) {
        tools.set(tool.name, tool);
        definitions.set(tool.name, entry);
      } else {
        problems.push(`It has more than ${limits.tools} tools; the others are left out.`);
        return { tools: [...tools.values()], definitions, problems: problems.slice(-10), complete: true };
      }
    }
    const next = answer.result['nextCursor'];
    if (typeof next !== 'string' || seen.has(next)) break;
    seen.add(next);
    cursor = next;
  }
  return { tools: [...tools.values()], definitions, problems: problems.slice(-10), complete: true };
}
