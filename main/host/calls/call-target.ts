import type { Tool, ToolAnnotations } from '../../../shared/agents.ts';
import { isNamedByMethod } from '../agents/index.ts';
import { cutText } from '../cut-text.ts';
import { isRecord, type Params } from './mcp-message.ts';
import { passedMeta } from './protocol-meta.ts';

/** What a gated request would use: a tool, or another thing of the agent named `method:name`. */
export interface CallTarget {
  readonly tool: string;
  /** What the person is shown and the gate judges. */
  readonly args: Record<string, unknown>;
  /** The arguments as the caller sent them, which both sides sign. */
  readonly sent: Record<string, unknown>;
  /** What the agent gets: the same, and of the metadata what `protocol-meta.ts` lets pass. */
  readonly params: Params;
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

/** Longest name of a tool, prompt or resource, in characters. A rule can hold it with its method before it. */
const MAX_NAME = 2048;

/**
 * The name of what a gated request would use, or null where it names nothing, or a tool by the name of another thing.
 * Hostile text.
 */
export function targetName(method: string, params: Params | undefined): string | null {
  if (method === 'completion/complete') return completionName(params?.['ref']);
  const key = GATED[method];
  const name = key === undefined ? undefined : params?.[key];
  if (!isName(name)) return null;
  if (method !== 'tools/call') return `${method}:${name}`;
  return isNamedByMethod(name) ? null : name;
}

const isName = (name: unknown): name is string =>
  typeof name === 'string' && name.length > 0 && name.length <= MAX_NAME;

/** A prompt and a resource of one name are two things (MCP, Completion). */
function completionName(reference: unknown): string | null {
  if (!isRecord(reference)) return null;
  const { type, name, uri } = reference;
  if (type === 'ref/prompt' && isName(name)) return `completion/complete:prompt:${name}`;
  if (type === 'ref/resource' && isName(uri)) return `completion/complete:resource:${uri}`;
  return null;
}

/** Longest name that is recorded of a request which cannot be carried out, in characters. */
const MAX_RECORDED_NAME = 200;

/** What is recorded of a gated request that is refused as it came: what it names, as far as that can be told. */
export function refusedTarget(method: string, params: Params | undefined): CallTarget {
  return { tool: refusedName(method, params), args: {}, sent: {}, params: {}, pin: null, annotations: WORST };
}

function refusedName(method: string, params: Params | undefined): string {
  const key = GATED[method];
  const given = key === undefined ? undefined : params?.[key];
  const name = targetName(method, params) ?? (typeof given === 'string' ? `${method}:${given}` : method);
  return name.length > MAX_RECORDED_NAME ? `${cutText(name, MAX_RECORDED_NAME)}…` : name;
}

/** Fields beside `arguments` that a `tools/call` may carry: the answers to what the agent asked (MCP 2026-07-28). */
const ANSWERS = ['inputResponses', 'requestState'] as const;
/** Under this name they are shown, and judged, as one more argument. */
const ANSWERS_SHOWN = '(answers to the agent)';

/**
 * The target of a gated request; `tool` is the definition for `tools/call`, null for other methods. Null where
 * the arguments are not an object.
 */
export function callTarget(
  method: string,
  name: string,
  params: Params | undefined,
  tool: Tool | null,
): CallTarget | null {
  const meta = passedMeta(params?.['_meta']);
  if (method !== 'tools/call') {
    const args = Object.fromEntries(Object.entries(params ?? {}).filter(([key]) => key !== '_meta'));
    return { tool: name, args, sent: args, params: { ...args, ...meta }, pin: null, annotations: READS };
  }
  const given = params?.['arguments'] ?? {};
  if (!isRecord(given) || Object.hasOwn(given, ANSWERS_SHOWN)) return null;
  const answers = Object.fromEntries(
    ANSWERS.flatMap((key) => (params?.[key] === undefined ? [] : [[key, params[key]] as const])),
  );
  return {
    tool: name,
    args: Object.keys(answers).length === 0 ? given : { ...given, [ANSWERS_SHOWN]: answers },
    sent: given,
    params: { name: params?.['name'], arguments: given, ...answers, ...meta },
    pin: tool?.pin ?? null,
    annotations: tool?.annotations ?? WORST,
  };
}

/**
 * What the agent gets where the person changed the arguments. Null where that would use another thing than the one that
 * was asked about, or cannot be sent.
 */
export function changedParams(
  method: string,
  { tool, params }: CallTarget,
  args: Record<string, unknown>,
): Params | null {
  const meta = params['_meta'] === undefined ? {} : { _meta: params['_meta'] };
  if (method !== 'tools/call') {
    return Object.hasOwn(args, '_meta') || targetName(method, args) !== tool ? null : { ...args, ...meta };
  }
  const { [ANSWERS_SHOWN]: shown, ...given } = args;
  if (shown === undefined) return { name: params['name'], arguments: given, ...meta };
  if (!isRecord(shown)) return null;
  const answers = Object.fromEntries(
    ANSWERS.flatMap((key) => (shown[key] === undefined ? [] : [[key, shown[key]] as const])),
  );
  return { name: params['name'], arguments: given, ...answers, ...meta };
}
