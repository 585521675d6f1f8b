/** "Stop all" while everything is busy: what it says has stopped really has. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AgentName } from '../../shared/ids.ts';
import { plainRule } from '../../shared/rules.ts';
import type { PanicReport } from '../../shared/panic.ts';
import { fixture } from './agents-fixture.ts';
import { TestHost } from '../fixtures/test-host.ts';

const agent = AgentName.parse('busy');
const CALLERS = 32;

let folder: string;
let trace: string;
let a: TestHost;
let b: TestHost;
let calling = true;
let answered = 0;

const work = (tool: string, message: string): Promise<unknown> =>
  b.client.tools.call({ peerId: a.peerId, agent, tool, arguments: { message } });

const traced = (): Promise<string> => readFile(trace, 'utf8');

/** Looks twice, so that what still writes would be seen. */
async function expectSilence(): Promise<void> {
  const before = await traced();
  await sleep(500);
  expect(await traced()).toBe(before);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-panic-'));
  trace = join(folder, 'trace');
  [a, b] = await Promise.all([TestHost.start('Ada'), TestHost.start('Ben')]);
  await a.addAgent('busy', {
    kind: 'stdio',
    command: process.execPath,
    args: [fixture('writes-while-it-works')],
    env: { TRACE: trace },
    cwd: null,
  });
  await b.client.peers.dial({ address: a.address() });
  await a.until('Ben', (state) => state.peers[b.peerId]);
  await a.client.contacts.accept({ peerId: b.peerId });
  await b.until('to be accepted', (state) => state.peers[a.peerId]?.acceptsUs === true);
  const { pin: _, ...anything } = plainRule;
  await a.client.rules.add({ ...anything, peerId: b.peerId, agent, tool: 'work', effect: 'allow' });
}, 60_000);

afterAll(async () => {
  calling = false;
  await Promise.all([a.stop(), b.stop()]);
  await rm(folder, { recursive: true, force: true });
}, 60_000);

describe('Stop all under load', () => {
  let report: PanicReport;
  const callers: Promise<void>[] = [];
  let asked: Promise<unknown>[];

  test('reports what it refused, ended and cut, once nothing of it is left', async () => {
    const keepOn = async (): Promise<void> => {
      while (calling) {
        await work('work', 'at work').then(
          () => {
            answered += 1;
          },
          // Refused from the moment of the stop on; not so fast that refusals alone are the load.
          () => sleep(20),
        );
      }
    };
    for (let caller = 0; caller < CALLERS; caller += 1) callers.push(keepOn());
    asked = [1, 2, 3].map((number) => work('ask-first', `question ${number}`));
    for (const question of asked) question.catch(() => undefined);
    await a.until('three questions', ({ approvals }) => Object.keys(approvals).length === 3);
    const [held] = Object.values(a.state?.approvals ?? {});
    if (held === undefined) throw new Error('no question');
    // Allowed, but it can still be taken back: the stop is faster.
    await a.client.approvals.answer({
      id: held.id,
      digest: held.digest,
      answer: { kind: 'allow-once', edited: null },
      undoSeconds: 30,
    });
    await a.until('calls at work', ({ calls }) =>
      Object.values(calls).some(({ status }) => status === 'running'),
    );

    report = await a.client.host.stopAll();

    expect(report).toMatchObject({ refused: 3, running: 0, written: true, links: { cut: 1, left: [] } });
    expect(report.ended).toBeGreaterThan(0);
    expect(report.doneAt).toBeGreaterThanOrEqual(report.at);
    expect(report.agents).toEqual([
      { name: agent, outcome: 'stopped', checked: expect.stringContaining('No process is left') },
    ]);
    await expectSilence();
  }, 60_000);

  test('every question was refused, also the one that was allowed and not yet carried out', async () => {
    for (const question of await Promise.allSettled(asked)) expect(question.status).toBe('rejected');
    expect(await traced()).not.toContain('question');
    expect(Object.keys(a.state?.approvals ?? {})).toEqual([]);
  });

  test('nothing that is tried afterwards runs: no call, no agent, no link', async () => {
    const before = answered;
    await expect(work('work', 'afterwards')).rejects.toThrow();
    await expect(a.client.agents.start({ name: agent })).rejects.toMatchObject({ code: 'STOPPED' });
    await expect(b.client.peers.dial({ address: a.address() })).rejects.toThrow();
    await expectSilence();
    expect(answered).toBe(before);
    expect(await traced()).not.toContain('afterwards');
  });

  test('asking a second time gives the same report', async () => {
    expect(await a.client.host.stopAll()).toEqual(report);
  });

  test('it holds over a restart, with its report, until it is lifted', async () => {
    calling = false;
    await Promise.all(callers);
    const { dataDir } = a;
    await a.stop(true);
    a = await TestHost.start('Ada', dataDir);
    expect(a.state?.host).toMatchObject({ stoppedAt: report.at, panic: report });
    expect(a.state?.agents['busy']?.state).toBe('stopped');
    await expectSilence();
    await a.client.host.resume();
    await a.until(
      'it to run again',
      ({ agents, host }) => agents['busy']?.state === 'running' && host.panic === null,
    );
    await b.client.peers.dial({ address: a.address() });
    expect(await work('work', 'again')).toMatchObject({ content: [{ text: 'again' }] });
  }, 60_000);
});
