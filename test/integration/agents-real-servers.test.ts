import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createWebServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AgentAnswer, Agents } from '../../main/host/agents/index.ts';
import {
  added,
  call,
  fixture,
  hosting,
  httpSpec,
  inState,
  isRunning,
  reasonOf,
  said,
  seen,
  server,
  started,
  stdioSpec,
  textOf,
  until,
  viewOf,
} from './agents-fixture.ts';

const Message = z.looseObject({
  method: z.string().optional(),
  id: z.union([z.string(), z.number()]).optional(),
});

let agents: Agents = hosting();
const children: ChildProcess[] = [];

afterEach(async () => {
  await agents.stop();
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  agents = hosting();
});

describe('server-everything over stdio', () => {
  const spec = stdioSpec('everything', [server('everything'), 'stdio']);

  test('is started, lists its tools and answers a call', async () => {
    const name = await started(agents, spec);
    const view = viewOf(agents, name);
    expect(view.server).toMatchObject({ name: 'mcp-servers/everything', protocol: '2025-11-25' });
    expect(view.pid).not.toBeNull();
    const echo = agents.tools(name).find((tool) => tool.name === 'echo');
    expect(echo?.pin).toMatch(/^[0-9a-f]{64}$/);
    expect(view.tools.map((tool) => tool.name)).toContain('echo');
    expect(agents.description(name)?.capabilities).toHaveProperty('prompts');
    expect(textOf(await call(agents, name, 'echo', { message: 'hello' }))).toBe('Echo: hello');
  });

  test('answers other methods, and its own errors come as it gave them', async () => {
    const name = await started(agents, spec);
    const prompts = await agents.request(name, {
      method: 'prompts/list',
      params: undefined,
      timeoutMs: 20_000,
    }).answer;
    expect(prompts).toHaveProperty('result.prompts');
    const unknown = await agents.request(name, { method: 'no/such', params: {}, timeoutMs: 20_000 }).answer;
    expect(unknown).toMatchObject({ error: { code: -32601 } });
  });

  test('tells progress to its own request only, without the token', async () => {
    const name = await started(agents, spec);
    const run = (steps: number): { told: Record<string, unknown>[]; answer: Promise<unknown> } => {
      const told: Record<string, unknown>[] = [];
      const params = {
        name: 'trigger-long-running-operation',
        arguments: { duration: 0.2, steps },
        _meta: { progressToken: 'mine' },
      };
      const onProgress = (progress: Record<string, unknown>): void => void told.push(progress);
      return {
        told,
        answer: agents.request(name, { method: 'tools/call', params, timeoutMs: 20_000, onProgress }).answer,
      };
    };
    const two = run(2);
    const three = run(3);
    await Promise.all([two.answer, three.answer]);
    expect(two.told[0]).toEqual({ progress: 1, total: 2 });
    expect(three.told.map((progress) => progress['total'])).toEqual(three.told.map(() => 3));
    expect(three.told.length).toBeGreaterThanOrEqual(2);
  });

  test('keeps a hundred calls apart', async () => {
    const name = await started(agents, spec);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => call(agents, name, 'echo', { message: `number ${i}` })),
    );
    expect(answers.map(textOf)).toEqual(answers.map((_, i) => `Echo: number ${i}`));
    expect(viewOf(agents, name).callsRunning).toBe(0);
  });

  test('gets a small environment, and what its spec adds', async () => {
    agents = hosting({
      environment: { PATH: process.env['PATH'], HOME: '/tmp', LC_ALL: 'C', SECRET_TOKEN: 'of the host' },
    });
    const name = await started(
      agents,
      stdioSpec('everything', [server('everything'), 'stdio'], { ADDED: 'yes' }),
    );
    const environment: unknown = JSON.parse(textOf(await call(agents, name, 'get-env')));
    expect(environment).toMatchObject({ HOME: '/tmp', LC_ALL: 'C', ADDED: 'yes' });
    expect(environment).not.toHaveProperty('SECRET_TOKEN');
  });

  test('a cancelled call is settled at once', async () => {
    const name = await started(agents, spec);
    const running = agents.request(name, {
      method: 'tools/call',
      params: { name: 'trigger-long-running-operation', arguments: { duration: 60, steps: 1 } },
      timeoutMs: 60_000,
    });
    await seen(agents, name, (view) => view.callsRunning === 1);
    running.cancel('no longer wanted');
    expect(reasonOf(await running.answer)).toBe('cancelled');
    await seen(agents, name, (view) => view.callsRunning === 0);
  });

  test('its processor time and memory are measured while it runs, and no longer', async () => {
    const name = await started(agents, spec);
    const view = await seen(agents, name, (one) => one.memoryBytes !== null);
    expect(view.memoryBytes).toBeGreaterThan(10 * 1024 * 1024);
    expect(view.cpuPercent).toBeGreaterThanOrEqual(0);
    await agents.stopAgent(name);
    expect(viewOf(agents, name)).toMatchObject({
      memoryBytes: null,
      cpuPercent: null,
      pid: null,
      server: null,
      tools: [],
    });
  });

  test('is restarted under another process id, and stopping leaves no process', async () => {
    const name = await started(agents, spec);
    const first = viewOf(agents, name).pid ?? 0;
    await agents.restartAgent(name);
    const second = viewOf(agents, name).pid ?? 0;
    expect(second).not.toBe(first);
    expect(isRunning(first)).toBe(false);
    await agents.stop();
    expect(isRunning(second)).toBe(false);
  });
});

