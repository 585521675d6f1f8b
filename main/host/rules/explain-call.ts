import type { Tool, ToolAnnotations } from '../../../shared/agents.ts';
import { AgentName, type CallId, type PeerId } from '../../../shared/ids.ts';
import type { Path, Trust } from '../../../shared/peers.ts';
import type { Explanation, ImaginedCall } from '../../../shared/rules.ts';
import type { Gate } from '../gate/index.ts';
import type { CallStore } from '../records/index.ts';
import { argumentsIn } from './past-calls.ts';
import { RulesError } from './rules-error.ts';

export interface ExplainModules {
  readonly gate: Pick<Gate, 'explain'>;
  readonly calls: Pick<CallStore, 'detail'>;
  readonly trust: (peerId: PeerId) => Trust;
  /** How the peer is linked now; null: it is not. */
  readonly pathOf: (peerId: PeerId) => Path | null;
  readonly toolsOf: (agent: AgentName) => readonly Tool[];
  readonly sourceOf: (agent: AgentName) => string | null;
}

/** What is not stated is taken to be the worst (MCP specification, ToolAnnotations). */
const WORST: ToolAnnotations = {
  readOnly: false,
  destructive: true,
  idempotent: false,
  openWorld: true,
  stated: false,
};

/** What would be decided on a call that need not exist: trust, link and definition of the tool are those of today. */
export function explainImagined(call: ImaginedCall, modules: ExplainModules): Explanation {
  return explain({ ...call, path: modules.pathOf(call.peerId) ?? 'direct' }, call.at ?? null, modules);
}

/** @throws {RulesError} NOT_FOUND; INVALID where it is a call of ours, or its arguments are not in the records */
export function explainRecorded(id: CallId, modules: ExplainModules): Explanation {
  const call = modules.calls.detail(id);
  if (call === null) throw new RulesError('NOT_FOUND', `There is no call ${id} in the records.`);
  if (call.direction === 'out') {
    throw new RulesError('INVALID', 'This is a call of your own: the other side decides on it.');
  }
  const agent = AgentName.safeParse(call.agent);
  if (!agent.success || call.tool === '') {
    throw new RulesError('INVALID', 'This call named nothing that could be called here.');
  }
  const args = call.masked ? null : argumentsIn(call.request);
  if (args === null) {
    throw new RulesError(
      'INVALID',
      'The arguments of this call are not in the records, or not as they were, so it cannot be said how it would be decided.',
    );
  }
  const { peerId, tool } = call;
  const path = call.path ?? modules.pathOf(peerId) ?? 'direct';
  return explain({ peerId, agent: agent.data, tool, arguments: args, path }, null, modules);
}

function explain(
  call: Omit<ImaginedCall, 'at'> & { readonly path: Path },
  at: number | null,
  { gate, trust, toolsOf, sourceOf }: ExplainModules,
): Explanation {
  const { peerId, agent, tool: name, path } = call;
  const tool = toolsOf(agent).find((listed) => listed.name === name);
  return gate.explain(
    {
      peerId,
      trust: trust(peerId),
      path,
      agent,
      source: sourceOf(agent) ?? '',
      tool: name,
      args: call.arguments,
      pin: tool?.pin ?? null,
      annotations: tool?.annotations ?? WORST,
    },
    at,
  );
}
