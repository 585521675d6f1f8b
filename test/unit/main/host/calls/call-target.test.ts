import { expect, test } from 'vitest';
import { callTarget, isGated, targetName } from '../../../../../main/host/calls/call-target.ts';

test('only what uses something of the agent passes the gate', () => {
  expect(['tools/call', 'prompts/get', 'resources/read', 'completion/complete'].every(isGated)).toBe(true);
  expect(['tools/list', 'ping', 'initialize', 'toString', '__proto__'].some(isGated)).toBe(false);
});

test('what is used has one name, and other methods cannot pass for a tool', () => {
  expect(targetName('tools/call', { name: 'echo' })).toBe('echo');
  expect(targetName('prompts/get', { name: 'echo' })).toBe('prompts/get:echo');
  expect(targetName('resources/read', { uri: 'file:///a' })).toBe('resources/read:file:///a');
  const completing = (ref: unknown): string | null => targetName('completion/complete', { ref });
  expect(completing({ type: 'ref/prompt', name: 'p', uri: 'x:y' })).toBe('completion/complete:prompt:p');
  expect(completing({ type: 'ref/resource', name: 'p', uri: 'x:y' })).toBe(
    'completion/complete:resource:x:y',
  );
  expect(completing({ name: 'p' })).toBeNull();
});

test.each([{}, { name: '' }, { name: 7 }, { name: 'x'.repeat(3000) }, { name: 'resources/read:file:///a' }])(
  '%j names no tool',
  (params) => {
    expect(targetName('tools/call', params)).toBeNull();
  },
);

test('a tool without a definition counts as the worst', () => {
  expect(callTarget('tools/call', 'x', { name: 'x', arguments: { a: 1 } }, null)).toMatchObject({
    args: { a: 1 },
    pin: null,
    annotations: { readOnly: false, destructive: true, openWorld: true, stated: false },
  });
});

test('arguments that are not an object are not passed on', () => {
  expect(callTarget('tools/call', 'x', { name: 'x', arguments: ['a'] }, null)).toBeNull();
  expect(callTarget('tools/call', 'x', { name: 'x', arguments: 'a' }, null)).toBeNull();
});

test('what the person is not shown does not reach the agent', () => {
  const target = callTarget(
    'tools/call',
    'x',
    {
      name: 'x',
      arguments: { a: 1 },
      task: { ttl: 1 },
      hidden: true,
      _meta: { progressToken: 1, secret: 2, 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
    },
    null,
  );
  expect(target?.params).toEqual({
    name: 'x',
    arguments: { a: 1 },
    _meta: {
      progressToken: 1,
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: '', version: '' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  });
});

test('answers to what the agent asked are shown as one more argument', () => {
  const params = { name: 'x', arguments: { a: 1 }, inputResponses: { q: { b: 2 } }, requestState: 's' };
  const target = callTarget('tools/call', 'x', params, null);
  expect(target?.args).toEqual({
    a: 1,
    '(answers to the agent)': { inputResponses: { q: { b: 2 } }, requestState: 's' },
  });
  expect(target?.params).toEqual(params);
});