test('server-memory keeps what it is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-memory-'));
  const file = join(folder, 'memory.jsonl');
  const name = await started(agents, stdioSpec('memory', [server('memory')], { MEMORY_FILE_PATH: file }));
  const entities = [{ name: 'Ada', entityType: 'person', observations: ['likes gates'] }];
  await call(agents, name, 'create_entities', { entities });
  expect(textOf(await call(agents, name, 'read_graph'))).toContain('likes gates');
  await rm(folder, { recursive: true });
});

test('server-filesystem reads a file in its folder and says what its tools do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-files-'));
  await writeFile(join(folder, 'note.txt'), 'open sesame');
  const name = await started(agents, stdioSpec('files', [server('filesystem'), folder]));
  expect(textOf(await call(agents, name, 'read_text_file', { path: join(folder, 'note.txt') }))).toBe(
    'open sesame',
  );
  const annotations = (tool: string): unknown =>
    agents.tools(name).find((one) => one.name === tool)?.annotations;
  expect(annotations('read_text_file')).toMatchObject({ readOnly: true, stated: true });
  expect(annotations('write_file')).toMatchObject({ readOnly: false, destructive: true, stated: true });
  await rm(folder, { recursive: true });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

async function everythingOverHttp(port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [server('everything'), 'streamableHttp'], {
    env: { PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await until(() => text.includes('listening on port'), 'the server listens');
  return child;
}

describe('server-everything over Streamable HTTP', () => {
  test('lists its tools, answers, tells progress and is left again', async () => {
    const port = await freePort();
    await everythingOverHttp(port);
    const name = await started(
      agents,
      httpSpec('remote', `http://127.0.0.1:${port}/mcp`, { 'X-Key': 'secret' }),
    );
    const view = viewOf(agents, name);
    expect(view).toMatchObject({ state: 'running', pid: null, cpuPercent: null });
    expect(JSON.stringify(view)).not.toContain('secret');
    expect(textOf(await call(agents, name, 'echo', { message: 'over HTTP' }))).toBe('Echo: over HTTP');
    const told: unknown[] = [];
    const done = await agents.request(name, {
      method: 'tools/call',
      params: { name: 'trigger-long-running-operation', arguments: { duration: 0.2, steps: 2 } },
      timeoutMs: 20_000,
      onProgress: (progress) => told.push(progress),
    }).answer;
    expect(textOf(done)).toContain('completed');
    expect(told[0]).toEqual({ progress: 1, total: 2 });
    await agents.stopAgent(name);
    expect(viewOf(agents, name).state).toBe('stopped');
  });

  test('is reconnected when it comes back', async () => {
    const port = await freePort();
    const first = await everythingOverHttp(port);
    const name = await started(agents, httpSpec('remote', `http://127.0.0.1:${port}/mcp`));
    first.kill('SIGKILL');
    await once(first, 'exit');
    expect(reasonOf(await call(agents, name, 'echo', { message: 'anyone?' }))).toBe('agent-died');
    const waiting = await inState(agents, name, 'waiting');
    expect(waiting.detail).toMatch(/reached/);
    await everythingOverHttp(port);
    await inState(agents, name, 'running');
    expect(textOf(await call(agents, name, 'echo', { message: 'again' }))).toBe('Echo: again');
  });

  test('is reconnected when it was restarted unnoticed and has forgotten the session', async () => {
    const port = await freePort();
    const first = await everythingOverHttp(port);
    const name = await started(agents, httpSpec('remote', `http://127.0.0.1:${port}/mcp`));
    first.kill('SIGKILL');
    await once(first, 'exit');
    await everythingOverHttp(port);
    await call(agents, name, 'echo', { message: 'still there?' });
    await seen(agents, name, (view) => view.state === 'running' && view.restarts > 0);
    expect(textOf(await call(agents, name, 'echo', { message: 'again' }))).toBe('Echo: again');
  });

  test('an address where nothing answers is tried again and again, and is no crash loop', async () => {
    const name = added(agents, httpSpec('nowhere', `http://127.0.0.1:${await freePort()}/mcp`));
    await expect(agents.startAgent(name)).rejects.toThrow(/nothing answers at its address/);
    const view = await seen(agents, name, (one) => one.restarts >= 6);
    expect(view.state).not.toBe('crashed');
  });
});

describe('an address that is no agent', () => {
  test.each([
    [401, 'text/plain', /wants to know who calls/],
    [404, 'text/html', /the HTTP status 404/],
    [200, 'text/html', /does not speak MCP/],
  ])('answers %i %s, and the person is told what that means', async (status, type, sentence) => {
    const web = createWebServer((_request, response) => {
      response.writeHead(status, { 'content-type': type }).end('<h1>Hello</h1>');
    }).listen(0, '127.0.0.1');
    await once(web, 'listening');
    const address = web.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const name = added(agents, httpSpec('page', `http://127.0.0.1:${port}/`));
    await expect(agents.startAgent(name)).rejects.toThrow(sentence);
    await agents.stop();
    web.closeAllConnections();
    web.close();
  });
});

test.each([400, 404])(
  'a session that is forgotten with the status %i is opened anew; one bad request is not that',
  async (status) => {
    let session = 'first';
    const web = createWebServer((incoming, outgoing) => {
      let body = '';
      incoming.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      incoming.on('end', () => {
        const message = incoming.method === 'POST' ? Message.parse(JSON.parse(body)) : null;
        const answer = (code: number, result?: unknown): void => {
          outgoing.writeHead(code, { 'content-type': 'application/json', 'mcp-session-id': session });
          outgoing.end(
            result === undefined ? '' : JSON.stringify({ jsonrpc: '2.0', id: message?.id, result }),
          );
        };
        if (message === null) answer(405);
        else if (message.method === 'initialize') {
          answer(200, {
            protocolVersion: '2025-06-18',
            capabilities: {},
            serverInfo: { name: 'web', version: '1' },
          });
        } else if (incoming.headers['mcp-session-id'] !== session) answer(status);
        else if (message.method === 'bad/request') answer(status);
        else if (message.id === undefined) answer(202);
        else answer(200, { session });
      });
    }).listen(0, '127.0.0.1');
    await once(web, 'listening');
    const address = web.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const name = await started(agents, httpSpec('web', `http://127.0.0.1:${port}/`));
    const ask = (method: string): Promise<AgentAnswer> =>
      agents.request(name, { method, params: undefined, timeoutMs: 20_000 }).answer;
    expect(reasonOf(await ask('bad/request'))).toBe('agent-died');
    expect(await ask('ping')).toEqual({ result: { session: 'first' } });
    expect(viewOf(agents, name).restarts).toBe(0);
    session = 'second';
    await ask('ping');
    await seen(agents, name, (view) => view.state === 'running' && view.restarts === 1);
    expect(await ask('ping')).toEqual({ result: { session: 'second' } });
    await agents.stop();
    web.closeAllConnections();
    web.close();
  },
);

describe('a server of the 2026-07-28 era', () => {
  test('over stdio gets the version, the client and no capabilities with each request', async () => {
    const name = await started(agents, stdioSpec('modern', [fixture('modern-server')]));
    expect(viewOf(agents, name).server).toEqual({ name: 'modern', version: '2.0.0', protocol: '2026-07-28' });
    expect(JSON.parse(textOf(await call(agents, name, 'meta')))).toMatchObject({
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'gatehouse' },
      'io.modelcontextprotocol/clientCapabilities': {},
    });
    const key = 'io.modelcontextprotocol/clientCapabilities';
    const params = { name: 'meta', arguments: {}, _meta: { [key]: { elicitation: {} } } };
    const own = await agents.request(name, { method: 'tools/call', params, timeoutMs: 20_000 }).answer;
    expect(JSON.parse(textOf(own))).toMatchObject({ [key]: { elicitation: {} } });
  });

  test('over stdio tells that its tools changed', async () => {
    const name = await started(agents, stdioSpec('modern', [fixture('modern-server')]));
    await call(agents, name, 'grow');
    await seen(agents, name, (view) => view.tools.some((tool) => tool.name === 'grown'));
  });

  test('a cancelled call is ended there too', async () => {
    const name = await started(agents, stdioSpec('modern', [fixture('modern-server')]));
    const running = agents.request(name, {
      method: 'tools/call',
      params: { name: 'wait', arguments: {} },
      timeoutMs: 20_000,
    });
    await said(agents, name, /^waiting$/);
    running.cancel('enough');
    expect(reasonOf(await running.answer)).toBe('cancelled');
    await said(agents, name, /^aborted$/);
  });

  test('over HTTP answers, and a cancelled call is ended there too', async () => {
    const child = spawn(process.execPath, [fixture('modern-server'), '--http'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(child);
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await until(() => text.includes('port'), 'it listens');
    const port = /port (\d+)/.exec(text)?.[1] ?? '';
    const name = await started(agents, httpSpec('modern', `http://127.0.0.1:${port}/mcp`));
    expect(viewOf(agents, name).server?.protocol).toBe('2026-07-28');
    expect(JSON.parse(textOf(await call(agents, name, 'meta')))).toMatchObject({
      'io.modelcontextprotocol/clientInfo': { name: 'gatehouse' },
    });
    const running = agents.request(name, {
      method: 'tools/call',
      params: { name: 'wait', arguments: {} },
      timeoutMs: 20_000,
    });
    await until(() => text.includes('waiting'), 'it waits');
    running.cancel('enough');
    expect(reasonOf(await running.answer)).toBe('cancelled');
    await until(() => text.includes('aborted'), 'it is told');
  });
});
