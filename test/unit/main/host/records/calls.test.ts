import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alice, bob, callOf, folder, put, query, ruleId } from './setup.ts';
import { CallQuery, type CallView } from '../../../../../shared/calls.ts';
import { CallId } from '../../../../../shared/ids.ts';
import { eventually } from '../../../../fixtures/eventually.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('calls', () => {
  it('come back as they were put, newest first', async () => {
    await using at = folder();
    const records = await at.open();
    const full = callOf(records, {
      tool: 'naïve \u202e\0 tool',
      error: 'It failed.',
      errorCode: -32060,
      toolError: true,
      runMs: 1.5,
    });
    const bare = callOf(records, {
      decision: null,
      path: null,
      transport: null,
      runMs: null,
      status: 'refused',
    });
    await Promise.all([put(records, full), put(records, bare)]);
    expect(records.calls.page(query())).toEqual([bare, full]);
    expect(records.calls.total()).toBe(2);
    expect(records.calls.detail(full.id)).toEqual({
      ...full,
      request: null,
      response: null,
      requestHash: null,
      responseHash: null,
      edited: null,
      masked: false,
      receipt: 'none',
    });
    expect(records.calls.detail(records.calls.nextId())).toBeNull();
  });

  it('of one turn become one transaction, and each done is called after it', async () => {
    await using at = folder();
    const records = await at.open();
    const other = new DatabaseSync(at.file, { readOnly: true });
    const count = (): unknown => other.prepare('SELECT count(*) AS n FROM calls').get()?.['n'];
    const seen: unknown[] = [];
    await new Promise<void>((resolve) => {
      for (let i = 0; i < 50; i += 1) {
        records.calls.put(callOf(records), undefined, () => {
          if (seen.push(count()) === 50) resolve();
        });
      }
      expect(count()).toBe(0);
    });
    expect(new Set(seen)).toEqual(new Set([50]));
    other.close();
  });

  it('put several times before one flush are one row with the last state and all bodies', async () => {
    await using at = folder();
    const records = await at.open();
    const call = callOf(records, { status: 'received', decision: null, runMs: null });
    const told: string[] = [];
    records.calls.put(call, { request: '{"a":1}' }, () => told.push('received'));
    records.calls.put({ ...call, status: 'running' }, undefined, () => told.push('running'));
    await put(records, { ...call, status: 'answered', runMs: 2 }, { response: '{"b":2}' });
    expect(told).toEqual(['received', 'running']);
    expect(records.calls.total()).toBe(1);
    expect(records.calls.detail(call.id)).toMatchObject({
      status: 'answered',
      runMs: 2,
      request: '{"a":1}',
      response: '{"b":2}',
    });
  });

  it('change over several flushes and stay one row', async () => {
    await using at = folder();
    const records = await at.open();
    const call = callOf(records, { status: 'received', decision: null });
    await put(records, call, { request: '{}' });
    await put(records, {
      ...call,
      status: 'running',
      decision: { effect: 'allow', by: 'person', ruleId: null },
    });
    await put(
      records,
      { ...call, decision: { effect: 'allow', by: 'person', ruleId: null } },
      { response: '[]' },
    );
    await put(records, { ...call, decision: { effect: 'allow', by: 'person', ruleId: null }, error: 'late' });
    expect(records.calls.total()).toBe(1);
    expect(records.calls.detail(call.id)).toMatchObject({ error: 'late', request: '{}', response: '[]' });
    expect(records.calls.count(alice, 'notes', 'add', 'in')).toEqual({ allowed: 1, denied: 0 });
  });

  it('are seen by a read in the same turn', async () => {
    await using at = folder();
    const records = await at.open();
    records.calls.put(callOf(records));
    expect(records.calls.page(query())).toHaveLength(1);
  });

  it('keep counting their ids up after a restart', async () => {
    await using at = folder();
    const first = await at.open();
    const call = callOf(first);
    await put(first, call);
    await first.close();
    const second = await at.open();
    expect(second.calls.nextId()).toBe(call.id + 1);
    expect(second.calls.total()).toBe(1);
  });

  it('that were under way when the host ended are marked as interrupted', async () => {
    await using at = folder();
    const first = await at.open();
    const ids = await Promise.all(
      (['received', 'waiting', 'running', 'answered', 'refused'] as const).map(async (status) => {
        const call = callOf(first, { status, error: status === 'running' ? 'kept' : null });
        await put(first, call);
        return call.id;
      }),
    );
    await first.close();
    const second = await at.open();
    expect(ids.map((id) => second.calls.detail(id)?.status)).toEqual([
      'interrupted',
      'interrupted',
      'interrupted',
      'answered',
      'refused',
    ]);
    expect(ids.map((id) => second.calls.detail(id)?.error)).toEqual([
      expect.stringContaining('ended'),
      expect.stringContaining('ended'),
      'kept',
      null,
      null,
    ]);
  });

  it('are found by filter, text and page', async () => {
    await using at = folder();
    const records = await at.open();
    const calls: CallView[] = [];
    for (let i = 0; i < 40; i += 1) {
      const call = callOf(records, {
        peerId: i % 2 === 0 ? alice : bob,
        direction: i % 5 === 0 ? 'out' : 'in',
        status: i % 4 === 0 ? 'refused' : 'answered',
        tool: `tool_${i}%`,
        error: i === 7 ? 'the MOON fell' : null,
        decision: { effect: 'allow', by: 'rule', ruleId: i % 10 === 0 ? ruleId : null },
      });
      calls.push(call);
      records.calls.put(call);
    }
    const newestFirst = calls.toReversed();
    const find = (change: Parameters<typeof query>[0]) => records.calls.page(query(change));
    expect(find({ peerId: bob })).toEqual(newestFirst.filter((c) => c.peerId === bob));
    expect(find({ direction: 'out' })).toEqual(newestFirst.filter((c) => c.direction === 'out'));
    expect(find({ status: 'refused' })).toEqual(newestFirst.filter((c) => c.status === 'refused'));
    expect(find({ status: 'answered', peerId: alice })).toEqual(
      newestFirst.filter((c) => c.status === 'answered' && c.peerId === alice),
    );
    expect(find({ ruleId })).toEqual(newestFirst.filter((c) => c.decision?.ruleId === ruleId));
    expect(find({ text: 'moon' })).toEqual([calls[7]]);
    expect(find({ text: 'l_7%' })).toEqual([calls[7]]);
    expect(find({ text: '_%' })).toEqual([]);
    expect(find({ text: bob.slice(10, 30), limit: 3 })).toEqual(
      newestFirst.filter((c) => c.peerId === bob).slice(0, 3),
    );
    const pages: CallView[] = [];
    for (let before: CallView['id'] | undefined; ;) {
      const page = find({ limit: 7, ...(before === undefined ? {} : { before }) });
      if (page.length === 0) break;
      pages.push(...page);
      before = page.at(-1)?.id;
    }
    expect(pages).toEqual(newestFirst);
  });

  it('are found whatever is asked for, alone and together, as a look at each of them finds them', async () => {
    await using at = folder();
    const records = await at.open();
    const all: CallView[] = [];
    const one = <T>(among: readonly [T, ...T[]], index: number): T => among[index % among.length] ?? among[0];
    for (let i = 0; i < 400; i += 1) {
      const hash = (i * 2_654_435_761) % 4_294_967_296;
      const call = callOf(records, {
        peerId: one([alice, bob], hash),
        direction: one(['in', 'out'], hash >> 3),
        agent: one(['notes', 'files', 'mail'], hash >> 5),
        tool: one(['add', 'read', '100%_', 'Add'], hash >> 7),
        status: one(['answered', 'answered', 'refused', 'failed'], hash >> 9),
        error: one([null, null, 'It failed.', `Unlike ${i}`], hash >> 11),
        decision: one([null, { effect: 'allow', by: 'rule', ruleId }], hash >> 13),
      });
      all.unshift(call);
      records.calls.put({ ...call, status: 'running', error: null });
      if (i % 7 === 0) records.calls.page(query());
      records.calls.put(call);
    }
    const has = (call: CallView, text: string): boolean =>
      [call.tool, call.agent, call.error ?? '', call.peerId].some((value) =>
        value.toLowerCase().includes(text.toLowerCase()),
      );
    await fc.assert(
      fc.asyncProperty(
        fc.record(
          {
            peerId: fc.constantFrom(alice, bob),
            direction: fc.constantFrom('in', 'out'),
            agent: fc.constantFrom('notes', 'files', 'none'),
            tool: fc.constantFrom('add', 'read', '100%_'),
            status: fc.constantFrom('answered', 'refused', 'running'),
            ruleId: fc.constant(ruleId),
            text: fc.constantFrom('ADD', 'fail', 'unlike 1', '%', '_', 'o', alice.slice(5, 20), 'zzz'),
            before: fc.integer({ min: 1, max: 450 }),
            limit: fc.constantFrom(1, 10, 1000),
          },
          { requiredKeys: [] },
        ),
        (given) => {
          const asked = query(CallQuery.parse(given));
          const expected = all.filter(
            (call) =>
              (asked.peerId === undefined || call.peerId === asked.peerId) &&
              (asked.direction === undefined || call.direction === asked.direction) &&
              (asked.agent === undefined || call.agent === asked.agent) &&
              (asked.tool === undefined || call.tool === asked.tool) &&
              (asked.status === undefined || call.status === asked.status) &&
              (asked.ruleId === undefined || call.decision?.ruleId === asked.ruleId) &&
              (asked.text === undefined || has(call, asked.text)) &&
              (asked.before === undefined || call.id < asked.before),
          );
          expect(records.calls.page(asked)).toEqual(expected.slice(0, asked.limit));
          return Promise.resolve();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('that no longer fit the schema hide no others', async () => {
    await using at = folder();
    const first = await at.open();
    await put(first, callOf(first));
    await put(first, callOf(first));
    await first.close();
    const database = new DatabaseSync(at.file);
    database.exec(`UPDATE calls SET status = 'dreamt' WHERE id = 1`);
    database.close();
    const second = await at.open();
    expect(second.calls.page(query()).map(({ id }) => id)).toEqual([2]);
  });

  it('with numbers that cannot be read hide no others and keep nobody from starting', async () => {
    await using at = folder();
    const first = await at.open();
    for (let i = 0; i < 4; i += 1) await put(first, callOf(first, { errorCode: -32060 }));
    await first.close();
    const database = new DatabaseSync(at.file);
    database.exec(`
      UPDATE calls SET error_code = 100000000000000000 WHERE id = 1;
      UPDATE calls SET request_bytes = 9007199254740993 WHERE id = 2;
      UPDATE calls SET response_bytes = -1 WHERE id = 3;
      UPDATE tallies SET allowed = 9007199254740993;
      UPDATE kinds SET end_id = 9223372036854775807;
      INSERT INTO calls SELECT 9223372036854775807, direction, peer_id, agent, tool, path, transport, status, effect,
        decided_by, rule_id, at, wait_ms, run_ms, request_bytes, response_bytes, error_code, error, tool_error,
        changed, deadline, redeemable, kind_id FROM calls WHERE id = 4`);
    database.close();
    const second = await at.open();
    for (const text of [undefined, 'notes']) {
      const found = second.calls.page(query(text === undefined ? {} : { text }));
      expect(found.map(({ id, errorCode }) => [id, errorCode])).toEqual([
        [4, -32060],
        [1, null],
      ]);
    }
    expect([1, 2, 3].map((past) => second.calls.detail(CallId.parse(past))?.errorCode)).toEqual([
      null,
      undefined,
      undefined,
    ]);
    expect(second.calls.count(alice, 'notes', 'add', 'in')).toEqual({ allowed: 0, denied: 0 });
    expect(second.calls.nextId()).toBe(5);
  });

  it('are cut to what the records take, so that no peer or agent decides what can be written', async () => {
    await using at = folder();
    const records = await at.open();
    const codes = [1e17, 1.5, Number.NaN, Number.POSITIVE_INFINITY, -32000];
    const written = codes.map((errorCode) => put(records, callOf(records, { errorCode })));
    const wide = callOf(records, {
      agent: 'a'.repeat(3000),
      tool: `${'t'.repeat(2299)}🙂`,
      error: 'e'.repeat(5000),
    });
    expect(await Promise.all([...written, put(records, wide)])).toEqual(Array(6).fill(null));
    expect(records.calls.page(query()).map(({ errorCode }) => errorCode)).toEqual([
      null,
      -32000,
      null,
      null,
      null,
      null,
    ]);
    expect(records.calls.detail(wide.id)).toMatchObject({
      agent: 'a'.repeat(2300),
      tool: 't'.repeat(2299),
      error: 'e'.repeat(2000),
    });
  });

  it('that the database will never take are told so and hold up no others', async () => {
    await using at = folder();
    const records = await at.open();
    const broken = put(records, callOf(records, { at: Number.NaN }));
    const good = put(records, callOf(records));
    expect(await broken).toMatchObject({ code: 'DISK' });
    expect(await good).toBeNull();
    expect(records.calls.healthy()).toBe(true);
    expect(records.calls.total()).toBe(1);
  });

  it('are counted by what was decided on them here, those of a peer and ours apart', async () => {
    await using at = folder();
    const records = await at.open();
    const decided = (by: 'rule' | 'person' | 'expired' | 'withdrawn', effect: 'allow' | 'deny') =>
      callOf(records, { decision: { effect, by, ruleId: null } });
    expect(records.calls.count(alice, 'notes', 'add', 'in')).toEqual({ allowed: 0, denied: 0 });
    records.calls.put(decided('rule', 'allow'));
    records.calls.put(decided('person', 'allow'));
    records.calls.put(decided('person', 'deny'));
    records.calls.put(decided('expired', 'deny'));
    records.calls.put(decided('withdrawn', 'deny'));
    records.calls.put(
      callOf(records, { direction: 'out', decision: { effect: 'allow', by: 'theirs', ruleId: null } }),
    );
    const own = (effect: 'allow' | 'deny') =>
      callOf(records, { direction: 'out', decision: { effect, by: 'person', ruleId: null } });
    records.calls.put(own('allow'));
    records.calls.put(own('deny'));
    records.calls.put(own('deny'));
    records.calls.put(callOf(records, { tool: 'other' }));
    records.calls.put(callOf(records, { peerId: bob }));
    await put(records, callOf(records, { decision: null, status: 'refused' }));
    expect(records.calls.count(alice, 'notes', 'add', 'in')).toEqual({ allowed: 2, denied: 1 });
    await records.close();
    const again = await at.open();
    expect(again.calls.count(alice, 'notes', 'add', 'in')).toEqual({ allowed: 2, denied: 1 });
    expect(again.calls.count(alice, 'notes', 'add', 'out')).toEqual({ allowed: 1, denied: 2 });
  });

  it('after closing are refused', async () => {
    await using at = folder();
    const records = await at.open();
    const late = put(records, callOf(records));
    await records.close();
    expect(await late).toBeNull();
    expect(records.calls.healthy()).toBe(false);
    expect(await put(records, { ...callOf(records) })).toMatchObject({ code: 'CLOSED' });
  });
});

describe('bodies', () => {
  it('are kept whole up to 64 KiB, and as a hash beyond', async () => {
    await using at = folder();
    const records = await at.open();
    const call = callOf(records);
    const fits = 'ä'.repeat(32 * 1024);
    await put(records, call, { request: fits, response: `${fits}x` });
    expect(records.calls.detail(call.id)).toMatchObject({
      request: fits,
      requestHash: sha(fits),
      response: null,
      responseHash: sha(`${fits}x`),
    });
  });

  it('are kept as hashes from the moment the setting says so', async () => {
    await using at = folder();
    const records = await at.open();
    records.settings.set({ bodies: 'hash' });
    const call = callOf(records);
    await put(records, call, { request: '{"secret":1}', response: '{}' });
    expect(records.calls.detail(call.id)).toMatchObject({
      request: null,
      response: null,
      requestHash: sha('{"secret":1}'),
      responseHash: sha('{}'),
    });
  });
});

describe('retention', () => {
  it('deletes what is older than the setting, in batches, and never the newest', async () => {
    await using at = folder();
    const records = await at.open();
    const day = 86_400_000;
    for (let i = 0; i < 950; i += 1)
      records.calls.put(callOf(records, { at: Date.now() - 10 * day }), { request: '{}' });
    await put(records, callOf(records, { at: Date.now() - 2 * day }));
    await put(records, callOf(records, { at: Date.now() - 10 * day }));
    records.settings.set({ keepDays: 5 });
    await eventually(() => {
      expect(records.calls.total()).toBe(2);
    });
    expect(records.calls.page(query({ limit: 1000 }))).toHaveLength(2);
    const other = new DatabaseSync(at.file, { readOnly: true });
    expect(other.prepare('SELECT count(*) AS n FROM bodies').get()).toMatchObject({ n: 0 });
    other.close();
  });
});

describe('a full disk', () => {
  it('is told, waited for and recovered from, with nothing lost', async () => {
    await using at = folder();
    const { openDatabase } = await import('../../../../../main/host/records/open-database.ts');
    const { SqliteCallStore } = await import('../../../../../main/host/records/call-store.ts');
    const database = openDatabase(at.file);
    const health: (string | null)[] = [];
    const { Chain } = await import('../../../../../main/host/records/chain.ts');
    const chain = new Chain(database, Date.now);
    const calls = new SqliteCallStore(
      database,
      { state: () => 'none' },
      {
        file: at.file,
        chain,
        bodies: () => 'whole',
        onHealth: (problem) => health.push(problem),
        onCommit: () => {},
      },
    );
    const records = { calls };
    const used = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
    database.exec(`PRAGMA max_page_count = ${used}`);
    const dones: (string | null)[] = [];
    for (let i = 0; i < 300; i += 1) {
      calls.put(callOf(records), { request: `"${'x'.repeat(5000)}"` }, (error) =>
        dones.push(error?.code ?? null),
      );
    }
    const failed = await new Promise<unknown>((resolve) => {
      calls.put(callOf(records), undefined, resolve);
    });
    expect(failed).toMatchObject({ code: 'DISK', message: expect.stringContaining('full') });
    expect(new Set(dones)).toEqual(new Set(['DISK']));
    expect(calls.healthy()).toBe(false);
    expect(health).toEqual([expect.stringMatching(/full\. Free some space/)]);
    expect(calls.total()).toBe(0);
    // Bounded: the queue takes no more than 10,000, and says so at once.
    const refused: string[] = [];
    for (let i = 0; i < 9800; i += 1)
      calls.put(callOf(records), undefined, (error) => refused.push(error?.code ?? 'ok'));
    expect(refused).toEqual(Array.from({ length: 101 }, () => 'DISK'));

    database.exec('PRAGMA max_page_count = 1000000');
    await eventually(() => {
      expect(calls.healthy()).toBe(true);
    });
    expect(health.at(-1)).toBeNull();
    expect(calls.total()).toBe(10_000);
    calls.writer.close();
    database.close();
  });
});
