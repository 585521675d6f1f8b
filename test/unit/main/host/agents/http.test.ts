import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { boundedFetch } from '../../../../../main/host/agents/bounded-fetch.ts';
import { paramHeaders } from '../../../../../main/host/agents/param-headers.ts';

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serving(type: string, parts: string[]): Promise<string> {
  server = createServer((_request, response) => {
    response.setHeader('content-type', type);
    for (const part of parts) response.write(part);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/`;
}

describe('an answer over HTTP', () => {
  const fetchBounded = boundedFetch(100);

  test('passes up to the limit', async () => {
    const body = 'x'.repeat(100);
    expect(await (await fetchBounded(await serving('application/json', [body]))).text()).toBe(body);
  });

  test('is an error beyond it', async () => {
    const response = await fetchBounded(await serving('application/json', ['x'.repeat(60), 'x'.repeat(60)]));
    await expect(response.text()).rejects.toThrow('longer than a message may be');
  });

  test('may be longer as a stream of events, each within the limit', async () => {
    const events = Array.from({ length: 50 }, (_, i) => `data: ${i} ${'x'.repeat(60)}\n\n`);
    const response = await fetchBounded(await serving('text/event-stream', events));
    expect(await response.text()).toBe(events.join(''));
  });

  test('is an error as a stream with one event beyond the limit', async () => {
    const lines = Array.from({ length: 50 }, (_, i) => `data: ${i}\n`);
    const response = await fetchBounded(await serving('text/event-stream', lines));
    await expect(response.text()).rejects.toThrow('longer than a message may be');
  });
});

test('arguments marked with x-mcp-header are repeated in headers', () => {
  const schema = {
    type: 'object',
    properties: {
      region: { type: 'string', 'x-mcp-header': 'Region' },
      count: { type: 'integer', 'x-mcp-header': 'Count' },
      place: { type: 'object', properties: { name: { type: 'string', 'x-mcp-header': 'Place' } } },
      evil: { type: 'string', 'x-mcp-header': 'Bad: header\r\nX' },
      missing: { type: 'string', 'x-mcp-header': 'Missing' },
      list: { type: 'array', 'x-mcp-header': 'List' },
    },
  };
  const args = { region: 'eu-west', count: 3, place: { name: 'Zürich\r\nX: y' }, evil: 'x', list: [1] };
  const message = {
    jsonrpc: '2.0' as const,
    id: 1,
    method: 'tools/call',
    params: { name: 'find', arguments: args },
  };
  expect(paramHeaders(message, (tool) => (tool === 'find' ? schema : undefined))).toEqual({
    'Mcp-Param-Region': 'eu-west',
    'Mcp-Param-Count': '3',
    'Mcp-Param-Place': `=?base64?${Buffer.from('Zürich\r\nX: y').toString('base64')}?=`,
  });
  expect(paramHeaders(message, () => undefined)).toEqual({});
});
