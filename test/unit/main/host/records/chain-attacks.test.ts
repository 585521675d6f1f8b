import { describe, expect, it } from 'vitest';
import { Chain } from '../../../../../main/host/records/chain.ts';
import { pruneChain } from '../../../../../main/host/records/chain-anchor.ts';
import { entryHash } from '../../../../../main/host/records/chain-entry.ts';
import type { DatabaseSync } from 'node:sqlite';
import { plainRule, Rule } from '../../../../../shared/rules.ts';
import { eventually } from '../../../../fixtures/eventually.ts';
import { change, check, newSigner } from './chain-fixture.ts';
import { callOf, folder, put, query, ruleId } from './setup.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const copyOfCall = (database: DatabaseSync, from: number, to: number): void => {
  const columns = database
    .prepare(`SELECT name FROM pragma_table_info('calls') WHERE name <> 'id'`)
    .all()
    .map(({ name }) => String(name))
    .join(', ');
  database.exec(`INSERT INTO calls (id, ${columns}) SELECT ${to}, ${columns} FROM calls WHERE id = ${from}`);
};

describe('signatures that were taken away', () => {
  it('are missed where somebody is known who should have signed', async () => {
    await using at = folder();
    const signer = newSigner();
    let now = 100 * DAY;
    for (const _ of [1, 2, 3]) {
      const records = await at.open({ now: () => now });
      records.signAs(signer);
      await put(records, callOf(records));
      await records.close();
      now += 10 * MINUTE;
    }
    expect(await check(at.file, signer.peerId)).toMatchObject({ ok: true, problems: [] });
    change(at.file, (database) => database.exec('DELETE FROM chain_heads WHERE seq > 1'));
    expect((await check(at.file, signer.peerId)).problems).toMatchObject([{ kind: 'cut-off', entry: 2 }]);
    change(at.file, (database) =>
      database.exec(`DELETE FROM chain_heads; DELETE FROM calls WHERE id = 3;
        DELETE FROM chain WHERE seq = (SELECT max(seq) FROM chain)`),
    );
    const { problems } = await check(at.file, signer.peerId);
    expect(problems).toMatchObject([{ kind: 'bad-signature', entry: 1 }]);
    // The next start signs all of it, and says for good what it found.
    const records = await at.open({ now: () => now });
    records.signAs(signer);
    await records.close();
    expect((await check(at.file, signer.peerId)).problems).toMatchObject([{ kind: 'cut-off', entry: 3 }]);
  });

  it('are not missed in the first minutes, nor after long silence', async () => {
    await using at = folder();
    const signer = newSigner();
    let now = Date.now();
    const records = await at.open({ now: () => now });
    records.signAs(signer);
    await put(records, callOf(records));
    expect(await records.verify()).toMatchObject({ ok: true, signedUntil: null });
    await records.close();
    now += DAY;
    const again = await at.open({ now: () => now });
    again.signAs(signer);
    await put(again, callOf(again));
    expect(await again.verify()).toMatchObject({ ok: true, problems: [] });
  });
});

describe('a host that was killed', () => {
  it('leaves less than a minute unsigned, however late it is started again', async () => {
    await using at = folder();
    const signer = newSigner();
    let now = 100 * DAY;
    const records = await at.open({ now: () => now });
    records.signAs(signer);
    await put(records, callOf(records));
    await records.close();
    now += MINUTE;
    const killed = await at.open({ now: () => now });
    await put(killed, callOf(killed));
    await put(killed, callOf(killed, { status: 'running' }));
    await killed.close();
    now += DAY;
    const again = await at.open({ now: () => now });
    again.signAs(signer);
    expect(again.calls.page(query({ limit: 1 }))).toMatchObject([{ status: 'interrupted' }]);
    expect(await again.verify()).toMatchObject({ ok: true, entries: 3, problems: [] });
    await again.close();
    expect(await check(at.file, signer.peerId)).toMatchObject({ ok: true, problems: [] });
  });
});

