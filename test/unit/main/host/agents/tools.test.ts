import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readAnnotations, readTool, summaryOf } from '../../../../../main/host/agents/tools.ts';

const definition = {
  name: 'write',
  description: 'Writes.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
};

describe('the pin of a tool', () => {
  test('is the SHA-256 of the canonical definition', () => {
    const canonical =
      '{"description":"Writes.","inputSchema":{"properties":{"path":{"type":"string"}},"type":"object"},"name":"write"}';
    expect(readTool(definition)?.pin).toBe(createHash('sha256').update(canonical).digest('hex'));
  });

  test('does not depend on the order of keys', () => {
    const { name, description, inputSchema } = definition;
    expect(readTool({ inputSchema, name, description })?.pin).toBe(readTool(definition)?.pin);
  });

  test.each([
    ['the description', { description: 'Writes everywhere.' }],
    ['the schema', { inputSchema: { type: 'object' } }],
    ['a hint', { annotations: { readOnlyHint: true } }],
    ['a field nobody knows', { 'x-new': 1 }],
    ['the title', { title: 'Write' }],
  ])('changes with %s', (_what, change) => {
    expect(readTool({ ...definition, ...change })?.pin).not.toBe(readTool(definition)?.pin);
  });
});

describe('annotations', () => {
  test.each([undefined, null, 'yes', {}, { title: 'x' }, { readOnlyHint: 'true' }])(
    '%j mean the worst',
    (given) => {
      expect(readAnnotations(given)).toEqual({
        readOnly: false,
        destructive: true,
        idempotent: false,
        openWorld: true,
        stated: false,
      });
    },
  );

  test('that are stated count, and the others mean the worst', () => {
    expect(readAnnotations({ readOnlyHint: true, openWorldHint: false })).toEqual({
      readOnly: true,
      destructive: true,
      idempotent: false,
      openWorld: false,
      stated: true,
    });
  });
});

describe('a tool', () => {
  test.each([
    ['no object', 'write'],
    ['no name', { inputSchema: {} }],
    ['an empty name', { name: '', inputSchema: {} }],
    ['a name that is too long', { name: 'x'.repeat(257), inputSchema: {} }],
    ['the name of a resource', { ...definition, name: 'resources/read:file:///a' }],
    ['the name of a prompt', { ...definition, name: 'prompts/get:a' }],
    ['the name of a completion', { ...definition, name: 'completion/complete:prompt:a' }],
    ['no schema', { name: 'write' }],
    ['no canonical form', { ...definition, maximum: Number.POSITIVE_INFINITY }],
  ])('with %s is none', (_what, given) => {
    expect(readTool(given)).toBeNull();
  });

  test('takes its title from its annotations where it has none of its own', () => {
    expect(readTool({ ...definition, annotations: { title: 'Write a file' } })?.title).toBe('Write a file');
    expect(readTool({ ...definition, title: 'Write', annotations: { title: 'Other' } })?.title).toBe('Write');
    expect(readTool(definition)?.title).toBeNull();
  });

  test('is summed up without its schema, long texts cut', () => {
    const tool = readTool({ ...definition, description: 'x'.repeat(10_000) });
    const summary = tool === null ? null : summaryOf(tool);
    expect(summary).not.toHaveProperty('inputSchema');
    expect(summary?.description).toHaveLength(1001);
  });
});
