import { DiscoverResultSchema, InitializeResultSchema } from '@modelcontextprotocol/core';
import { expect, test } from 'vitest';
import {
  discoverResult,
  forCallersEra,
  initializeResult,
} from '../../../../../main/host/calls/mcp-session-answers.ts';

const agent = {
  serverInfo: { name: 'everything', version: '1.0.0' },
  capabilities: { tools: {}, resources: { subscribe: true }, logging: {}, tasks: {} },
  instructions: 'Be careful.',
};

test('initialize agrees on the version that was asked for, or offers the newest', () => {
  expect(initializeResult(agent, { protocolVersion: '2025-03-26' })).toMatchObject({
    protocolVersion: '2025-03-26',
  });
  expect(initializeResult(agent, { protocolVersion: '1999-01-01' })).toMatchObject({
    protocolVersion: '2025-11-25',
  });
  expect(InitializeResultSchema.safeParse(initializeResult(agent, {})).success).toBe(true);
});

test('what belongs to one session is not offered', () => {
  expect(initializeResult(agent, {})['capabilities']).toEqual({
    tools: { listChanged: true },
    resources: { listChanged: true },
  });
});

test('server/discover is answered as its specification says', () => {
  expect(DiscoverResultSchema.safeParse(discoverResult(agent)).success).toBe(true);
});

test('results are completed for callers of the later era only', () => {
  const later = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } };
  expect(forCallersEra('tools/list', later, { tools: [] })).toEqual({
    resultType: 'complete',
    ttlMs: 0,
    cacheScope: 'private',
    tools: [],
  });
  expect(forCallersEra('tools/call', later, { resultType: 'input_required' })['resultType']).toBe(
    'input_required',
  );
  const result = { tools: [] };
  expect(forCallersEra('tools/list', {}, result)).toBe(result);
});
