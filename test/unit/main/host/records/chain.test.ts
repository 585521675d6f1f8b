import { hash } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChainSigner } from '../../../../../main/host/records/chain-signature.ts';
import { entryHash } from '../../../../../main/host/records/chain-entry.ts';
import type { CallStatus } from '../../../../../shared/calls.ts';
import { plainRule, Rule } from '../../../../../shared/rules.ts';
import { change, check, newSigner } from './chain-fixture.ts';
import { bob, callOf, folder, put, ruleId, type Folder } from './setup.ts';

const Text = fc.oneof(
  fc.constantFrom('{"a":1}', '{"password":"hunter2"}', 'x'.repeat(70_000)),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const Recorded = fc.record({
  tool: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  status: fc.constantFrom<CallStatus>('answered', 'refused', 'failed', 'cancelled'),
  keep: fc.constantFrom('whole', 'masked', 'hash', undefined),
  request: fc.option(Text, { nil: undefined }),
  response: fc.option(Text, { nil: undefined }),
  edited: fc.option(Text, { nil: undefined }),
  error: fc.option(fc.string({ unit: 'binary', maxLength: 20 })),
  inSteps: fc.boolean(),
  isLast: fc.boolean(),
});
type Recorded = typeof Recorded extends fc.Arbitrary<infer T> ? T : never;

/** A record of these calls, each transaction ended where one says so, with a rule and the panic switch between. */
async function recordOf(at: Folder, calls: readonly Recorded[], signer: ChainSigner): Promise<void> {
  const records = await at.open();
  records.signAs(signer);
  records.rules.commit({
    at: 1,
    by: 'person',
    added: [Rule.parse({ ...plainRule, id: ruleId, effect: 'ask', createdAt: 1 })],
    removed: [],
    changed: [],
  });
  for (const { inSteps, isLast, tool, status, error, ...bodies } of calls) {
    const call = callOf(records, { tool, status, error });
    const { keep, request, response, edited } = bodies;
    const texts = {
      ...(response === undefined ? {} : { response }),
      ...(edited === undefined ? {} : { edited }),
    };
    if (inSteps) {
      records.calls.put({ ...call, status: 'running' }, request === undefined ? {} : { request, keep });
      records.calls.total();
      records.calls.page({ limit: 1 });
    }
    records.calls.put(call, { ...(request === undefined || inSteps ? {} : { request }), ...texts, keep });
    if (isLast) await put(records, callOf(records));
  }
  records.facts.set('stoppedAt', '1');
  await records.close();
}

interface Harm {
  readonly name: string;
  /** Null: it cannot be done to this record. */
  readonly work: (database: DatabaseSync, pick: number) => { calls?: number[]; entries?: number[] } | null;
}
const pickOf = (database: DatabaseSync, sql: string, pick: number): number | null => {
  const all = database.prepare(sql).all();
  return all.length === 0 ? null : Number(Object.values(all[pick % all.length] ?? {})[0]);
};
const changing = (sql: string, where = '1'): Harm => ({
  name: sql,
  work: (database, pick) => {
    const id = pickOf(
      database,
      `SELECT calls.id FROM calls LEFT JOIN bodies ON call_id = calls.id WHERE ${where}`,
      pick,
    );
    if (id === null) return null;
    database.prepare(sql).run(id);
    return { calls: [id] };
  },
});
const changingAnEntry = (sql: string): Harm => ({
  name: sql,
  work: (database, pick) => {
    const seq = pickOf(database, 'SELECT seq FROM chain', pick);
    if (seq === null) return null;
    database.prepare(sql).run(seq);
    return { entries: [seq] };
  },
});

const HARMS: readonly Harm[] = [
  changing('DELETE FROM calls WHERE id = ?'),
  changing(`UPDATE calls SET tool = tool || 'x' WHERE id = ?`),
  changing(`UPDATE calls SET peer_id = '${bob}' WHERE id = ?`),
  changing(`UPDATE calls SET status = 'running' WHERE id = ?`),
  changing(`UPDATE calls SET effect = 'deny', decided_by = 'person' WHERE id = ?`),
  changing('UPDATE calls SET at = at + 1 WHERE id = ?'),
  changing('UPDATE calls SET response_bytes = response_bytes + 1 WHERE id = ?'),
  changing(`UPDATE calls SET changed = 'both' WHERE id = ?`),
  changing(`UPDATE bodies SET request = request || ' ' WHERE call_id = ?`, 'request IS NOT NULL'),
  changing(`UPDATE bodies SET response = 'x' WHERE call_id = ?`, `response IS NOT NULL`),
  changing(`UPDATE bodies SET request_hash = 'x' WHERE call_id = ?`, 'request_hash IS NOT NULL'),
  changing(`UPDATE bodies SET edited = NULL WHERE call_id = ?`, 'edited IS NOT NULL'),
  changing('DELETE FROM bodies WHERE call_id = ?', 'coalesce(request, request_hash) IS NOT NULL'),
  ...(['request', 'response', 'edited'] as const).map((name): Harm => ({
    name: `a text gives way to its hash: ${name}`,
    work: (database, pick) => {
      const is = `${name} IS NOT NULL AND ${name}_hash IS NULL`;
      const id = pickOf(database, `SELECT call_id FROM bodies WHERE ${is}`, pick);
      if (id === null) return null;
      database.function('sha256', (text) => hash('sha256', String(text)));
      database.exec(`UPDATE bodies SET ${name}_hash = sha256(${name}), ${name} = NULL WHERE call_id = ${id}`);
      return { calls: [id] };
    },
  })),
  changing('UPDATE calls SET id = id + 1000 WHERE id = ?', 'call_id IS NULL'),
  {
    name: 'a call is added',
    work: (database, pick) => {
      const id = pickOf(database, 'SELECT id FROM calls', pick);
      if (id === null) return null;
      const columns = database
        .prepare(`SELECT name FROM pragma_table_info('calls') WHERE name <> 'id'`)
        .all()
        .map(({ name }) => String(name))
        .join(', ');
      database
        .prepare(`INSERT INTO calls (id, ${columns}) SELECT 5000, ${columns} FROM calls WHERE id = ?`)
        .run(id);
      return { calls: [5000] };
    },
  },
  {
    name: 'two calls are swapped',
    work: (database, pick) => {
      const id = pickOf(
        database,
        'SELECT c.id FROM calls c JOIN calls d ON d.id = c.id + 1 AND d.tool <> c.tool',
        pick,
      );
      if (id === null) return null;
      database.exec(`PRAGMA foreign_keys = OFF; UPDATE calls SET id = 9000 WHERE id = ${id};
        UPDATE calls SET id = ${id} WHERE id = ${id + 1}; UPDATE calls SET id = ${id + 1} WHERE id = 9000`);
      return { calls: [id, id + 1] };
    },
  },
  changingAnEntry('DELETE FROM chain WHERE seq = ?'),
  changingAnEntry('UPDATE chain SET at = at + 1 WHERE seq = ?'),
  changingAnEntry(`UPDATE chain SET kind = kind || 'x' WHERE seq = ?`),
  changingAnEntry(`UPDATE chain SET body = x'00' WHERE seq = ?`),
  changingAnEntry('UPDATE chain SET hash = randomblob(32) WHERE seq = ?'),
  {
    name: 'two entries are swapped',
    work: (database, pick) => {
      const seq = pickOf(database, 'SELECT a.seq FROM chain a JOIN chain b ON b.seq = a.seq + 1', pick);
      if (seq === null) return null;
      database.exec(`UPDATE chain SET seq = 9000 WHERE seq = ${seq};
        UPDATE chain SET seq = ${seq} WHERE seq = ${seq + 1}; UPDATE chain SET seq = ${seq + 1} WHERE seq = 9000`);
      return { entries: [seq, seq + 1] };
    },
  },
  {
    name: 'an entry is added',
    work: (database) => {
      const { seq } = database.prepare('SELECT max(seq) AS seq FROM chain').get() ?? {};
      const next = Number(seq) + 1;
      database.prepare(`INSERT INTO chain VALUES (?, 'panic', 1, x'7b7d', zeroblob(32))`).run(next);
      return { entries: [next] };
    },
  },
  {
    name: 'the tail is cut off',
    work: (database) => {
      const { seq } = database.prepare('SELECT max(seq) AS seq FROM chain').get() ?? {};
      database.prepare('DELETE FROM chain WHERE seq = ?').run(Number(seq));
      return { entries: [Number(seq)] };
    },
  },
  ...[
    'DELETE FROM rules',
    `UPDATE rules SET effect = 'allow'`,
    `UPDATE rules SET rule = json_set(rule, '$.effect', 'allow')`,
    `INSERT INTO rules SELECT 'bbbbbbbb', effect, created_at, rule FROM rules`,
    `INSERT INTO rule_versions SELECT 2, at, reason, change FROM rule_versions`,
    `DELETE FROM facts WHERE key = 'stoppedAt'`,
    `UPDATE facts SET value = '2' WHERE key = 'stoppedAt'`,
    'INSERT INTO chain SELECT 9007199254740995, kind, at, body, hash FROM chain WHERE seq = 1',
    'INSERT INTO chain_heads SELECT 9007199254740995, hash, at, signer, signature FROM chain_heads',
    `UPDATE chain SET body = zeroblob(2000000) WHERE seq = 1`,
  ].map((sql): Harm => ({
    name: sql,
    work: (database) => {
      database.exec(sql);
      return {};
    },
  })),
  {
    name: 'a version of the rules is changed',
    work: (database) => {
      database.exec(`UPDATE rule_versions SET reason = 'import'`);
      return { entries: [1] };
    },
  },
];

describe('the chain of records', () => {
  it('holds for whatever was recorded', async () => {
    const signer = newSigner();
    await fc.assert(
      fc.asyncProperty(fc.array(Recorded, { maxLength: 12 }), async (calls) => {
        await using at = folder();
        await recordOf(at, calls, signer);
        const found = await check(at.file, signer.peerId);
        expect(found.problems).toEqual([]);
        expect(found).toMatchObject({ ok: true, calls: calls.length + calls.filter((c) => c.isLast).length });
        expect(found.signedUntil).not.toBeNull();
      }),
      { numRuns: 8 },
    );
  });

  describe('with one thing harmed', () => {
    const signer = newSigner();
    const folders: Folder[] = [];
    const records = fc.sample(fc.array(Recorded, { minLength: 4, maxLength: 10 }), 4);
    beforeAll(async () => {
      for (const calls of records) {
        const at = folder();
        folders.push(at);
        await recordOf(at, calls, signer);
      }
    });
    afterAll(async () => {
      for (const at of folders) await at[Symbol.asyncDispose]();
    });

    it.each(HARMS.map((harm) => [harm.name, harm] as const))(
      'finds and names it: %s',
      async (_, { work }) => {
        let done = 0;
        await fc.assert(
          fc.asyncProperty(fc.constantFrom(...folders), fc.nat(), async (at, pick) => {
            const file = join(at.dir, 'harmed.db');
            copyFileSync(at.file, file);
            const named = change(file, (database) => work(database, pick));
            if (named === null) return;
            done += 1;
            const { ok, problems } = await check(file, signer.peerId);
            expect(ok).toBe(false);
            for (const id of named.calls ?? []) expect(problems.map(({ callId }) => callId)).toContain(id);
            for (const seq of named.entries ?? []) expect(problems.map(({ entry }) => entry)).toContain(seq);
          }),
          { numRuns: 12 },
        );
        expect(done).toBeGreaterThan(0);
      },
    );
  });

  it('says that entries or calls were reordered, and not only that they differ', async () => {
    for (const name of ['two calls are swapped', 'two entries are swapped']) {
      await using at = folder();
      const records = await at.open();
      for (const tool of ['a', 'b', 'c']) await put(records, callOf(records, { tool }));
      await records.close();
      change(at.file, (database) => {
        HARMS.find((harm) => harm.name === name)?.work(database, 0);
      });
      const { problems } = await check(at.file, null);
      expect(problems.map(({ kind }) => kind)).toEqual(['reordered', 'reordered']);
    }
  });

  it('finds a chain that was made anew from some entry on, by what was signed', async () => {
    await using at = folder();
    const signer = newSigner();
    const records = await at.open();
    records.signAs(signer);
    for (const tool of ['a', 'b', 'c']) await put(records, callOf(records, { tool }));
    await records.close();
    change(at.file, (database) => {
      database.exec(`UPDATE chain SET at = at + 1 WHERE seq = 2`);
      let previous: Uint8Array = new Uint8Array(32);
      for (const row of database.prepare('SELECT seq, kind, at, body FROM chain ORDER BY seq').all()) {
        const [seq, kind, time, body] = [
          Number(row['seq']),
          String(row['kind']),
          Number(row['at']),
          row['body'],
        ];
        if (!(body instanceof Uint8Array)) throw new Error('no body');
        previous = entryHash(previous, { seq, kind, at: time, body });
        database.prepare('UPDATE chain SET hash = ? WHERE seq = ?').run(previous, seq);
      }
    });
    const found = await check(at.file, signer.peerId);
    expect(found.problems).toMatchObject([{ kind: 'changed', entry: 3 }]);
  });

  it('tells a signature of somebody else, and a tail that was cut off', async () => {
    await using at = folder();
    const signer = newSigner();
    const records = await at.open();
    records.signAs(signer);
    await put(records, callOf(records));
    await put(records, callOf(records));
    await records.close();
    expect((await check(at.file, newSigner().peerId)).problems).toMatchObject([{ kind: 'bad-signature' }]);
    change(at.file, (database) =>
      database.exec('DELETE FROM chain WHERE seq = 2; DELETE FROM calls WHERE id = 2'),
    );
    expect((await check(at.file, signer.peerId)).problems).toMatchObject([{ kind: 'cut-off', entry: 2 }]);
  });

  it('is checked on a copy, and beside a host that goes on writing', async () => {
    await using at = folder();
    const signer = newSigner();
    const records = await at.open();
    records.signAs(signer);
    for (let i = 0; i < 300; i += 1) records.calls.put(callOf(records));
    const checking = records.verify();
    for (let i = 0; i < 50; i += 1) await put(records, callOf(records));
    expect(await checking).toMatchObject({ ok: true, problems: [] });
    expect(await check(at.file, null)).toMatchObject({ ok: true, calls: 350 });
    await records.close();
    const copy = join(at.dir, 'copy.db');
    copyFileSync(at.file, copy);
    expect(await check(copy, signer.peerId)).toMatchObject({ ok: true, calls: 350, problems: [] });
  });

  it('takes in what an interrupted call became, and one that ends a second time', async () => {
    await using at = folder();
    const first = await at.open();
    const open = callOf(first, { status: 'waiting', direction: 'out', decision: null });
    await put(first, open, { request: '{}' });
    first.calls.setTicket(open.id, { ticket: 't', epoch: 'e' });
    await first.close();
    const second = await at.open();
    expect(second.calls.detail(open.id)).toMatchObject({ status: 'interrupted', redeemable: true });
    expect(second.calls.ticket(open.id)).toEqual({ ticket: 't', epoch: 'e' });
    expect(await second.verify()).toMatchObject({ ok: true, calls: 1, entries: 1 });
    await put(second, { ...open, status: 'answered' }, { response: '{"content":[]}' });
    second.calls.setTicket(open.id, null);
    expect(await second.verify()).toMatchObject({ ok: true, calls: 1, entries: 2 });
    expect(second.calls.detail(open.id)).toMatchObject({ request: '{}', response: '{"content":[]}' });
    expect(second.calls.ticket(open.id)).toBeNull();
  });
});
