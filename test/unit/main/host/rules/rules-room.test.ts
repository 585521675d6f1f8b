import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tool } from '../../../../../shared/agents.ts';
import type { CallView } from '../../../../../shared/calls.ts';
import { CallId } from '../../../../../shared/ids.ts';
import type { NewRule } from '../../../../../shared/rules.ts';
import { createGate, createJudge, type Gate } from '../../../../../main/host/gate/index.ts';
import { openRecords, type Records } from '../../../../../main/host/records/index.ts';
import { createRules, type Rules } from '../../../../../main/host/rules/index.ts';
import { NEVER_SEEN } from '../../../../../main/host/rules/pins.ts';
import { aCall } from '../../../../fixtures/views.ts';
import { byPerson, denied } from './fake-stores.ts';
import { ada, aRule, files } from './setup.ts';

const PIN = 'a'.repeat(64);
const tool: Tool = {
  name: 'read_file',
  title: null,
  description: '',
  inputSchema: {},
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false, stated: true },
  pin: PIN,
};

let dir: string;
let records: Records;
let gate: Gate;
let rules: Rules;
let now: number;
let tools: Tool[];

/** A real gate on a real database; only peers and agents are stand-ins. */
async function open(): Promise<void> {
  records = await openRecords({ dataDir: dir, defaultName: 'a test', now: () => now });
  gate = createGate(
    { now: () => now },
    {
      rules: records.rules,
      pins: records.pins,
      past: records.calls,
      usage: records.usage,
      budgets: () => new Map(),
      settings: () => records.settings.get(),
    },
  );
  gate.start();
  rules = createRules({
    gate,
    store: records.rules,
    calls: records.calls,
    pins: records.pins,
    facts: records.facts,
    peers: { get: () => undefined, trust: () => 'known' },
    agents: { list: () => [], tools: () => tools, sourceDigest: () => 'c'.repeat(64) },
    judgeOf: createJudge,
    home: '/home/me',
    now: () => now,
  });
}
async function close(): Promise<void> {
  gate.stop();
  await records.close();
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-rules-'));
  now = Date.now();
  tools = [tool];
  await open();
});
afterEach(async () => {
  await close();
  await rm(dir, { recursive: true });
});

const newRule = (patch: Partial<NewRule> = {}): NewRule => {
  const {
    id: _id,
    createdAt: _createdAt,
    pin: _pin,
    ...rule
  } = aRule('none1', { peerId: ada, agent: files });
  return { ...rule, ...patch };
};
const ids = (): string[] =>
  gate
    .rules()
    .map(({ id }) => id)
    .toSorted();

async function record(args: Record<string, unknown>, patch: Partial<CallView> = {}): Promise<CallId> {
  const id = records.calls.nextId();
  const call = aCall(id, {
    peerId: ada,
    agent: files,
    tool: 'read_file',
    decision: byPerson,
    at: now,
    ...patch,
  });
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  records.calls.put(call, { request: JSON.stringify(args) }, (error) =>
    error === null ? resolve(undefined) : reject(error),
  );
  await promise;
  return id;
}

