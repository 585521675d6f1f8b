import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Agents } from '../../main/host/agents/index.ts';
import { AgentSpec } from '../../shared/agents.ts';
import {
  added,
  call,
  fixture,
  hosting,
  inState,
  isRunning,
  memoryStore,
  quick,
  reasonOf,
  said,
  seen,
  started,
  stdioSpec,
  textOf,
  viewOf,
} from './agents-fixture.ts';

let agents: Agents;

beforeEach(() => {
  agents = hosting();
});
afterEach(async () => {
  await agents.stop();
});

const spoilt = (name: string): AgentSpec => stdioSpec(name, [fixture(name)]);

describe('what an agent may write', () => {
  test('garbage on stdout is logged and does no harm', async () => {
    const name = await started(agents, spoilt('prints-garbage'));
    expect(textOf(await call(agents, name, 'echo'))).toBe('still working');
    const lines = agents.logs(name).filter((line) => line.from === 'stdout');
    expect(lines.map((line) => line.text)).toEqual([
      'Listening on nothing at all',
      '{"not": "a message"}',
      '{"broken',
      '[1, 2]',
      '[1, 2]',
      'debug: here I am',
    ]);
  });

  test('garbage without end ends it, and it is started again', async () => {
    const name = await started(agents, spoilt('floods-stdout'));
    expect(reasonOf(await call(agents, name, 'echo'))).toBe('agent-died');
    await seen(agents, name, (view) => view.restarts === 1 && view.state === 'running');
    expect(agents.logs(name).length).toBeLessThanOrEqual(1000);
    expect(agents.logs(name).some((line) => /10000 lines that are no MCP messages/.test(line.text))).toBe(
      true,
    );
  });

  test('an answer that is too long fails its own call only', async () => {
    const name = await started(agents, spoilt('answers-too-long'));
    expect(reasonOf(await call(agents, name, 'echo'))).toBe('too-large');
    expect(viewOf(agents, name).state).toBe('running');
  });

  test('a request that is too long is not sent', async () => {
    const name = await started(agents, spoilt('answers-plainly'));
    expect(reasonOf(await call(agents, name, 'echo', { message: 'x'.repeat(9 * 1024 * 1024) }))).toBe(
      'too-large',
    );
    expect(textOf(await call(agents, name, 'echo', { message: 'short' }))).toBe('short');
  });

  test('pages of tools without end are followed a bounded way', async () => {
    agents = hosting({ limits: { toolPages: 5 } });
    const name = await started(agents, spoilt('lists-without-end'));
    expect(agents.tools(name).map((tool) => tool.name)).toEqual([
      'tool-1',
      'same',
      'tool-2',
      'tool-3',
      'tool-4',
      'tool-5',
    ]);
  });

  test('what it asks of its client is answered "method not found"', async () => {
    const name = await started(agents, spoilt('asks-the-client'));
    expect(JSON.parse(textOf(await call(agents, name, 'echo')))).toMatchObject({ error: { code: -32601 } });
  });

  test('changed tools are listed anew, told once for a burst, and pinned anew', async () => {
    const name = await started(agents, spoilt('changes-its-tools'));
    const before = agents.tools(name)[0]?.pin;
    const told: string[] = [];
    agents.on('listChanged', (_name, kind) => told.push(kind));
    await call(agents, name, 'echo');
    const view = await seen(agents, name, (one) => one.tools.length === 2);
    expect(view.tools[0]?.pin).not.toBe(before);
    expect(told).toEqual(['tools']);
  });
});

describe('what an agent may leave undone', () => {
  test('a call it never answers times out, and it is told', async () => {
    const name = await started(agents, spoilt('never-answers'));
    const answer = await call(agents, name, 'echo', {}, 200);
    expect(reasonOf(answer)).toBe('agent-timeout');
    await said(agents, name, /told .*notifications\/cancelled/);
  });

  test('stopping settles what runs', async () => {
    const name = await started(agents, spoilt('never-answers'));
    const running = call(agents, name, 'echo');
    await said(agents, name, /^called/);
    await agents.stopAgent(name);
    expect(reasonOf(await running)).toBe('agent-stopped');
    expect(reasonOf(await call(agents, name, 'echo'))).toBe('agent-stopped');
  });

  test('more calls than it may work on are refused', async () => {
    agents = hosting({ limits: { runningRequests: 3 } });
    const name = await started(agents, spoilt('never-answers'));
    const running = [1, 2, 3].map(() => call(agents, name, 'echo'));
    expect(reasonOf(await call(agents, name, 'echo'))).toBe('too-many-calls');
    await agents.stop();
    expect((await Promise.all(running)).map(reasonOf)).toEqual([
      'agent-stopped',
      'agent-stopped',
      'agent-stopped',
    ]);
  });

  test('what waits for an agent that does not read is bounded', async () => {
    agents = hosting({ limits: { outgoing: 1024 * 1024 } });
    const name = await started(agents, spoilt('stops-reading'));
    const big = { message: 'x'.repeat(512 * 1024) };
    const running = Array.from({ length: 8 }, () => call(agents, name, 'echo', big));
    const first = await Promise.race(running);
    expect(reasonOf(first)).toBe('too-many-calls');
    await agents.stop();
    await Promise.all(running);
  });

  test('one that says nothing at all does not start', async () => {
    agents = hosting({
      timings: { ...quick, probe: 100, start: 400, firstRestart: 60_000, maxRestart: 60_000 },
    });
    const name = added(agents, spoilt('never-speaks'));
    await expect(agents.startAgent(name)).rejects.toThrow(/did not answer within/);
    expect(viewOf(agents, name).state).toBe('waiting');
  });
});

