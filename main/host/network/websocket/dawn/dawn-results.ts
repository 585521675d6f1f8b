/** What a Dawn node answers in place of an MCP server: parsed, bounded, and put into MCP's shape. */
import { z } from 'zod';
import { MAX_LISTED } from './agent-records.ts';
import type { Params } from './rpc.ts';

const MAX_NAME = 2048;
const Text = z.string().nullish();

const Tool = z.looseObject({
  name: z.string().min(1).max(256),
  description: Text.catch(undefined),
  inputSchema: z.record(z.string(), z.unknown()).catch({}),
});
const Resource = z.looseObject({
  uri: z.string().min(1).max(MAX_NAME),
  name: z.string().max(MAX_NAME).optional().catch(undefined),
  description: Text.catch(undefined),
  mimeType: Text.catch(undefined),
});
const Prompt = z.looseObject({
  name: z.string().min(1).max(MAX_NAME),
  description: Text.catch(undefined),
  arguments: z
    .array(
      z.looseObject({
        name: z.string(),
        description: Text.catch(undefined),
        required: z.boolean().catch(false),
      }),
    )
    .max(100)
    .catch([]),
});

const Block = z.looseObject({ type: z.string().max(100) });
const CallResult = z.looseObject({
  content: z.array(Block).max(MAX_LISTED),
  isError: z.boolean().catch(false).default(false),
});
const ReadResult = z.looseObject({ contents: z.array(z.looseObject({ uri: z.string() })).max(MAX_LISTED) });
const PromptResult = z.looseObject({
  messages: z
    .array(z.looseObject({ role: z.string().max(100), content: z.union([Block, z.array(Block)]) }))
    .max(MAX_LISTED),
});

const described = (description: string | null | undefined): Params =>
  typeof description === 'string' ? { description } : {};

/** Those that can be read; what a Dawn node says of itself beyond that is not passed on. */
function listed<T>(
  result: unknown,
  field: string,
  item: z.ZodType<T>,
  told: (item: T) => Params,
): Params | null {
  const list = z.looseObject({ [field]: z.array(z.unknown()) }).safeParse(result);
  if (!list.success) return null;
  const items = z.array(z.unknown()).parse(list.data[field]);
  const parsed = items.slice(0, MAX_LISTED).map((value) => item.safeParse(value));
  return { [field]: parsed.flatMap(({ success, data }) => (success ? [told(data)] : [])) };
}

/** The result of a method as MCP has it; null where it is none. */
export const MCP_RESULTS: Readonly<Record<string, (result: unknown) => Params | null>> = {
  'tools/list': (result) =>
    listed(result, 'tools', Tool, ({ name, description, inputSchema }) => ({
      name,
      ...described(description),
      inputSchema: { ...inputSchema, type: 'object' },
    })),
  'resources/list': (result) =>
    listed(result, 'resources', Resource, ({ uri, name, description, mimeType }) => ({
      uri,
      name: name ?? uri,
      ...described(description),
      ...(typeof mimeType === 'string' ? { mimeType } : {}),
    })),
  'prompts/list': (result) =>
    listed(result, 'prompts', Prompt, (prompt) => ({
      name: prompt.name,
      ...described(prompt.description),
      arguments: prompt.arguments.map(({ name, description, required }) => ({
        name,
        ...described(description),
        required,
      })),
    })),
  'tools/call': (result) => CallResult.safeParse(result).data ?? null,
  'resources/read': (result) => ReadResult.safeParse(result).data ?? null,
  'prompts/get': (result) => PromptResult.safeParse(result).data ?? null,
};