describe('what a host takes up', () => {
  it('is no call that was over already and was set back', async () => {
    await using at = folder();
    const first = await at.open();
    for (const tool of ['a', 'b']) await put(first, callOf(first, { tool }));
    await first.close();
    change(at.file, (database) =>
      database.exec(`UPDATE calls SET status = 'running', tool = 'c' WHERE id = 1;
        UPDATE calls SET kind_id = (SELECT id FROM kinds) WHERE id = 1; UPDATE kinds SET status = 'running'`),
    );
    const second = await at.open();
    expect((await second.verify()).problems).toMatchObject([{ kind: 'changed', callId: 1 }]);
  });

  it('is no call that was added with the mark of an earlier version', async () => {
    await using at = folder();
    const first = await at.open();
    for (const tool of ['a', 'b', 'c']) await put(first, callOf(first, { tool }));
    await first.close();
    change(at.file, (database) => {
      copyOfCall(database, 1, 50);
      database.exec(`INSERT INTO facts VALUES ('chainTakesUp', '0 60')`);
    });
    const second = await at.open();
    second.settings.set({ keepDays: 3000 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await second.verify()).problems).toMatchObject([{ kind: 'added', callId: 50 }]);
  });

  it('is one that is asked about again, also where the host ends meanwhile', async () => {
    await using at = folder();
    const first = await at.open();
    const call = callOf(first, { direction: 'out', status: 'failed', redeemable: true });
    first.calls.setTicket(call.id, { ticket: 't', epoch: 'e' });
    await put(first, call);
    await put(first, { ...call, status: 'running', redeemable: false });
    expect(await first.verify()).toMatchObject({ ok: true, problems: [] });
    await first.close();
    const second = await at.open();
    expect(second.calls.detail(call.id)).toMatchObject({ status: 'interrupted', redeemable: true });
    expect(await second.verify()).toMatchObject({ ok: true, problems: [] });
    await put(second, { ...call, status: 'answered', redeemable: false });
    expect(await second.verify()).toMatchObject({ ok: true, problems: [] });
    await put(second, { ...call, status: 'answered', tool: 'other', redeemable: false });
    expect((await second.verify()).problems).toMatchObject([{ kind: 'changed', callId: call.id }]);
  });
});

describe('what a host deletes', () => {
  it('takes nothing of the chain with it that somebody else removed or changed', async () => {
    for (const harm of ['DELETE FROM calls WHERE id = 5', 'UPDATE chain SET at = at + 1 WHERE seq = 5']) {
      await using at = folder();
      let now = 100 * DAY;
      const records = await at.open({ now: () => now });
      for (let i = 0; i < 150; i += 1) await put(records, callOf(records, { at: now }));
      change(at.file, (database) => database.exec(harm));
      now += 200 * DAY;
      await put(records, callOf(records, { at: now }));
      records.settings.set({ keepDays: 30 });
      await eventually(() => expect(records.calls.total()).toBeLessThan(3));
      await new Promise((resolve) => setTimeout(resolve, 100));
      const { problems } = await records.verify();
      expect(problems).toContainEqual(
        expect.objectContaining(harm.startsWith('DELETE') ? { callId: 5 } : { entry: 5 }),
      );
    }
  });

  it('is no call that still waits, nor any after it', async () => {
    await using at = folder();
    let now = 100 * DAY;
    const records = await at.open({ now: () => now });
    await put(records, callOf(records, { at: now }));
    const waits = callOf(records, { at: now, status: 'waiting', decision: null });
    await put(records, waits);
    for (let i = 0; i < 3; i += 1) await put(records, callOf(records, { at: now }));
    now += 200 * DAY;
    await put(records, callOf(records, { at: now }));
    records.settings.set({ keepDays: 30 });
    await eventually(() => expect(records.calls.total()).toBe(5));
    await put(records, { ...waits, status: 'answered' });
    expect(await records.verify()).toMatchObject({ ok: true, deleted: 1, problems: [] });
    records.settings.set({ keepDays: 31 });
    await eventually(() => expect(records.calls.total()).toBe(1));
    expect(await records.verify()).toMatchObject({ ok: true, deleted: 5, problems: [] });
  });

  it('is written anew where it was under way', async () => {
    await using at = folder();
    const records = await at.open();
    const call = callOf(records, { status: 'running' });
    await put(records, call);
    change(at.file, (database) => database.exec('DELETE FROM calls'));
    await put(records, { ...call, status: 'answered' });
    expect(records.calls.detail(call.id)).toMatchObject({ status: 'answered' });
    expect(await records.verify()).toMatchObject({ ok: true, problems: [] });
  });

  it('leaves what the chain says of rules and of the panic switch; a check beside it begins anew', async () => {
    await using at = folder();
    const signer = newSigner();
    let now = 100 * DAY;
    const records = await at.open({ now: () => now });
    records.signAs(signer);
    const rule = Rule.parse({ ...plainRule, id: ruleId, effect: 'ask', createdAt: 1 });
    records.rules.commit({ at: 1, by: 'person', added: [rule], removed: [], changed: [] });
    records.facts.set('stoppedAt', '7');
    for (let i = 0; i < 1200; i += 1) await put(records, callOf(records, { at: now }));
    await records.close();
    now += 200 * DAY;
    const again = await at.open({ now: () => now });
    again.signAs(signer);
    await put(again, callOf(again, { at: now }));
    const checking = check(at.file, signer.peerId);
    again.settings.set({ keepDays: 30 });
    expect(await checking).toMatchObject({ ok: true, problems: [] });
    await eventually(async () => expect((await again.verify()).entries).toBeLessThan(20));
    expect(await again.verify()).toMatchObject({ ok: true, deleted: 1200, problems: [] });
    await again.close();
    expect(await check(at.file, signer.peerId)).toMatchObject({ ok: true, problems: [] });
    change(at.file, (database) =>
      database.exec(`DELETE FROM rules; DELETE FROM facts WHERE key = 'stoppedAt'`),
    );
    expect((await check(at.file, signer.peerId)).problems).toMatchObject([
      { kind: 'changed' },
      { kind: 'changed' },
    ]);
  });

  it('is no gap where it is forgotten while a check goes on', async () => {
    await using at = folder();
    let now = 100 * DAY;
    const records = await at.open({ now: () => now });
    for (let i = 0; i < 900; i += 1) await put(records, callOf(records, { at: now }));
    now += 200 * DAY;
    await put(records, callOf(records, { at: now }));
    const own = records.verify();
    records.settings.set({ keepDays: 30 });
    await own;
    await eventually(() => expect(records.calls.total()).toBe(1));
    await records.close();
    const checking = check(at.file, null);
    change(at.file, (database) => {
      while (pruneChain(database, new Chain(database, () => now)));
    });
    expect(await checking).toMatchObject({ ok: true, deleted: 900, problems: [] });
  });
});