describe('how an agent may end', () => {
  test('in mid-call: the call is settled and it is started again', async () => {
    const name = await started(agents, spoilt('dies-in-mid-call'));
    const answer = await call(agents, name, 'echo');
    expect(reasonOf(answer)).toBe('agent-died');
    expect(answer).toMatchObject({ error: { code: -32064 } });
    const waiting = await inState(agents, name, 'waiting');
    expect(waiting.detail).toBe('It ended with exit code 3. It last wrote: Something went badly wrong');
    expect(waiting.nextStartAt).not.toBeNull();
    await seen(agents, name, (view) => view.state === 'running' && view.restarts === 1);
  });

  test('five times in a short time: a crash loop, left alone until the person starts it', async () => {
    const name = added(agents, spoilt('exits-at-once'));
    await expect(agents.startAgent(name)).rejects.toThrow(/no API_KEY was given/);
    const view = await inState(agents, name, 'crashed');
    expect(view).toMatchObject({ restarts: 4, nextStartAt: null });
    expect(view.detail).toMatch(/left alone/);
    await expect(agents.startAgent(name)).rejects.toThrow();
    expect(viewOf(agents, name)).toMatchObject({ state: 'waiting', restarts: 0 });
  });

  test('at a question of the newer protocol: it is spoken to in the older one', async () => {
    const name = await started(agents, spoilt('ends-at-unknown-request'));
    expect(textOf(await call(agents, name, 'echo', { message: 'old but well' }))).toBe('old but well');
    expect(viewOf(agents, name)).toMatchObject({ state: 'running', restarts: 0 });
  });

  test('with a host that was stopped and started again: all is as before', async () => {
    const name = await started(agents, spoilt('answers-plainly'));
    await agents.stop();
    expect(viewOf(agents, name).state).toBe('stopped');
    await agents.start();
    await inState(agents, name, 'running');
  });

  test('not when asked to: it and its child are killed', async () => {
    const name = await started(agents, spoilt('ignores-sigterm'));
    const pids = (await said(agents, name, /^pids (\d+) (\d+)$/)).slice(1).map(Number);
    expect(pids.map(isRunning)).toEqual([true, true]);
    await agents.stopAgent(name);
    expect(pids.map(isRunning)).toEqual([false, false]);
    expect(viewOf(agents, name)).toMatchObject({ state: 'stopped', pid: null });
  });

  test('leaving a child behind: that is ended too', async () => {
    const name = await started(agents, spoilt('leaves-a-child'));
    const [pid = 0, child = 0] = (await said(agents, name, /^pids (\d+) (\d+)$/)).slice(1).map(Number);
    expect([pid, child].map(isRunning)).toEqual([true, true]);
    await agents.stopAgent(name);
    expect(isRunning(child)).toBe(false);
  });

  test.runIf(process.platform === 'linux')('leaving its session: what it started is ended too', async () => {
    const name = await started(agents, spoilt('leaves-the-session'));
    const [pid = 0, child = 0] = (await said(agents, name, /^pids (\d+) (\d+)$/)).slice(1).map(Number);
    expect([pid, child].map(isRunning)).toEqual([true, true]);
    expect(await agents.left(name)).toMatchObject({ outcome: 'still-running' });
    await agents.stopAgent(name);
    expect(isRunning(child)).toBe(false);
    expect(await agents.left(name)).toMatchObject({
      outcome: 'stopped',
      checked: expect.stringContaining('none anywhere that it started'),
    });
  });

  test('killed from outside: it says so and comes back', async () => {
    const name = await started(agents, spoilt('answers-plainly'));
    process.kill(viewOf(agents, name).pid ?? 0, 'SIGKILL');
    const view = await inState(agents, name, 'waiting');
    expect(view.detail).toBe('It was ended by the signal SIGKILL.');
    await inState(agents, name, 'running');
  });

  test('stopped while it starts', async () => {
    const name = added(agents, spoilt('never-speaks'));
    const starting = agents.startAgent(name);
    const refused = expect(starting).rejects.toThrow(/was stopped while it started/);
    const { pid } = await seen(agents, name, (view) => view.pid !== null);
    await agents.stopAgent(name);
    await refused;
    expect(viewOf(agents, name).state).toBe('stopped');
    expect(isRunning(pid ?? 0)).toBe(false);
  });
});

