import { expect, test } from 'vitest';
import { LiveStore } from '../../../../main/host/live/index.ts';
import { StopAll, type StopAllModules } from '../../../../main/host/stop-all.ts';
import { AgentName } from '../../../../shared/ids.ts';
import { aLiveInit } from '../../../fixtures/views.ts';

const notes = AgentName.parse('notes');

/** Fakes of the rooms, each with what it did; `breaks` says which of their steps throw. */
function fakeRooms(breaks: ReadonlySet<string>) {
  const did: string[] = [];
  const facts = new Map<string, string>();
  const step = (name: string): void => {
    did.push(name);
    if (breaks.has(name)) throw new Error(`${name} is broken.`);
  };
  const live = new LiveStore(aLiveInit());
  // Of each room only what the switch uses.
  const modules = {
    live,
    facts: {
      get: (key: string) => facts.get(key) ?? null,
      set: (key: string, value: string | null) => {
        step(`write ${key}`);
        if (value === null) facts.delete(key);
        else facts.set(key, value);
      },
    },
    gate: { waiting: () => 0, setStopped: () => step('gate') },
    incoming: { stopAll: () => step('incoming') },
    outgoing: { setStopped: () => step('outgoing') },
    network: { peers: () => [], freeze: async () => step('network'), unfreeze: () => step('unfreeze') },
    agents: {
      list: () => [{ name: notes, state: 'running' }],
      setStopped: () => step('agents'),
      stopAgent: async () => step('agent'),
      left: async () => ({ outcome: 'stopped', checked: 'It was looked at.' }),
      start: async () => step('start'),
    },
  } as unknown as StopAllModules;
  return { modules, did, facts, live };
}

test.each(['gate', 'agents', 'incoming', 'outgoing', 'network', 'agent'])(
  'whatever breaks, all the other steps are taken, and the report says it: %s',
  async (broken) => {
    const { modules, did } = fakeRooms(new Set([broken]));
    const report = await new StopAll(modules).engage();
    expect(new Set(did)).toEqual(
      new Set([
        'write stoppedAt',
        'gate',
        'agents',
        'incoming',
        'outgoing',
        'network',
        'agent',
        'write panic',
      ]),
    );
    const said = [...report.problems, ...report.agents.map(({ checked }) => checked)].join(' ');
    expect(said).toContain(`${broken} is broken.`);
  },
);

test('where it could not be written down, the person is told each time, and it is tried again', async () => {
  const breaks = new Set(['write stoppedAt']);
  const { modules, facts, live } = fakeRooms(breaks);
  const stopAll = new StopAll(modules);
  await expect(stopAll.engage()).rejects.toThrow('is broken');
  expect(stopAll.stopped).toBe(true);
  expect(live.host.panic).toMatchObject({ written: false });
  await expect(stopAll.engage()).rejects.toThrow('is broken');
  breaks.clear();
  const report = await stopAll.engage();
  expect(report.written).toBe(true);
  expect(facts.get('stoppedAt')).toBe(String(report.at));
});

test('what was well is not done again, and gives the same report', async () => {
  const { modules, did } = fakeRooms(new Set());
  const stopAll = new StopAll(modules);
  const report = await stopAll.engage();
  const { length } = did;
  expect(await stopAll.engage()).toBe(report);
  expect(did).toHaveLength(length);
});

test('a restart keeps the report of what was really stopped, however often', async () => {
  const { modules, facts, live } = fakeRooms(new Set());
  const report = await new StopAll(modules).engage();
  for (let start = 0; start < 2; start += 1) {
    await new StopAll(modules).restore();
    expect(live.host.panic).toEqual(report);
    expect(JSON.parse(facts.get('panic') ?? '')).toEqual(report);
  }
});

test('lifting fails closed: while anything cannot be written, it holds on the disk too', async () => {
  const breaks = new Set<string>();
  const { modules, facts, did } = fakeRooms(breaks);
  const stopAll = new StopAll(modules);
  await stopAll.engage();
  breaks.add('write panic');
  await expect(stopAll.lift()).rejects.toThrow('is broken');
  expect(stopAll.stopped).toBe(true);
  expect(facts.has('stoppedAt')).toBe(true);
  expect(did).not.toContain('unfreeze');
  breaks.clear();
  await stopAll.lift();
  expect(stopAll.stopped).toBe(false);
  expect(facts.has('stoppedAt')).toBe(false);
});