describe('a host that runs', () => {
  it('knows how its chain ends', async () => {
    await using at = folder();
    const records = await at.open();
    for (const tool of ['a', 'b']) await put(records, callOf(records, { tool }));
    change(at.file, (database) =>
      database.exec('DELETE FROM calls WHERE id = 2; DELETE FROM chain WHERE seq = 2'),
    );
    expect((await records.verify()).problems).toMatchObject([{ kind: 'cut-off', entry: 2 }]);
  });

  it('signs the last that it writes', async () => {
    await using at = folder();
    const signer = newSigner();
    const records = await at.open();
    records.signAs(signer);
    await put(records, callOf(records));
    const closing = records.close();
    await put(records, callOf(records));
    await closing;
    const newest = change(at.file, (database) =>
      database
        .prepare('SELECT (SELECT max(seq) FROM chain) AS entry, (SELECT max(seq) FROM chain_heads) AS head')
        .get(),
    );
    expect(newest).toEqual({ entry: 2, head: 2 });
  });
});

describe('a file made to hold a check up', () => {
  it('is passed over quickly', async () => {
    await using at = folder();
    const records = await at.open();
    await put(records, callOf(records));
    await records.close();
    change(at.file, (database) => {
      const runs = Array.from({ length: 10_000 }, (_, i) => [1 + i * 1_000_000, (i + 1) * 1_000_000 - 1]);
      const body = Buffer.from(JSON.stringify({ calls: runs }));
      const entry = { seq: 2, kind: 'deleted', at: 1, body };
      const before = database.prepare('SELECT hash FROM chain WHERE seq = 1').get()?.['hash'];
      if (!(before instanceof Uint8Array)) throw new Error('no hash');
      database
        .prepare(`INSERT INTO chain VALUES (2, 'deleted', 1, ?, ?)`)
        .run(body, entryHash(before, entry));
      copyOfCall(database, 1, -7);
    });
    const began = performance.now();
    const { problems } = await check(at.file, null);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(problems.map(({ kind }) => kind).sort()).toEqual(['added', 'unreadable']);
  });
});
