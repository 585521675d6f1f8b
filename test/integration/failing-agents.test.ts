import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyFileIn } from '../../main/host/host.ts';
import type { AgentSource } from '../../shared/agents.ts';
import type { ApprovalView } from '../../shared/gate.ts';
import { AgentName } from '../../shared/ids.ts';
import { TestHost } from '../fixtures/test-host.ts';

/** What a caller across the network, and the person, are told when an agent misbehaves. */
let a: TestHost;
let b: TestHost;

const spoiled = (name: string): AgentSource => ({
  kind: 'stdio',
  command: process.execPath,
  args: [fileURLToPath(new URL(`../fixtures/agents/${name}.ts`, import.meta.url))],
  env: {},
  cwd: null,
});

const call = (agent: string): Promise<Record<string, unknown>> =>
  b.client.tools.call({
    peerId: a.peerId,
    agent: AgentName.parse(agent),
    tool: 'echo',
    arguments: { message: 'hello' },
  });

const question = (agent: string, but: readonly string[] = []): Promise<ApprovalView> =>
  a.until('the question', (state) =>
    Object.values(state.approvals).find((asked) => asked.agent === agent && !but.includes(asked.id)),
  );

const allow = async (asked: ApprovalView, kind: 'allow-once' | 'allow-always'): Promise<void> => {
  await a.client.approvals.answer({
    id: asked.id,
    digest: asked.digest,
    answer: kind === 'allow-once' ? { kind, edited: null } : { kind, limits: null },
  });
};

beforeAll(async () => {
  [a, b] = await Promise.all([TestHost.start('Ada'), TestHost.start('Ben')]);
  await b.client.peers.dial({ address: a.address() });
  await a.until('the caller', (state) => state.peers[b.peerId]);
  await a.client.contacts.accept({ peerId: b.peerId });
}, 60_000);

afterAll(async () => {
  await Promise.all([a.stop(), b.stop()]);
}, 60_000);

test('an agent that dies in mid-call: the caller is told, the record says so, the agent is started again', async () => {
  await a.addAgent('mortal', spoiled('dies-in-mid-call'));
  const answer = call('mortal');
  const failed = expect(answer).rejects.toMatchObject({ code: 'UNAVAILABLE', message: /mortal/ });
  const asked = await question('mortal');
  await allow(asked, 'allow-once');
  await failed;
  const record = await a.client.calls.detail({ id: asked.callId });
  expect(record).toMatchObject({ status: 'failed', decision: { effect: 'allow', by: 'person' } });
  expect(record.response).toContain('agent-died');
  await a.until(
    'it to run again',
    ({ agents }) => agents['mortal']?.state === 'running' && agents['mortal'].restarts > 0,
  );
});

test('an agent that never answers is given up after the time it has', async () => {
  await a.addAgent('silent', spoiled('never-answers'));
  const { executionSeconds } = a.state?.settings ?? expect.fail('no settings');
  await a.client.settings.set({ executionSeconds: 1 });
  const answer = call('silent');
  const failed = expect(answer).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const asked = await question('silent');
  await allow(asked, 'allow-once');
  await failed;
  const record = await a.client.calls.detail({ id: asked.callId });
  expect(record).toMatchObject({ status: 'failed' });
  expect(record.response).toContain('agent-timeout');
  expect(record.runMs).toBeGreaterThanOrEqual(1000);
  await a.client.settings.set({ executionSeconds });
});

test('an agent that is stopped is said to be, and nothing is asked', async () => {
  await a.client.agents.stop({ name: AgentName.parse('silent') });
  await expect(call('silent')).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('not running'),
  });
  expect(Object.keys(a.state?.approvals ?? {})).toHaveLength(0);
});

describe('an agent whose tool changes', () => {
  test('between the question and the answer: what was shown is what runs, or nothing', async () => {
    await a.addAgent('fickle', spoiled('changes-its-tools'));
    const first = call('fickle');
    const firstAsked = await question('fickle');
    const second = call('fickle');
    const refused = expect(second).rejects.toMatchObject({ code: 'DENIED' });
    const secondAsked = await question('fickle', [firstAsked.id]);
    await allow(firstAsked, 'allow-once');
    await first;
    const pins = ({ agents }: NonNullable<TestHost['state']>): string | undefined =>
      agents['fickle']?.tools[0]?.pin;
    const before = pins(a.state ?? expect.fail());
    await a.until(
      'the other definition',
      (state) => pins(state) !== before || state.agents['fickle']?.tools.length === 2,
    );
    await allow(secondAsked, 'allow-once');
    await refused;
    const record = await a.client.calls.detail({ id: secondAsked.callId });
    expect(record).toMatchObject({ status: 'refused' });
    expect(record.response).toContain('tool-changed');
  });

  test('after it was allowed for good: the person is asked again, and told of the change', async () => {
    await a.until('no question', (state) => Object.keys(state.approvals).length === 0);
    const answer = call('fickle');
    const asked = await question('fickle');
    await allow(asked, 'allow-always');
    await answer;
    await a.until('another definition', (state) =>
      state.agents['fickle']?.tools.some(({ description }) => description === 'Called 2 times.'),
    );
    await a.until('no question', (state) => Object.keys(state.approvals).length === 0);
    const next = call('fickle');
    const again = await question('fickle', [asked.id]);
    expect(again.toolChanged).toBe(true);
    await allow(again, 'allow-once');
    await next;
  });
});

test('a damaged key stops the start with a sentence, and is left as it is', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  await writeFile(keyFileIn(dataDir), 'not a key', { mode: 0o600 });
  await expect(TestHost.start('Eve', dataDir)).rejects.toMatchObject({
    name: 'IdentityError',
    code: 'DAMAGED',
    message: expect.stringContaining(keyFileIn(dataDir)),
  });
  expect(await readFile(keyFileIn(dataDir), 'utf8')).toBe('not a key');
  await rm(dataDir, { recursive: true });
});

test('a second host on the same data is refused', async () => {
  await expect(TestHost.start('Eve', a.dataDir)).rejects.toMatchObject({
    name: 'RecordsError',
    code: 'LOCKED',
  });
  expect(await a.client.calls.page({ limit: 1 })).toHaveLength(1);
});
