import type { AgentSpec, AgentView, ToolSummary } from '../../../shared/agents.ts';
import { cutText } from '../cut-text.ts';
import { commandLineOf } from './command-line.ts';
import type { ServerDescription } from './session.ts';
import { maskSource } from './source.ts';
import type { Usage } from './usage.ts';

/** Of the name and version that an agent gives itself. */
const MAX_SERVER_TEXT = 200;

type Standing = Pick<
  AgentView,
  'sourceDigest' | 'state' | 'detail' | 'since' | 'nextStartAt' | 'pid' | 'restarts' | 'callsRunning'
>;

/** What may be shown of an agent: no value of its environment or headers. */
export function agentView(
  spec: AgentSpec,
  standing: Standing,
  now: { server: ServerDescription | null; tools: ToolSummary[]; usage: Usage | null },
): AgentView {
  const { name, description, tags, source, autostart, announced, bodies } = spec;
  const { server, tools, usage } = now;
  return {
    name,
    description,
    tags,
    source: maskSource(source),
    commandLine: commandLineOf(source),
    autostart,
    announced,
    bodies,
    ...standing,
    cpuPercent: usage?.cpuPercent ?? null,
    memoryBytes: usage?.memoryBytes ?? null,
    server: server === null ? null : shown(server),
    tools,
  };
}

const shown = ({ serverInfo, protocol }: ServerDescription): NonNullable<AgentView['server']> => ({
  name: cutText(serverInfo.name, MAX_SERVER_TEXT),
  version: cutText(serverInfo.version, MAX_SERVER_TEXT),
  protocol: cutText(protocol, MAX_SERVER_TEXT),
});
