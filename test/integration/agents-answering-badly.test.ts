/** Whatever an agent says, its call has an answer and the host lives. An uncaught exception fails these tests. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentAnswer, Agents } from '../../main/host/agents/index.ts';
import type { AgentName } from '../../shared/ids.ts';
import {
  call,
  fixture,
  hosting,
  httpSpec,
  reasonOf,
  started,
  stdioSpec,
  textOf,
  viewOf,
} from './agents-fixture.ts';

let agents: Agents;
let name: AgentName;

beforeEach(async () => {
  agents = hosting();
  name = await started(agents, stdioSpec('bad', [fixture('answers-badly')]));
});
afterEach(async () => {
  await agents.stop();
});

const asked = (message: string): Promise<AgentAnswer> => call(agents, name, 'echo', { message });

async function expectWell(): Promise<void> {
  expect(textOf(await asked('still here'))).toBe('still here');
  expect(viewOf(agents, name)).toMatchObject({ state: 'running', restarts: 0 });
}

describe('an answer', () => {
  test.each(['a huge code', 'half a code', 'no code', 'a list', 'a deep result', 'a deep error'])(
    'with %s is no MCP answer',
    async (what) => {
      const answer = await asked(what);
      expect(answer).toMatchObject({ error: { code: -32603 } });
      expect(reasonOf(answer)).toBe('bad-message');
      await expectWell();
    },
  );

  test('with a long error text is cut, between two characters', async () => {
    const answer = await asked('a long error');
    expect(answer).toEqual({ error: { code: -1, message: `${'a'.repeat(1999)}\ufffd` } });
  });
});

describe('beside an answer', () => {
  test.each(['a deep log message', 'deep progress', 'a deep question'])(
    '%s is logged, counted, and no more',
    async (what) => {
      const progress: unknown[] = [];
      const params = { name: 'echo', arguments: { message: what } };
      const onProgress = (one: unknown): void => void progress.push(one);
      const running = agents.request(name, { method: 'tools/call', params, timeoutMs: 20_000, onProgress });
      expect(await running.answer).toEqual({ result: { content: [] } });
      expect(progress).toEqual([]);
      const last = agents.logs(name).at(-1);
      expect(last).toMatchObject({ from: 'stdout' });
      expect(last?.text).toMatch(/\[\[\[\[… \(\d+ more characters\)$/);
      await expectWell();
    },
  );

  test('progress that nobody can take in does no harm', async () => {
    const params = { name: 'echo', arguments: { message: 'progress' } };
    const onProgress = (): void => {
      throw new Error('It cannot be passed on.');
    };
    const running = agents.request(name, { method: 'tools/call', params, timeoutMs: 20_000, onProgress });
    expect(await running.answer).toEqual({ result: { content: [] } });
    await expectWell();
  });

  test('a change of state that nobody can take in does no harm, and is logged', async () => {
    agents.on('agent', () => {
      throw new Error('The disk is full.');
    });
    await agents.stopAgent(name);
    await agents.startAgent(name);
    expect(agents.logs(name).some(({ text }) => text.includes('The disk is full.'))).toBe(true);
    agents.removeAllListeners('agent');
    await expectWell();
  });
});

test('a request that nests too deep to be written is answered and not sent', async () => {
  let nested: unknown = null;
  for (let level = 0; level < 100_000; level += 1) nested = [nested];
  const answer = await call(agents, name, 'echo', { message: nested });
  expect(reasonOf(answer)).toBe('bad-message');
  expect(viewOf(agents, name).callsRunning).toBe(0);
  await expectWell();
});

test('over HTTP an answer or a request that nests too deep fails its own call only', async () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const results: Readonly<Record<string, string>> = {
    initialize: `{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"web","version":"1"}}`,
    'deep/answer': `{"x":${deep}}`,
    ping: '{}',
  };
  const web = createServer((incoming, outgoing) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    incoming.on('end', () => {
      // What is asked is ours, small and flat.
      const id = /"id":([^,}]+)/.exec(body)?.[1];
      const result = results[/"method":"([^"]+)"/.exec(body)?.[1] ?? ''];
      const answer =
        result === undefined ? '"error":{"code":-32601,"message":"Method not found"}' : `"result":${result}`;
      const status = incoming.method === 'POST' ? 202 : 405;
      outgoing.writeHead(id === undefined ? status : 200, { 'content-type': 'application/json' });
      outgoing.end(id === undefined ? '' : `{"jsonrpc":"2.0","id":${id},${answer}}`);
    });
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const address = web.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  name = await started(agents, httpSpec('web', `http://127.0.0.1:${port}/`));
  const ask = (method: string, params?: Record<string, unknown>): Promise<AgentAnswer> =>
    agents.request(name, { method, params, timeoutMs: 20_000 }).answer;
  expect(reasonOf(await ask('deep/answer'))).toBe('bad-message');
  let nested: unknown = null;
  for (let level = 0; level < 100_000; level += 1) nested = [nested];
  expect(reasonOf(await ask('ping', { nested }))).toBe('bad-message');
  expect(await ask('ping')).toEqual({ result: {} });
  expect(viewOf(agents, name)).toMatchObject({ state: 'running', restarts: 0, callsRunning: 0 });
  await agents.stop();
  web.closeAllConnections();
  web.close();
});