describe('what cannot be started', () => {
  const withSource = (source: Record<string, unknown>): AgentSpec =>
    AgentSpec.parse({
      ...spoilt('answers-plainly'),
      source: { kind: 'stdio', args: [], env: {}, cwd: null, ...source },
    });

  test.each([
    [{ command: 'no-such-program-here' }, 'There is no program called no-such-program-here on the PATH'],
    [{ command: '/no/such program' }, "There is no program at '/no/such program'."],
    [{ command: fixture('exits-at-once') }, 'may not be run: permission was denied.'],
    [{ command: 'true', cwd: '/no/such/folder' }, 'Its working directory /no/such/folder does not exist.'],
    [{ command: 'true', args: ['a\0b'] }, 'contain a null character'],
  ])('%j says why', async (source, sentence) => {
    const name = added(agents, withSource(source));
    await expect(agents.startAgent(name)).rejects.toThrow(sentence);
    expect(viewOf(agents, name).detail).toContain(sentence);
  });
});

describe('what the person confirms', () => {
  test('nothing runs before its source is confirmed by its digest', async () => {
    agents.add(spoilt('answers-plainly'));
    const { name, sourceDigest, state } = viewOf(agents, spoilt('answers-plainly').name);
    expect(state).toBe('unconfirmed');
    await expect(agents.startAgent(name)).rejects.toMatchObject({ code: 'UNCONFIRMED' });
    expect(() => agents.confirm(name, 'f'.repeat(64))).toThrow(/changed since it was shown/);
    agents.confirm(name, sourceDigest);
    await agents.startAgent(name);
    expect(viewOf(agents, name).state).toBe('running');
  });

  test('a changed source stops it and must be confirmed again; other changes do not', async () => {
    const name = await started(agents, spoilt('answers-plainly'));
    const { pid, sourceDigest } = viewOf(agents, name);
    await agents.edit(name, { ...spoilt('answers-plainly'), description: 'Now described.' });
    expect(viewOf(agents, name)).toMatchObject({ state: 'running', pid, description: 'Now described.' });
    await agents.edit(name, stdioSpec(name, [fixture('answers-plainly'), '--more']));
    expect(viewOf(agents, name)).toMatchObject({ state: 'unconfirmed', pid: null });
    expect(viewOf(agents, name).sourceDigest).not.toBe(sourceDigest);
    expect(isRunning(pid ?? 0)).toBe(false);
    await expect(agents.startAgent(name)).rejects.toMatchObject({ code: 'UNCONFIRMED' });
  });

  test('a secret is never shown, and stays when it is edited as •', async () => {
    const store = memoryStore();
    agents = hosting({}, store);
    const spec = stdioSpec('keeper', [fixture('answers-plainly')], { TOKEN: 'hidden-7' });
    const name = added(agents, spec);
    const view = viewOf(agents, name);
    expect(JSON.stringify(view)).not.toContain('hidden-7');
    expect(view.commandLine).toMatch(/^TOKEN=• /);
    await agents.edit(name, { ...spec, description: 'the same', source: view.source });
    expect(store.list()[0]?.spec.source).toMatchObject({ env: { TOKEN: 'hidden-7' } });
    expect(viewOf(agents, name).state).toBe('stopped');
    const more = stdioSpec('keeper', [], { TOKEN: '•', OTHER: '•' });
    await expect(agents.edit(name, more)).rejects.toThrow(/no stored value for the variable OTHER/);
  });

  test('only confirmed autostart agents start with the host, and removing one leaves nothing', async () => {
    const store = memoryStore();
    agents = hosting({}, store);
    const yes = added(agents, stdioSpec('yes', [fixture('answers-plainly')]));
    added(agents, { ...stdioSpec('no', [fixture('answers-plainly')]), autostart: false });
    agents.add(stdioSpec('unsure', [fixture('answers-plainly')]));
    agents = hosting({}, store);
    await agents.start();
    const { pid } = await inState(agents, yes, 'running');
    expect(agents.list().map((view) => view.state)).toEqual(['running', 'stopped', 'unconfirmed']);
    const told: unknown[] = [];
    agents.on('agent', (name, view) => told.push([name, view?.state ?? null]));
    await agents.remove(yes);
    expect(told.at(-1)).toEqual([yes, null]);
    expect(agents.has(yes)).toBe(false);
    expect(isRunning(pid ?? 0)).toBe(false);
    expect(store.list()).toHaveLength(2);
    expect(reasonOf(await call(agents, yes, 'echo'))).toBe('unknown-agent');
  });
});
