import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { StoredInvite } from '../../../../../main/host/records/index.ts';
import { APPLICATION_ID, MIGRATIONS } from '../../../../../main/host/records/schema.ts';
import { defaultSettings } from '../../../../../shared/settings.ts';
import { PeerId } from '../../../../../shared/ids.ts';
import { peerIdTextOf } from '../../../../../shared/node-id.ts';
import { InviteId } from '../../../../../shared/invites.ts';
import { alice, bob, folder, query } from './setup.ts';
import { eventually } from '../../../../fixtures/eventually.ts';

const invite: StoredInvite = {
  id: InviteId.parse('invite-1'),
  secretHash: 'a'.repeat(64),
  trust: 'trusted',
  createdAt: 1000,
  expiresAt: 5000,
  usedBy: null,
  usedAt: null,
};

describe('the history of verdicts', () => {
  it('is kept over a restart, newest first', async () => {
    await using at = folder();
    const first = await at.open();
    first.verdicts.add({ at: 1, verdict: 'unknown', why: 'It has just started.' });
    // The same moment twice: the order of telling counts, not the clock.
    first.verdicts.add({ at: 1, verdict: 'open', why: 'A peer came in.' });
    await first.close();
    const second = await at.open();
    expect(second.verdicts.list(10).map(({ verdict }) => verdict)).toEqual(['open', 'unknown']);
    expect(second.verdicts.list(1)).toEqual([{ at: 1, verdict: 'open', why: 'A peer came in.' }]);
  });

  it('forgets the oldest beyond 1,000, and leaves out what can no longer be read', async () => {
    await using at = folder();
    const records = await at.open();
    for (let i = 0; i < 1005; i += 1) records.verdicts.add({ at: i, verdict: 'lan-only', why: 'w' });
    const all = records.verdicts.list(5000);
    expect(all).toHaveLength(1000);
    expect(all.at(-1)?.at).toBe(5);
    await records.close();
    const database = new DatabaseSync(at.file);
    database.exec(`UPDATE verdicts SET verdict = 'splendid' WHERE at = 1004`);
    database.close();
    expect((await at.open()).verdicts.list(1000)).toHaveLength(999);
  });
});

describe('invites', () => {
  it('are kept over a restart, newest first, and are gone when removed', async () => {
    await using at = folder();
    const first = await at.open();
    const later = {
      ...invite,
      id: InviteId.parse('invite-2'),
      secretHash: 'b'.repeat(64),
      createdAt: 2000,
    };
    first.invites.add(invite);
    first.invites.add(later);
    await first.close();
    const second = await at.open();
    expect(second.invites.list()).toEqual([later, invite]);
    second.invites.remove(later.id);
    expect(second.invites.list()).toEqual([invite]);
  });

  it('are used once, before they are over, by one peer', async () => {
    await using at = folder();
    const { invites } = await at.open();
    invites.add(invite);
    expect(invites.use(invite.id, alice, 5000)).toBe(false);
    expect(invites.use(invite.id, alice, 4999)).toBe(true);
    expect(invites.use(invite.id, bob, 4999)).toBe(false);
    expect(invites.use(InviteId.parse('gone'), bob, 1)).toBe(false);
    expect(invites.list()).toEqual([{ ...invite, usedBy: alice, usedAt: 4999 }]);
  });

  it('are refused where they cannot be written down', async () => {
    await using at = folder();
    const { invites } = await at.open();
    const other = new DatabaseSync(at.file);
    other.exec('BEGIN IMMEDIATE');
    expect(() => {
      invites.add(invite);
    }).toThrow(expect.objectContaining({ code: 'LOCKED' }));
    other.exec('ROLLBACK');
    other.close();
    expect(invites.list()).toEqual([]);
  });
});

describe('who has spoken Gatehouse', () => {
  const peer = (number: number): PeerId => {
    const key = Buffer.alloc(32);
    key.writeUInt32BE(number);
    return PeerId.parse(peerIdTextOf(key.toString('hex')));
  };

  it('is remembered, up to 5,000 peers, and longest of those that are met again', async () => {
    await using at = folder();
    const first = await at.open();
    first.inOne(() => {
      for (let number = 0; number < 5000; number += 1) first.gatehouses.add(peer(number));
    });
    await first.close();
    const second = await at.open();
    second.gatehouses.add(peer(0));
    second.gatehouses.add(peer(5000));
    expect(second.gatehouses.list()).toHaveLength(5000);
    await second.close();
    const { gatehouses } = await at.open();
    expect(gatehouses.list()).toHaveLength(5000);
    expect(gatehouses.list().slice(-2)).toEqual([peer(0), peer(5000)]);
    expect([gatehouses.has(peer(1)), gatehouses.has(peer(2))]).toEqual([false, true]);
  });

  it('is taken from the peers of an earlier version', async () => {
    await using at = folder();
    const old = new DatabaseSync(at.file);
    old.exec(`PRAGMA application_id = ${APPLICATION_ID}; ${MIGRATIONS.slice(0, 3).join(';')}; PRAGMA user_version = 3;
      INSERT INTO peers (peer_id, trust, addresses, last_seen, speaks_gatehouse) VALUES ('${alice}', 'known', '[]', 2, 1);`);
    old.close();
    expect((await at.open()).gatehouses.list()).toEqual([alice]);
  });
});

