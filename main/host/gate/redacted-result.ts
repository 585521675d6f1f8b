import { z } from 'zod';
import { objectOf } from './edited-arguments.ts';
import { canonicalArguments } from './digest.ts';
import { GateError } from './gate-error.ts';

const Text = z.looseObject({ type: z.literal('text'), text: z.string() });
const Media = z.looseObject({
  type: z.enum(['image', 'audio']),
  data: z.base64(),
  mimeType: z.string().min(1),
});
const Link = z.looseObject({ type: z.literal('resource_link'), uri: z.string().min(1), name: z.string() });
const Embedded = z.looseObject({
  type: z.literal('resource'),
  resource: z.looseObject({ uri: z.string().min(1) }),
});

/** As much of MCP's CallToolResult as a caller's program relies on. */
const ToolResult = z.looseObject({
  content: z.array(z.discriminatedUnion('type', [Text, Media, Link, Embedded])).max(10_000),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  isError: z.boolean().optional(),
  _meta: z.record(z.string(), z.unknown()).optional(),
});

/**
 * Reads what a person made of an agent's answer, and gives it as canonical JSON.
 * @param isToolResult whether it takes the place of MCP's CallToolResult, and so must be one
 * @throws {GateError} INVALID
 */
export function readRedacted(text: string, isToolResult: boolean): string {
  const result = objectOf(text, 'The changed answer is');
  if (isToolResult) {
    const { error } = ToolResult.safeParse(result);
    const [issue] = error?.issues ?? [];
    if (issue !== undefined) {
      const where = issue.path.length === 0 ? '' : ` (at /${issue.path.map(String).join('/')})`;
      throw new GateError(
        'INVALID',
        `The changed answer is not as a tool answers: it needs "content", such as [{"type": "text", "text": "…"}]${where}.`,
      );
    }
  }
  const canonical = canonicalArguments(result);
  if (canonical === null) throw new GateError('INVALID', 'The changed answer holds broken characters.');
  return canonical;
}
