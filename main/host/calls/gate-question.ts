import type { Tool } from '../../../shared/agents.ts';
import type { AgentName, CallId } from '../../../shared/ids.ts';
import type { GateQuestion } from '../gate/index.ts';
import type { IncomingCallStart } from './incoming-call.ts';
import type { IncomingModules } from './index.ts';
import { raisedRisk } from './protocol-meta.ts';

/** What the gate is asked about a call. */
export function gateQuestion(
  start: IncomingCallStart,
  callId: CallId,
  modules: IncomingModules,
): GateQuestion {
  const { agent, channel, request, target, bytes } = start;
  const { peerId, path } = channel;
  const { tool, args, pin, annotations } = target;
  return {
    callId,
    peerId,
    trust: modules.peers.trust(peerId),
    path,
    agent,
    tool,
    args,
    pin,
    source: sourceOf(start, modules),
    annotations,
    raised: raisedRisk(request.params),
    definition: () => (pin === null ? null : modules.agents.definition(agent, tool)),
    bytes,
  };
}

/** The tool that a call names, as the agent lists it now; null for other methods, too. */
export const listedTool = (
  { request, agent, target }: Pick<IncomingCallStart, 'request' | 'agent' | 'target'>,
  modules: Pick<IncomingModules, 'agents'>,
): Tool | null => (request.method === 'tools/call' ? findTool(modules, agent, target.tool) : null);

/** What the agent is, so that an approval for one program is none for another of the same name. */
export const sourceOf = (
  { agent }: Pick<IncomingCallStart, 'agent'>,
  modules: Pick<IncomingModules, 'agents'>,
): string => modules.agents.sourceDigest(agent) ?? '';

/** The definition of a tool as the agent lists it now. */
export const findTool = (
  modules: Pick<IncomingModules, 'agents'>,
  agent: AgentName,
  name: string,
): Tool | null => modules.agents.tools(agent).find((tool) => tool.name === name) ?? null;
