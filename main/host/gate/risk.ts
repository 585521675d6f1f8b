import type { ToolAnnotations } from '../../../shared/agents.ts';
import type { Risk } from '../../../shared/gate.ts';

/** Whether an agent says of a tool that it only reads. Nothing said is not a yes. */
export const statesItOnlyReads = (annotations: ToolAnnotations): boolean =>
  annotations.stated && annotations.readOnly;

/** What the tool can do at worst; where the agent says nothing, it destroys (MCP, ToolAnnotations). */
export function riskOf(annotations: ToolAnnotations): Risk {
  if (statesItOnlyReads(annotations)) return 'reads';
  return annotations.stated && !annotations.destructive ? 'changes' : 'destroys';
}

const SEVERITY = { reads: 0, changes: 1, destroys: 2 } as const satisfies Record<Risk, number>;

export const isWorse = (one: Risk, than: Risk): boolean => SEVERITY[one] > SEVERITY[than];
