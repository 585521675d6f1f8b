import type { Tool, ToolAnnotations } from '../../../shared/agents.ts';
import { isRecord, type Params } from './mcp-message.ts';

/** What a gated request would use: a tool, or another thing of the agent named `method:name`. */
export interface CallTarget {
  readonly tool: string;
  readonly args: Record<string, unknown>;
  readonly pin: string | null;
  readonly annotations: ToolAnnotations;
}

const READS: ToolAnnotations = {
  readOnly: true,
  destructive: false,
  idempotent: true,
  openWorld: true,
  stated: false,
};

const WORST: ToolAnnotations = {
  readOnly: false,
  destructive: true,
  idempotent: false,
  openWorld: true,
  stated: false,
};

/** Methods that pass the gate, with the parameter that names what they use. */
const GATED: Record<string, string> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'completion/complete': 'ref',
};

/** Methods that only list what the cards show anyway; contacts may use them unasked. */
export const LISTS: ReadonlySet<string> = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
]);

export const isGated = (method: string): boolean => Object.hasOwn(GATED, method);

/** The name of what a gated request would use, or null where it names nothing. Hostile text. */
export function targetName(method: string, params: Params | undefined): string | null {
  const key = GATED[method];
  const name = key === undefined ? undefined : params?.[key];
  if (method === 'completion/complete') return isRecord(name) ? `${method}:${nameOfReference(name)}` : null;
  if (typeof name !== 'string' || name.length === 0 || name.length > 2048) return null;
  return method === 'tools/call' ? name : `${method}:${name}`;
}

const nameOfReference = (reference: Params): string => {
  const name = reference['name'] ?? reference['uri'];
  return typeof name === 'string' ? name.slice(0, 2048) : '';
};

/** The target of a gated request; `tool` is the definition for `tools/call`, null for other methods. */
export function callTarget(method: string, name: string, params: Params | undefined, tool: Tool | null): CallTarget {
  if (method === 'tools/call') {
    const args = params?.['arguments'];
    return {
      tool: name,
      args: isRecord(args) ? args : {},
      pin: tool?.pin ?? null,
      annotations: tool?.annotations ?? WORST,
    };
  }
  const args = Object.fromEntries(Object.entries(params ?? {}).filter(([key]) => key !== '_meta'));
  return { tool: name, args, pin: null, annotations: READS };
}
