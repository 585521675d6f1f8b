import { ListToolsResultSchema } from '@modelcontextprotocol/core';
import type { Tool } from '../../../shared/agents.ts';
import type { AgentName } from '../../../shared/ids.ts';
import { readTool } from '../agents/index.ts';
import { CallError } from './call-error.ts';
import { callErrorOf } from './foreign-errors.ts';
import type { OutgoingSession } from './outgoing-session.ts';

const MAX_TOOL_PAGES = 20;
const MAX_TOOLS = 1000;

/** All tools of a peer's agent, page by page (MCP, Pagination). @throws {CallError} */
export async function listTools(
  session: OutgoingSession,
  agent: AgentName,
  signal: AbortSignal,
): Promise<Tool[]> {
  const tools: Tool[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_TOOL_PAGES && tools.length < MAX_TOOLS; page += 1) {
    const answer = await session.request('tools/list', cursor === undefined ? {} : { cursor }, signal);
    if ('error' in answer) throw callErrorOf(answer.error);
    const list = ListToolsResultSchema.safeParse(answer.result);
    if (!list.success) {
      throw new CallError(
        'UNAVAILABLE',
        `The agent ${agent} answered with something that is no list of tools.`,
      );
    }
    tools.push(...list.data.tools.flatMap((tool) => readTool(tool) ?? []));
    cursor = list.data.nextCursor;
    if (cursor === undefined) break;
  }
  return tools.slice(0, MAX_TOOLS);
}
