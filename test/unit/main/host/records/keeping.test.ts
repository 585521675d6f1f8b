import { hash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { StoredReceipts } from '../../../../../main/host/receipts/index.ts';
import { Chain } from '../../../../../main/host/records/chain.ts';
import { pruneChain } from '../../../../../main/host/records/chain-anchor.ts';
import { Retention } from '../../../../../main/host/records/retention.ts';
import { TakingUp } from '../../../../../main/host/records/taking-up.ts';
import { CallId } from '../../../../../shared/ids.ts';
import { eventually } from '../../../../fixtures/eventually.ts';
import { alice, bob, callOf, folder, put, query } from './setup.ts';

const SECRET = '{"password":"hunter2"}';
const treeOf = (ids: readonly number[], root: string): StoredReceipts => ({
  direction: 'in',
  peerId: bob,
  root: JSON.stringify({ v: 1, caller: bob, host: alice, root: root.repeat(64), count: ids.length, at: 1 }),
  bodies: ids.map((id) => ({ callId: CallId.parse(id), body: `{"n":${id}}` })),
  hostSignature: 'h',
  callerSignature: null,
});

describe('bodies', () => {
  it('are kept whole, masked or as a hash, as the call says, else as the settings say', async () => {
    await using at = folder();
    const records = await at.open();
    const bodiesOf = async (keep: 'whole' | 'masked' | 'hash' | undefined, request: string) => {
      const call = callOf(records);
      await put(records, call, { request, keep });
      return records.calls.detail(call.id);
    };
    const requestHash = hash('sha256', SECRET);
    expect(await bodiesOf(undefined, SECRET)).toMatchObject({ request: SECRET, requestHash, masked: false });
    expect(await bodiesOf('hash', SECRET)).toMatchObject({ request: null, requestHash, masked: false });
    const masked = { request: '{"password":"•••• (masked, 7 characters)"}', requestHash, masked: true };
    expect(await bodiesOf('masked', SECRET)).toMatchObject(masked);
    expect(await bodiesOf('masked', '{}')).toMatchObject({ request: '{}', masked: false });
    const deep = JSON.stringify({ text: '['.repeat(5000) + ']'.repeat(5000) });
    expect((await bodiesOf('masked', deep))?.request).toMatch(/nested too deeply/);
    records.settings.set({ bodies: 'masked' });
    expect(await bodiesOf(undefined, SECRET)).toMatchObject(masked);
    expect(await bodiesOf('whole', SECRET)).toMatchObject({ request: SECRET, masked: false });
    const recorded = records.calls.recorded(query({ limit: 2 }));
    expect(recorded.map((one) => one.masked)).toEqual([false, true]);
    await records.close();
    const [wal, file] = [new DatabaseSync(at.file), at.file];
    expect(file).not.toBe('');
    expect(wal.prepare(`SELECT count(*) AS n FROM bodies WHERE request LIKE '%hunter2%'`).get()).toEqual({
      n: 2,
    });
    wal.close();
  });

  it('keep the arguments as they were changed', async () => {
    await using at = folder();
    const records = await at.open();
    const call = callOf(records, { changed: 'arguments' });
    await put(records, { ...call, status: 'waiting', deadline: 17 }, { request: '{"a":1}' });
    expect(records.calls.detail(call.id)).toMatchObject({ deadline: 17, edited: null });
    await put(records, call, { edited: '{"a":2}', response: '{}' });
    expect(records.calls.detail(call.id)).toMatchObject({
      request: '{"a":1}',
      edited: '{"a":2}',
      changed: 'arguments',
    });
  });
});

describe('what goes with time or size', () => {
  it('is said in the chain, which still holds; what belongs to the calls goes with them', async () => {
    await using at = folder();
    let now = 100 * 86_400_000;
    const records = await at.open({ now: () => now });
    for (let i = 0; i < 450; i += 1)
      records.calls.put(callOf(records, { at: now, tool: `t${i % 3}`, error: 'old' }), { request: '{}' });
    await put(records, callOf(records, { at: now }));
    records.receipts.put(treeOf([1, 2], 'a'));
    records.receipts.put(treeOf([451], 'b'));
    records.calls.setTicket(CallId.parse(1), { ticket: 't', epoch: 'e' });
    now += 200 * 86_400_000;
    await put(records, callOf(records, { at: now }));
    records.settings.set({ keepDays: 30 });
    await eventually(() => expect(records.calls.total()).toBe(1));
    expect(await records.verify()).toMatchObject({ ok: true, calls: 452, deleted: 451, problems: [] });
    expect(records.receipts.state(CallId.parse(1))).toBe('none');
    expect(records.calls.ticket(CallId.parse(1))).toBeNull();
    // Kinds that were forgotten are made anew.
    await put(records, callOf(records, { at: now, tool: 't1', error: 'old' }));
    expect(records.calls.page(query({ text: 't1' }))).toHaveLength(1);
    await records.close();
    const database = new DatabaseSync(at.file);
    database.exec(
      'INSERT INTO calls (id, direction, peer_id, agent, tool, status, at, wait_ms, request_bytes, response_bytes, tool_error) SELECT 7, direction, peer_id, agent, tool, status, at, wait_ms, request_bytes, response_bytes, tool_error FROM calls WHERE id = 452',
    );
    database.close();
    expect((await (await at.open()).verify()).problems).toMatchObject([{ kind: 'added', callId: 7 }]);
  });

  it('is the oldest until the records are small enough', async () => {
    await using at = folder();
    const records = await at.open();
    const request = JSON.stringify('x'.repeat(60_000));
    for (let i = 0; i < 400; i += 1) records.calls.put(callOf(records), { request });
    await put(records, callOf(records));
    records.settings.set({ keepMebibytes: 10 });
    await eventually(() => expect(records.calls.total()).toBeLessThan(300));
    expect(records.calls.page(query({ limit: 1 }))[0]?.id).toBe(401);
    expect(records.calls.total()).toBeGreaterThan(0);
    expect(await records.verify()).toMatchObject({ ok: true, problems: [] });
  });

  it('is no call at all where it is not the calls that fill the records', async () => {
    await using at = folder();
    const records = await at.open();
    for (let i = 0; i < 300; i += 1) records.calls.put(callOf(records), { request: '{}' });
    await put(records, callOf(records));
    const other = new DatabaseSync(at.file);
    const names = Array.from({ length: 10_000 }, (_, index) => `t${index}`.padEnd(1200, 'x'));
    other.exec('BEGIN');
    const insert = other.prepare(`INSERT INTO tallies VALUES ('${bob}', 'notes', ?, 1, 0, 9e15)`);
    for (const name of names) insert.run(name);
    other.exec('COMMIT');
    const retention = new Retention(other, {
      keepDays: () => 30,
      keepMebibytes: () => 10,
      now: Date.now,
      chain: new Chain(other, Date.now),
      takingUp: new TakingUp(other, new Chain(other, Date.now)),
      isWaiting: () => false,
      mayPrune: () => true,
      onDeleted: () => undefined,
      onCommit: () => undefined,
    });
    while (retention.sweepOnce());
    other.close();
    expect(records.calls.page(query({ limit: 500 }))).toHaveLength(301);
  });

  it('are tallies of a peer beyond a thousand, those that were never allowed first', async () => {
    await using at = folder();
    const records = await at.open();
    await put(records, callOf(records, { at: 1, tool: 'real' }));
    const denied = { effect: 'deny', by: 'default', ruleId: null } as const;
    for (let i = 0; i < 1500; i += 1)
      records.calls.put(callOf(records, { at: 2 + i, tool: `t${i}`, status: 'refused', decision: denied }));
    await put(records, callOf(records, { at: 1, peerId: bob, tool: 'real' }));
    const count = (tool: string) => records.calls.count(alice, 'notes', tool, 'in');
    expect(count('real')).toEqual({ allowed: 1, denied: 0 });
    expect(count('t1400')).toEqual({ allowed: 0, denied: 1 });
    expect(count('t3')).toEqual({ allowed: 0, denied: 0 });
    const other = new DatabaseSync(at.file, { readOnly: true });
    const { rows } = other.prepare('SELECT count(*) AS rows FROM tallies').get() ?? {};
    other.close();
    expect(rows).toBeLessThanOrEqual(1101);
  });

  it('leaves of the chain an anchor for what is long gone', async () => {
    await using at = folder();
    let now = 100 * 86_400_000;
    const records = await at.open({ now: () => now });
    for (let i = 0; i < 150; i += 1) await put(records, callOf(records, { at: now }));
    now += 200 * 86_400_000;
    await put(records, callOf(records, { at: now }));
    records.settings.set({ keepDays: 30 });
    await eventually(async () => {
      const check = await records.verify();
      expect(check).toMatchObject({ ok: true, deleted: 150, problems: [] });
      expect(check.entries).toBeLessThan(10);
    });
    await records.close();
    const again = await at.open({ now: () => now });
    await put(again, callOf(again, { at: now }));
    expect(await again.verify()).toMatchObject({ ok: true, deleted: 150, problems: [] });
    await again.close();
    const database = new DatabaseSync(at.file);
    database.exec(
      `UPDATE facts SET value = json_set(value, '$.hash', '${'a'.repeat(64)}') WHERE key = 'chainAnchor'`,
    );
    expect(pruneChain(database, new Chain(database, Date.now))).toBe(false);
    database.close();
    expect((await (await at.open({ now: () => now })).verify()).ok).toBe(false);
  });
});

describe('receipts', () => {
  it('are found by call: a tree that both have signed, else the newest', async () => {
    await using at = folder();
    const first = await at.open();
    expect(first.receipts.ofCall(CallId.parse(1))).toBeNull();
    first.receipts.put(treeOf([1, 2, 3], 'a'));
    first.receipts.put(treeOf([3, 4], 'b'));
    expect(first.receipts.ofCall(CallId.parse(3))).toEqual({ receipts: treeOf([3, 4], 'b'), index: 0 });
    first.receipts.countersign('a'.repeat(64), 'c');
    await first.close();
    const second = await at.open();
    const signed = { ...treeOf([1, 2, 3], 'a'), callerSignature: 'c' };
    expect(second.receipts.ofCall(CallId.parse(3))).toEqual({ receipts: signed, index: 2 });
    expect(['both', 'host', 'none']).toEqual([2, 4, 5].map((id) => second.receipts.state(CallId.parse(id))));
    expect(await second.verify()).toMatchObject({ ok: true, entries: 2 });
  });
});

describe('usage', () => {
  it('adds up, over a restart, and is forgotten after a day', async () => {
    await using at = folder();
    let now = 1_000_000_000_000;
    const first = await at.open({ now: () => now });
    const piece = { subject: `peer:${alice}`, at: now, calls: 1, bytes: 10, seconds: 0.5 };
    first.usage.add([piece, piece]);
    first.usage.add([piece]);
    await first.close();
    const second = await at.open({ now: () => now });
    expect(second.usage.list()).toEqual([{ ...piece, calls: 3, bytes: 30, seconds: 1.5 }]);
    now += 2 * 86_400_000;
    second.usage.add([{ ...piece, at: now }]);
    expect(second.usage.list()).toEqual([{ ...piece, at: now }]);
  });

  it('waits for a disk that refuses', async () => {
    await using at = folder();
    const records = await at.open();
    const piece = { subject: 'rule:x', at: Date.now(), calls: 1, bytes: 0, seconds: 0 };
    const other = new DatabaseSync(at.file);
    other.exec('BEGIN IMMEDIATE');
    records.usage.add([piece]);
    expect(records.usage.list()).toEqual([]);
    other.exec('COMMIT');
    other.close();
    records.usage.add([piece]);
    expect(records.usage.list()).toEqual([{ ...piece, calls: 2 }]);
  });

  it('is not counted twice where it was refused for good and is brought again', async () => {
    await using at = folder();
    const records = await at.open();
    const piece = { subject: 'rule:x', at: Date.now(), calls: 1, bytes: 0, seconds: 0 };
    const other = new DatabaseSync(at.file);
    other.exec('ALTER TABLE usage RENAME TO hidden');
    expect(() => records.usage.add([piece])).toThrow();
    other.exec('ALTER TABLE hidden RENAME TO usage');
    other.close();
    records.usage.add([piece]);
    expect(records.usage.list()).toEqual([piece]);
  });
});
