import type { Tool, ToolAnnotations, ToolSummary } from '../../../shared/agents.ts';
import { cutText } from '../cut-text.ts';
import { isRecord } from './json.ts';
import { canonicalDigest } from './source.ts';

const MAX_NAME = 256;
const MAX_SUMMARY = 1000;

/** How rules and records name what is used by other methods than `tools/call`: `resources/read:file:///a`. */
const NAMED_BY_METHOD = /^(?:prompts\/get|resources\/read|completion\/complete):/;

/** Whether a tool of this name could be taken for a prompt or a resource, and what was allowed for one for the other. */
export const isNamedByMethod = (name: string): boolean => NAMED_BY_METHOD.test(name);

const flag = (value: unknown, otherwise: boolean): boolean =>
  typeof value === 'boolean' ? value : otherwise;

/** Missing hints mean the worst (MCP specification, ToolAnnotations). */
export function readAnnotations(given: unknown): ToolAnnotations {
  const hints = isRecord(given) ? given : {};
  const names = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'];
  return {
    readOnly: flag(hints['readOnlyHint'], false),
    destructive: flag(hints['destructiveHint'], true),
    idempotent: flag(hints['idempotentHint'], false),
    openWorld: flag(hints['openWorldHint'], true),
    stated: names.some((name) => typeof hints[name] === 'boolean'),
  };
}

/**
 * Reads one entry of a `tools/list` answer. Null for what is no tool: no name, a name longer than 256 characters,
 * or one that is given to prompts and resources, no schema, or a definition that has no canonical form (RFC 8785), so
 * that it could not be pinned.
 */
export function readTool(definition: unknown): Tool | null {
  if (!isRecord(definition)) return null;
  const { name, title, description, inputSchema, annotations } = definition;
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME) return null;
  if (isNamedByMethod(name) || !isRecord(inputSchema)) return null;
  let pin: string;
  try {
    pin = canonicalDigest(definition);
  } catch {
    return null;
  }
  const annotated =
    isRecord(annotations) && typeof annotations['title'] === 'string' ? annotations['title'] : null;
  return {
    name,
    title: typeof title === 'string' ? title : annotated,
    description: typeof description === 'string' ? description : '',
    inputSchema,
    annotations: readAnnotations(annotations),
    pin,
  };
}

/** Small enough to be kept live: long texts are cut. */
export function summaryOf(tool: Tool): ToolSummary {
  return {
    name: tool.name,
    title: tool.title === null ? null : cut(tool.title, MAX_NAME),
    description: cut(tool.description, MAX_SUMMARY),
    annotations: tool.annotations,
    pin: tool.pin,
  };
}

const cut = (text: string, length: number): string =>
  text.length > length ? `${cutText(text, length)}…` : text.toWellFormed();