describe('records of an earlier version', () => {
  it('are brought up to date without losing anything', async () => {
    await using at = folder();
    const old = new DatabaseSync(at.file);
    old.exec(`PRAGMA application_id = ${APPLICATION_ID}; ${MIGRATIONS[0] ?? ''}; PRAGMA user_version = 1;
      INSERT INTO facts VALUES ('cardSequence', '7');
      INSERT INTO settings VALUES ('name', '"den"');
      INSERT INTO peers VALUES ('${alice}', 'trusted', 'Alice', NULL, 1, '[]', NULL, 2);
      INSERT INTO rules VALUES ('dddddddd', NULL, NULL, NULL, 'deny', 1, NULL, NULL);`);
    old.close();
    const records = await at.open();
    expect(records.problems).toEqual([]);
    expect(records.facts.get('cardSequence')).toBe('7');
    expect(records.settings.get()).toMatchObject({ name: 'den', dht: true, relays: true });
    expect(records.peers.list()).toMatchObject([{ peerId: alice, alias: 'Alice' }]);
    expect(records.rules.list()).toHaveLength(1);
    expect(records.invites.list()).toEqual([]);
    records.verdicts.add({ at: 1, verdict: 'open', why: '' });
    records.invites.add(invite);
    await records.close();
    const again = await at.open();
    expect(again.invites.list()).toEqual([invite]);
    expect(again.verdicts.list(10)).toHaveLength(1);
  });

  it('of version 2 take in what is known of transports', async () => {
    await using at = folder();
    const old = new DatabaseSync(at.file);
    old.exec(`PRAGMA application_id = ${APPLICATION_ID}; ${MIGRATIONS.slice(0, 2).join(';')}; PRAGMA user_version = 2;
      INSERT INTO settings VALUES ('transport', '"libp2p"'), ('keepDays', '7');
      INSERT INTO peers VALUES ('${alice}', 'blocked', 'Alice', NULL, 1, '["/ip4/192.0.2.7/tcp/1"]', NULL, 2);`);
    old.close();
    const records = await at.open();
    const [before] = records.peers.list();
    expect(before).toEqual({
      peerId: alice,
      trust: 'blocked',
      alias: 'Alice',
      name: null,
      contactSince: 1,
      addresses: ['/ip4/192.0.2.7/tcp/1'],
      request: null,
      lastSeen: 2,
      transportChoice: null,
      legacyAllowed: false,
      speaksGatehouse: false,
      budget: null,
      lastLinkedAt: { libp2p: null, websocket: null },
    });
    expect(records.settings.get()).toEqual({ ...defaultSettings('desk'), keepDays: 7 });
    if (before === undefined) return;
    const after = { ...before, legacyAllowed: true, lastLinkedAt: { libp2p: 5, websocket: null } };
    records.peers.put(after);
    await records.close();
    expect((await at.open()).peers.list()).toEqual([after]);
  });

  it('of version 4 keep rules as the first version of them, find calls, and take them up in the chain', async () => {
    await using at = folder();
    const old = new DatabaseSync(at.file);
    const call = (id: number, tool: string, status: string, error: string): string =>
      `INSERT INTO calls VALUES (${id}, 'in', '${alice}', 'notes', '${tool}', NULL, NULL, '${status}', NULL, NULL, NULL, 1, 0,
        NULL, 1, 2, NULL, ${error}, 0)`;
    old.exec(`PRAGMA application_id = ${APPLICATION_ID}; ${MIGRATIONS.slice(0, 4).join(';')}; PRAGMA user_version = 4;
      INSERT INTO rules VALUES ('aaaaaaaa', '${alice}', 'notes', NULL, 'deny', 1.5, NULL, NULL);
      ${call(1, 'add', 'answered', 'NULL')}; ${call(2, 'read', 'refused', "'No.'")}; ${call(3, 'add', 'running', 'NULL')};
      INSERT INTO bodies VALUES (1, '{"a":1}', NULL, NULL, 'abc')`);
    old.close();
    const records = await at.open({ now: () => 2 });
    const [rule] = records.rules.list();
    expect(rule).toMatchObject({ peerId: alice, agent: 'notes', tool: null, effect: 'deny', arguments: [] });
    expect(records.rules.history({ limit: 9 })).toMatchObject([{ version: 1, added: [rule] }]);
    expect(records.calls.page(query({ text: 'no.' })).map(({ id }) => id)).toEqual([2]);
    expect(records.calls.page(query({ status: 'interrupted' })).map(({ id }) => id)).toEqual([3]);
    expect(await records.verify()).toMatchObject({ ok: true, calls: 1 });
    // The settings say when the room cleans up next.
    records.settings.set({ keepDays: 3650 });
    await eventually(async () => {
      expect(await records.verify()).toMatchObject({ ok: true, calls: 3, problems: [] });
    });
    await records.close();
    const harmed = new DatabaseSync(at.file);
    harmed.exec(`UPDATE bodies SET request = '{"a":2}' WHERE call_id = 1`);
    harmed.close();
    expect((await (await at.open({ now: () => 2 })).verify()).problems).toMatchObject([
      { kind: 'changed', callId: 1 },
    ]);
  });
});
