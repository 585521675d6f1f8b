import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { AgentRequest } from '../../../../../main/host/agents/index.ts';
import { defaultLimits } from '../../../../../main/host/agents/limits.ts';
import { canonicalText } from '../../../../../main/host/agents/source.ts';
import { listTools } from '../../../../../main/host/agents/tool-list.ts';

const tool = (name: string) => ({
  name,
  inputSchema: { type: 'object' },
  'x-of-its-own': { b: 1, a: [name] },
});
/** An agent that lists its tools in these pages. */
const listing =
  (...pages: unknown[][]) =>
  ({ params }: AgentRequest) => {
    const at = Number(params?.['cursor'] ?? 0);
    const next = at + 1 < pages.length ? { nextCursor: String(at + 1) } : {};
    return {
      answer: Promise.resolve({ result: { tools: pages[at] ?? [], ...next } }),
      cancel: () => undefined,
    };
  };

it('keeps each definition whole: its canonical text is what the pin is the hash of', async () => {
  const { tools, definitions } = await listTools(listing([tool('a')], [tool('b')]), defaultLimits);
  expect(tools.map(({ name }) => name)).toEqual(['a', 'b']);
  for (const { name, pin } of tools) {
    const text = canonicalText(definitions.get(name));
    expect(text).toContain(`"x-of-its-own":{"a":["${name}"],"b":1}`);
    expect(createHash('sha256').update(text).digest('hex')).toBe(pin);
  }
});

it('keeps the definition of no tool that is left out, and of the first of two with one name', async () => {
  const pages = [[tool('a'), { ...tool('a'), title: 'second' }, { name: 'no schema' }, tool('b')]];
  const { tools, definitions } = await listTools(listing(...pages), { ...defaultLimits, tools: 1 });
  expect([...definitions.keys()]).toEqual(tools.map(({ name }) => name));
  expect(definitions.get('a')).not.toHaveProperty('title');
});
