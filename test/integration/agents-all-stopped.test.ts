/** While everything is stopped nothing starts, whatever was asked for before. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Agents } from '../../main/host/agents/index.ts';
import type { AgentSpec } from '../../shared/agents.ts';
import type { AgentName } from '../../shared/ids.ts';
import {
  added,
  call,
  fixture,
  hosting,
  inState,
  isRunning,
  memoryStore,
  quick,
  started,
  stdioSpec,
  textOf,
  viewOf,
} from './agents-fixture.ts';

const spoilt = (name: string): AgentSpec => stdioSpec(name, [fixture(name)]);
const stopped = { code: 'STOPPED', message: 'Everything is stopped. Resume first.' };

let agents: Agents;
beforeEach(() => {
  agents = hosting();
});
afterEach(async () => {
  await agents.stop();
});

/** What the panic switch does. */
async function stopEverything(): Promise<void> {
  agents.setStopped(true);
  await Promise.all(agents.list().map((view) => agents.stopAgent(view.name)));
}

/** All that it has ever run is gone, and it stays so. */
function expectNothing(name: AgentName, pids: Set<number>): void {
  expect([...pids].filter(isRunning)).toEqual([]);
  expect(viewOf(agents, name)).toMatchObject({ state: 'stopped', pid: null, nextStartAt: null });
}

function pidsOf(name: AgentName): Set<number> {
  const pids = new Set<number>();
  agents.on('agent', (changed, view) => {
    if (changed === name && typeof view?.pid === 'number') pids.add(view.pid);
  });
  return pids;
}

describe('while everything is stopped', () => {
  test('a restart under way does not go on', async () => {
    const name = await started(agents, spoilt('ends-slowly'));
    const pids = pidsOf(name);
    const refused = expect(agents.restartAgent(name)).rejects.toMatchObject(stopped);
    expect(viewOf(agents, name).state).toBe('stopping');
    await stopEverything();
    await refused;
    expect(pids.size).toBe(1);
    expectNothing(name, pids);
  });

  test('a start that waits for an agent to end does not go on, though it was resumed in between', async () => {
    const name = await started(agents, spoilt('ends-slowly'));
    const pids = pidsOf(name);
    const first = stopEverything();
    agents.setStopped(false);
    await agents.start();
    await Promise.all([first, stopEverything()]);
    await expect(agents.startAgent(name)).rejects.toMatchObject(stopped);
    expect(pids.size).toBe(1);
    expectNothing(name, pids);
  });

  test('a restart to come is cancelled', async () => {
    agents = hosting({ timings: { ...quick, firstRestart: 60_000, maxRestart: 60_000 } });
    const name = added(agents, spoilt('exits-at-once'));
    await expect(agents.startAgent(name)).rejects.toThrow();
    expect(viewOf(agents, name).state).toBe('waiting');
    agents.setStopped(true);
    expect(viewOf(agents, name)).toMatchObject({ state: 'stopped', nextStartAt: null });
  });

  test('one that ends by itself is not started again', async () => {
    const name = await started(agents, spoilt('dies-in-mid-call'));
    agents.setStopped(true);
    await call(agents, name, 'echo');
    const view = await inState(agents, name, 'stopped');
    expect(view).toMatchObject({ detail: expect.stringContaining('exit code 3'), nextStartAt: null });
  });

  test('the older handshake is not tried where the newer one has failed', async () => {
    const name = added(agents, spoilt('ends-at-unknown-request'));
    const pids = pidsOf(name);
    const starting = expect(agents.startAgent(name)).rejects.toMatchObject(stopped);
    agents.setStopped(true);
    await starting;
    expect(pids.size).toBe(1);
    expectNothing(name, pids);
  });

  test('nothing starts: not by name, not with the host, not a new one', async () => {
    const name = added(agents, spoilt('answers-plainly'));
    const pids = pidsOf(name);
    agents.setStopped(true);
    await agents.start();
    await expect(agents.startAgent(name)).rejects.toMatchObject(stopped);
    await expect(agents.restartAgent(name)).rejects.toMatchObject(stopped);
    const other = added(agents, stdioSpec('other', [fixture('answers-plainly')]));
    await expect(agents.startAgent(other)).rejects.toMatchObject(stopped);
    expect(pids.size).toBe(0);
    expectNothing(name, pids);
  });

  test('resuming lets them start again', async () => {
    const name = await started(agents, spoilt('answers-plainly'));
    await stopEverything();
    agents.setStopped(false);
    await agents.start();
    await inState(agents, name, 'running');
    expect(textOf(await call(agents, name, 'echo', { message: 'back' }))).toBe('back');
  });
});

test('a restart under way does not outlive the host', async () => {
  const name = await started(agents, spoilt('ends-slowly'));
  const pids = pidsOf(name);
  const refused = expect(agents.restartAgent(name)).rejects.toMatchObject({ code: 'STOPPED' });
  await agents.stop();
  await refused;
  expectNothing(name, pids);
});

describe('what was allowed to an agent', () => {
  test('ends with its source: told when that is edited or the agent removed, before anything else can run', async () => {
    const told: unknown[] = [];
    agents.on('replaced', (name) => told.push([name, agents.sourceDigest(name)]));
    const spec = spoilt('answers-plainly');
    const name = await started(agents, spec);
    const digest = agents.sourceDigest(name);
    expect(digest).toBe(viewOf(agents, name).sourceDigest);
    await agents.edit(name, { ...spec, description: 'Now described.' });
    expect(told).toEqual([]);
    expect(agents.sourceDigest(name)).toBe(digest);
    await agents.edit(name, stdioSpec(name, [fixture('answers-plainly'), '--more']));
    expect(told).toEqual([[name, digest]]);
    expect(agents.sourceDigest(name)).toBeNull();
    agents.confirm(name, viewOf(agents, name).sourceDigest);
    expect(agents.sourceDigest(name)).not.toBe(digest);
    await agents.remove(name);
    expect(told).toHaveLength(2);
    expect(agents.sourceDigest(name)).toBeNull();
  });

  test('where it cannot be forgotten, the agent stays as it was', async () => {
    const store = memoryStore();
    agents = hosting({}, store);
    const name = added(agents, spoilt('answers-plainly'));
    agents.once('replaced', () => {
      throw new Error('The disk is full.');
    });
    await expect(agents.remove(name)).rejects.toThrow('The disk is full.');
    expect(agents.has(name)).toBe(true);
    expect(store.list()).toHaveLength(1);
    await agents.remove(name);
    await expect(agents.remove(name)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a source that has no digest is refused before it is kept', () => {
    const store = memoryStore();
    agents = hosting({}, store);
    expect(() => agents.add(stdioSpec('half', ['x\ud83d']))).toThrow(/half a character/);
    expect(store.list()).toEqual([]);
  });
});