describe('the history', () => {
  it('goes back to any version, as one more version, also after a restart', async () => {
    const one = rules.add(newRule());
    const two = rules.add(newRule({ effect: 'deny' }));
    rules.change(one.id, newRule({ effect: 'ask' }));
    gate.removeRule(two.id);
    expect(rules.history({ limit: 10 }).map(({ version, by }) => [version, by])).toEqual([
      [4, 'person'],
      [3, 'person'],
      [2, 'person'],
      [1, 'person'],
    ]);
    await close();
    await open();
    rules.restore(2, 4);
    expect(gate.rules().map(({ id, effect }) => [id, effect])).toEqual(
      expect.arrayContaining([
        [one.id, 'allow'],
        [two.id, 'deny'],
      ]),
    );
    expect(gate.rulesVersion()).toBe(5);
    rules.restore(0, 5);
    expect(ids()).toEqual([]);
    // Taking that back.
    rules.restore(5, 6);
    expect(ids()).toEqual([one.id, two.id].toSorted());
    rules.restore(3, 7);
    expect(gate.rules().find(({ id }) => id === one.id)?.effect).toBe('ask');
  });

  it('refuses where the rules have changed meanwhile, or there was no such version', () => {
    rules.add(newRule());
    expect(() => rules.restore(0, 0)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    expect(() => rules.restore(7, 1)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(ids()).toHaveLength(1);
  });

  it('leaves rules until quit alone, and does not bring back what has expired or was forgotten', () => {
    const quit = rules.add(newRule({ untilQuit: true }));
    const short = rules.add(newRule({ expiresAt: now + 1000 }));
    const named = rules.add(newRule());
    const stays = rules.add(newRule({ peerId: null, agent: null, effect: 'deny' }));
    expect(gate.rulesVersion()).toBe(3);
    gate.forgetAgent(files);
    expect(ids()).toEqual([stays.id]);
    now += 2000;
    rules.restore(3, gate.rulesVersion());
    expect(ids()).toEqual([stays.id]);
    expect([quit.id, short.id, named.id]).toHaveLength(3);
  });

  it('puts a rule on hold whose tool was forgotten in between', () => {
    records.pins.put(files, 'read_file', { pin: PIN, definition: null, at: now });
    const made = rules.add(newRule({ tool: 'read_file' }));
    expect(made.pin).toBe(PIN);
    gate.removeRule(made.id);
    gate.forgetAgent(files);
    rules.restore(1, gate.rulesVersion());
    expect(gate.rules().find(({ id }) => id === made.id)?.pin).toBe(NEVER_SEEN);
  });
});

describe('a file', () => {
  it('comes back as it was, once it was shown and while nothing has changed', () => {
    const made = rules.add(newRule({ tool: 'read_file' }));
    rules.add(newRule({ untilQuit: true }));
    const text = rules.exportText();
    expect(text).toContain(made.id);
    expect(text.match(/effect:/g)).toHaveLength(1);
    gate.removeRule(made.id);
    const shown = rules.checkImport(text, 'replace');
    expect(shown).toMatchObject({ added: [{ id: made.id }], removed: [], unchanged: 0, version: 2 });
    expect(() => rules.import(`${text}\n`, 'replace', 2, shown.digest)).toThrow(
      expect.objectContaining({ code: 'CONFLICT' }),
    );
    const other = rules.add(newRule({ effect: 'deny' }));
    expect(() => rules.import(text, 'replace', 2, shown.digest)).toThrow(
      expect.objectContaining({ code: 'CONFLICT' }),
    );
    rules.import(text, 'add', 3, shown.digest);
    expect(ids()).toContain(other.id);
    expect(ids()).toContain(made.id);
    rules.import(text, 'replace', 4, shown.digest);
    expect(ids()).not.toContain(other.id);
    expect(gate.rules()).toHaveLength(2);
    expect(rules.history({ limit: 1 })).toMatchObject([{ by: 'import', removed: [{ id: other.id }] }]);
    rules.restore(4, 5);
    expect(ids()).toContain(other.id);
  });

  it('lets nothing in that a person has not looked at: its rule asks first', () => {
    const text = `gatehouse-rules: 1\nrules:\n  - {effect: allow, peer: ${ada}, agent: files, tool: read_file, pin: ${PIN}}\n`;
    const { digest, version } = rules.checkImport(text, 'add');
    rules.import(text, 'add', version, digest);
    const explained = rules.explainImagined({ peerId: ada, agent: files, tool: 'read_file', arguments: {} });
    expect(explained).toMatchObject({ effect: 'ask', by: 'pin' });
    const byHand = rules.add(newRule({ tool: 'read_file' }));
    expect(byHand.pin).toBe(PIN);
  });

  it('changes nothing where it cannot be read', () => {
    rules.add(newRule());
    expect(() => rules.checkImport('gatehouse-rules: 1\nrules:\n  - effect: maybe\n', 'replace')).toThrow(
      expect.objectContaining({ code: 'INVALID', message: expect.stringContaining('line 3') }),
    );
    expect(ids()).toHaveLength(1);
  });
});

describe('looking back', () => {
  it('replays recorded calls, and explains them by the rules of today', async () => {
    const first = await record({ path: '/home/me/shared/a' });
    await record({ path: '/etc/passwd' }, { decision: denied, status: 'refused' });
    await record({ path: '/home/me/shared/b' }, { direction: 'out' });
    const rule = newRule({
      tool: 'read_file',
      arguments: [{ kind: 'path', at: '/path', glob: '/home/me/**' }],
    });
    expect(await rules.replay(rule, null)).toMatchObject({
      calls: 2,
      decided: 1,
      wouldAllow: 1,
      allowsDenied: 0,
    });
    expect(rules.explainCall(first)).toMatchObject({ effect: 'ask', by: 'trust' });
    const made = rules.add(rule);
    expect(rules.explainCall(first)).toMatchObject({ effect: 'allow', by: 'rule', ruleId: made.id });
    expect(await rules.replay({ ...rule, effect: 'deny' }, made.id)).toMatchObject({
      wouldDeny: 1,
      deniesAllowed: 1,
    });
  });

  it('says why it cannot explain a call', async () => {
    expect(() => rules.explainCall(CallId.parse(99))).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    const ours = await record({}, { direction: 'out' });
    expect(() => rules.explainCall(ours)).toThrow(expect.objectContaining({ code: 'INVALID' }));
    const long = await record({ text: 'x'.repeat(70_000) });
    expect(() => rules.explainCall(long)).toThrow('not in the records');
    await expect(rules.replay(newRule(), aRule('gone').id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('proposes what the answers speak for, and is told not to', async () => {
    records.pins.put(files, 'read_file', { pin: PIN, definition: null, at: now });
    for (const name of ['a', 'b', 'c']) await record({ path: `/home/me/shared/${name}` });
    const [first, again] = await Promise.all([rules.proposals(), rules.proposals()]);
    expect(first).toEqual(again);
    const [only] = first;
    if (only === undefined) throw new Error('Nothing is proposed.');
    expect(only).toMatchObject({ approvals: 3, replay: { wouldAllow: 3 } });
    expect(() => rules.dismiss('f'.repeat(32))).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    rules.dismiss(only.id);
    await close();
    await open();
    expect(await rules.proposals()).toEqual([]);
    rules.add(only.rule);
    const explained = rules.explainImagined({
      peerId: ada,
      agent: files,
      tool: 'read_file',
      arguments: { path: '/home/me/shared/d' },
    });
    expect(explained).toMatchObject({ effect: 'allow', by: 'rule' });
  });
});
