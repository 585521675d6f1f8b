/** Dawn's `chat/message`, which MCP does not know, as a call of what an agent has for it. */
import { z } from 'zod';
import { isRecord, type Params } from './rpc.ts';

/** Tools and prompts that take a message, in the order in which they are looked for. */
const NAMES = ['chat', 'message', 'send_message'] as const;
const MAX_MESSAGE = 64 * 1024;

/** The text is under one of these names; the first that is there counts. */
const Message = z.looseObject({
  message: z.string().max(MAX_MESSAGE).optional(),
  text: z.string().max(MAX_MESSAGE).optional(),
  content: z.string().max(MAX_MESSAGE).optional(),
});

const Tools = z.looseObject({
  tools: z.array(
    z.looseObject({
      name: z.string(),
      inputSchema: z.looseObject({
        properties: z.record(z.string(), z.unknown()).catch({}),
        required: z.array(z.string()).catch([]),
      }),
    }),
  ),
});

const Prompts = z.looseObject({
  prompts: z.array(
    z.looseObject({
      name: z.string(),
      arguments: z.array(z.looseObject({ name: z.string(), required: z.boolean().catch(false) })).catch([]),
    }),
  ),
});

export interface ChatCall {
  readonly method: 'tools/call' | 'prompts/get';
  readonly params: Params;
}

/** What is said to the agent, if anything. */
export function chatText(params: Params): string | undefined {
  const said = Message.safeParse(params).data;
  return said?.message ?? said?.text ?? said?.content;
}

/**
 * @param tools result of `tools/list`
 * @param prompts result of `prompts/list`; null: prompts are not looked at
 * @returns null where there is no text to deliver; `none` where nothing takes it
 */
export function chatCall(params: Params, tools: unknown, prompts: unknown): ChatCall | 'none' | null {
  const text = chatText(params);
  if (text === undefined) return null;
  return toolCall(text, tools) ?? (prompts === null ? null : promptCall(text, prompts)) ?? 'none';
}

function toolCall(text: string, result: unknown): ChatCall | null {
  const tools = Tools.safeParse(result).data?.tools ?? [];
  for (const name of NAMES) {
    const tool = tools.find((one) => one.name === name);
    const argument = tool === undefined ? null : textArgument(tool.inputSchema);
    if (argument !== null) return { method: 'tools/call', params: { name, arguments: { [argument]: text } } };
  }
  return null;
}

/** The one text that a tool needs: the only argument that is required, or the only one that there is. */
function textArgument(schema: { properties: Params; required: readonly string[] }): string | null {
  const names = schema.required.length > 0 ? schema.required : Object.keys(schema.properties);
  const [only] = names;
  if (names.length !== 1 || only === undefined || !Object.hasOwn(schema.properties, only)) return null;
  const property = schema.properties[only];
  return isRecord(property) && property['type'] === 'string' ? only : null;
}

function promptCall(text: string, result: unknown): ChatCall | null {
  const prompts = Prompts.safeParse(result).data?.prompts ?? [];
  for (const name of NAMES) {
    const prompt = prompts.find((one) => one.name === name);
    if (prompt === undefined) continue;
    const needed = prompt.arguments.filter(({ required }) => required);
    const [only] = needed.length > 0 ? needed : prompt.arguments;
    if (only === undefined || needed.length > 1 || (needed.length === 0 && prompt.arguments.length > 1))
      continue;
    return { method: 'prompts/get', params: { name, arguments: { [only.name]: text } } };
  }
  return null;
}
