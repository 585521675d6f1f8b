import type { JSONRPCRequest } from '@modelcontextprotocol/client';
import { isRecord } from './json.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const SAFE = /^(?! )[\t\u0020-\u007e]+(?<! )$/;
const MAX_DEPTH = 16;

/**
 * The `Mcp-Param-…` headers of a `tools/call` (MCP 2026-07-28, Streamable HTTP): arguments whose schema carries
 * `x-mcp-header` are repeated there, so that gateways can route by them.
 */
export function paramHeaders(
  message: JSONRPCRequest,
  schemaOf: (tool: string) => Record<string, unknown> | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  const params = message.params;
  if (message.method !== 'tools/call' || !isRecord(params) || typeof params['name'] !== 'string')
    return headers;
  const schema = schemaOf(params['name']);
  if (schema !== undefined) collect(schema, params['arguments'], headers, 0);
  return headers;
}

function collect(
  schema: Record<string, unknown>,
  value: unknown,
  headers: Record<string, string>,
  depth: number,
): void {
  const properties = schema['properties'];
  if (!isRecord(properties) || !isRecord(value) || depth > MAX_DEPTH) return;
  for (const [name, property] of Object.entries(properties)) {
    if (!isRecord(property) || !Object.hasOwn(value, name)) continue;
    const header = property['x-mcp-header'];
    const text = asText(value[name]);
    if (typeof header === 'string' && TOKEN.test(header) && text !== null)
      headers[`Mcp-Param-${header}`] = encode(text);
    collect(property, value[name], headers, depth + 1);
  }
}

function asText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : null;
}

const encode = (text: string): string =>
  SAFE.test(text) && !(text.startsWith('=?base64?') && text.endsWith('?='))
    ? text
    : `=?base64?${Buffer.from(text).toString('base64')}?=`;
