import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { StoredAgent } from '../../../../../main/host/agents/index.ts';
import type { Pinned } from '../../../../../main/host/gate/index.ts';
import type { StoredPeer } from '../../../../../main/host/records/index.ts';
import { AgentSpec } from '../../../../../shared/agents.ts';
import { plainRule, Rule } from '../../../../../shared/rules.ts';
import { AgentName } from '../../../../../shared/ids.ts';
import { defaultSettings } from '../../../../../shared/settings.ts';
import { alice, bob, folder, ruleId } from './setup.ts';

const change = (file: string, sql: string): void => {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
};

const pinned = (pin: string): Pinned => ({ pin, definition: `{"name":"${pin}"}`, at: 12.5 });
const ruleText = (id: string, change: Partial<Record<keyof Rule, unknown>>): string =>
  `('${id}', 'deny', 1, '${JSON.stringify({ ...plainRule, effect: 'deny', id, createdAt: 1, ...change })}')`;

describe('stores', () => {
  it('keep peers over a restart', async () => {
    await using at = folder();
    const first = await at.open();
    const contact: StoredPeer = {
      peerId: alice,
      trust: 'trusted',
      alias: 'Alice',
      name: '\u202eecilA',
      contactSince: 1,
      addresses: ['/ip4/127.0.0.1/tcp/1'],
      request: null,
      lastSeen: 2,
      transportChoice: 'both',
      legacyAllowed: true,
      speaksGatehouse: true,
      budget: { calls: 5, bytes: null, seconds: 2 },
      lastLinkedAt: { libp2p: 3, websocket: 4.5 },
    };
    const stranger: StoredPeer = {
      ...contact,
      transportChoice: null,
      legacyAllowed: false,
      speaksGatehouse: false,
      budget: null,
      lastLinkedAt: { libp2p: null, websocket: null },
      peerId: bob,
      trust: 'unknown',
      contactSince: null,
      request: { firstAt: 1, lastAt: 2, attempts: 3, wanted: { agent: 'notes', tool: null } },
    };
    first.peers.put(contact);
    first.peers.put(stranger);
    first.peers.put({ ...contact, alias: null });
    await first.close();
    const second = await at.open();
    expect(second.peers.list()).toEqual([{ ...contact, alias: null }, stranger]);
    second.peers.remove(alice);
    expect(second.peers.list()).toEqual([stranger]);
  });

  it('keep agents over a restart', async () => {
    await using at = folder();
    const first = await at.open();
    const agent = (name: string, confirmedDigest: string | null): StoredAgent => ({
      spec: AgentSpec.parse({
        name,
        description: '',
        tags: ['a'],
        source: { kind: 'stdio', command: 'node', args: ['x y'], env: { KEY: 'secret' }, cwd: null },
        autostart: true,
      }),
      confirmedDigest,
    });
    first.agents.put(agent('notes', null));
    first.agents.put(agent('files', 'abc'));
    first.agents.put(agent('notes', 'def'));
    await first.close();
    const second = await at.open();
    expect(second.agents.list()).toEqual([agent('notes', 'def'), agent('files', 'abc')]);
    second.agents.remove(AgentName.parse('notes'));
    expect(second.agents.list()).toHaveLength(1);
  });

  it('keep rules over a restart, but not those until quit', async () => {
    await using at = folder();
    const first = await at.open();
    const lasting = Rule.parse({
      ...plainRule,
      trust: null,
      arguments: [{ kind: 'prefix', at: '/path', prefix: '/home/' }],
      hours: { days: [1, 2], from: '09:00', to: '17:00' },
      id: ruleId,
      peerId: alice,
      agent: null,
      tool: 'add',
      effect: 'deny',
      createdAt: 1,
      expiresAt: 2.5,
      untilQuit: false,
      pin: null,
    });
    const passing = Rule.parse({ ...lasting, id: 'bbbbbbbb', untilQuit: true });
    expect(first.rules.version()).toBe(0);
    const nothing = { added: [], removed: [], changed: [] };
    expect(first.rules.commit({ ...nothing, at: 5, by: 'person', added: [lasting, passing] })).toBe(1);
    expect(first.rules.commit({ ...nothing, at: 6, by: 'person', removed: [passing] })).toBe(1);
    await first.close();
    const second = await at.open();
    expect(second.rules.list()).toEqual([lasting]);
    const after = Rule.parse({ ...lasting, effect: 'ask' });
    const changed = [{ before: lasting, after }];
    expect(second.rules.commit({ ...nothing, at: 7, by: 'import', changed })).toBe(2);
    expect(second.rules.list()).toEqual([after]);
    expect(second.rules.commit({ ...nothing, at: 8, by: 'expired', removed: [after] })).toBe(3);
    expect(second.rules.list()).toEqual([]);
    expect(second.rules.history({ limit: 2 })).toEqual([
      { ...nothing, version: 3, at: 8, by: 'expired', removed: [after] },
      { ...nothing, version: 2, at: 7, by: 'import', changed },
    ]);
    expect(second.rules.history({ before: 2, limit: 9 })).toEqual([
      { ...nothing, version: 1, at: 5, by: 'person', added: [lasting] },
    ]);
  });

  it('keep pins and facts over a restart', async () => {
    await using at = folder();
    const notes = AgentName.parse('notes');
    const first = await at.open();
    expect(first.pins.get(notes, 'add')).toBeNull();
    first.pins.put(notes, 'add', pinned('p1'));
    first.pins.put(notes, 'add', pinned('p2'));
    first.facts.set('stoppedAt', '17');
    first.facts.set('cardSequence', '4');
    first.facts.set('stoppedAt', null);
    await first.close();
    const second = await at.open();
    expect(second.pins.get(notes, 'add')).toBe('p2');
    expect(second.pins.pinned(notes, 'add')).toEqual(pinned('p2'));
    expect(second.pins.get(notes, '__proto__')).toBeNull();
    expect(second.pins.pinned(notes, '__proto__')).toBeNull();
    second.pins.put(AgentName.parse('files'), 'read', pinned('p3'));
    second.pins.removeAgent(notes);
    expect(second.pins.get(notes, 'add')).toBeNull();
    await second.close();
    const third = await at.open();
    expect(third.pins.get(notes, 'add')).toBeNull();
    expect(third.pins.get(AgentName.parse('files'), 'read')).toBe('p3');
    expect(third.facts.get('stoppedAt')).toBeNull();
    expect(third.facts.get('cardSequence')).toBe('4');
  });

  it('keep settings, refuse bad ones, and lose only the value that no longer fits', async () => {
    await using at = folder();
    const first = await at.open();
    expect(first.settings.get()).toEqual(defaultSettings('desk'));
    expect(first.settings.set({ name: ' den ', approvalSeconds: 20, keepDays: 7 })).toMatchObject({
      name: 'den',
    });
    expect(() => first.settings.set({ approvalSeconds: 1 })).toThrow();
    expect(first.settings.get().approvalSeconds).toBe(20);
    await first.close();
    change(
      at.file,
      `UPDATE settings SET value = '"soon"' WHERE key = 'approvalSeconds';
       UPDATE settings SET value = '{broken' WHERE key = 'keepDays';
       INSERT INTO settings VALUES ('colour', '"red"'), ('__proto__', '{"name":"x"}')`,
    );
    const second = await at.open();
    expect(second.settings.get()).toEqual({ ...defaultSettings('desk'), name: 'den' });
  });

  it('leave out a row that no longer fits, and keep the others', async () => {
    await using at = folder();
    const first = await at.open();
    await first.close();
    change(
      at.file,
      `INSERT INTO rules VALUES ('cccccccc', 'shrug', 1, '{'), ${ruleText('dddddddd', {})};
       INSERT INTO agents VALUES ('x', '{', NULL);
       INSERT INTO peers VALUES ('nobody', 'known', NULL, NULL, NULL, '[]', NULL, 1, NULL, 0, 0, NULL, NULL, NULL)`,
    );
    const second = await at.open();
    expect(second.rules.list().map(({ id }) => id)).toEqual(['dddddddd']);
    expect(second.agents.list()).toEqual([]);
    expect(second.peers.list()).toEqual([]);
    expect(second.problems).toEqual([
      expect.stringMatching(/^1 of the rules .* 0 of them denials/),
      expect.stringMatching(/^1 of the peers/),
    ]);
  });

  it('say how many denials can no longer be read, and nothing where all can', async () => {
    await using at = folder();
    const first = await at.open();
    expect(first.problems).toEqual([]);
    await first.close();
    change(
      at.file,
      `INSERT INTO rules VALUES ${ruleText('cccccccc', { tool: 't'.repeat(2301) })},
       ${ruleText('dddddddd', { tool: 't'.repeat(2300) })}`,
    );
    const second = await at.open();
    expect(second.rules.list().map(({ id }) => id)).toEqual(['dddddddd']);
    expect(second.problems).toEqual([expect.stringContaining('1 of them denials')]);
  });

  it('keep a peer blocked whatever else of it can no longer be read', async () => {
    await using at = folder();
    await (await at.open()).close();
    change(
      at.file,
      `INSERT INTO peers VALUES ('${alice}', 'blocked', NULL, NULL, NULL, '{', '{"a":1}', 1, 'pigeon', 1, 0, NULL, NULL, '{"calls":-1}')`,
    );
    const [peer] = (await at.open()).peers.list();
    expect(peer).toMatchObject({ peerId: alice, trust: 'blocked', addresses: [], request: null });
  });

  it('write what was decided once the database is free again, the latest of each, in order', async () => {
    await using at = folder();
    const records = await at.open();
    const health: (string | null)[] = [];
    const freed = Promise.withResolvers<void>();
    records.onHealth = (problem) => {
      health.push(problem);
      if (problem === null) freed.resolve();
    };
    const peer: StoredPeer = {
      peerId: alice,
      trust: 'known',
      alias: null,
      name: null,
      contactSince: null,
      addresses: [],
      request: null,
      lastSeen: 1,
      transportChoice: null,
      legacyAllowed: false,
      speaksGatehouse: false,
      budget: null,
      lastLinkedAt: { libp2p: null, websocket: null },
    };
    const notes = AgentName.parse('notes');
    const rule = Rule.parse({
      ...plainRule,
      id: ruleId,
      peerId: alice,
      agent: null,
      tool: null,
      effect: 'allow',
      createdAt: 1,
      expiresAt: null,
      untilQuit: false,
      pin: null,
    });
    records.peers.put({ ...peer, peerId: bob });
    const nothing = { at: 1, by: 'person' as const, added: [], removed: [], changed: [] };
    records.rules.commit({ ...nothing, added: [rule] });
    records.pins.put(notes, 'add', pinned('p1'));

    const other = new DatabaseSync(at.file);
    other.exec('BEGIN IMMEDIATE');
    records.peers.put(peer);
    records.peers.put({ ...peer, trust: 'blocked' });
    records.peers.remove(bob);
    records.pins.removeAgent(notes);
    records.facts.set('stoppedAt', '17');
    expect(records.facts.get('stoppedAt')).toBe('17');
    expect(() => {
      records.rules.commit({ ...nothing, removed: [rule] });
    }).toThrow(expect.objectContaining({ code: 'LOCKED' }));
    expect(health).toEqual([expect.stringContaining('Another program')]);
    other.exec('COMMIT');
    other.close();
    await freed.promise;
    records.pins.put(notes, 'add', pinned('p2'));
    await records.close();

    const again = await at.open();
    expect(again.peers.list()).toEqual([{ ...peer, trust: 'blocked' }]);
    expect(again.rules.list()).toEqual([rule]);
    expect(again.rules.version()).toBe(1);
    expect(again.pins.get(notes, 'add')).toBe('p2');
    expect(again.facts.get('stoppedAt')).toBe('17');
    expect(await again.verify()).toMatchObject({ ok: true, problems: [] });
  });

  it('do not bring back the rules of who was shut out while the disk refused', async () => {
    await using at = folder();
    const records = await at.open();
    const of = (id: string, peerId: typeof alice): Rule =>
      Rule.parse({ ...plainRule, id, peerId, effect: 'allow', createdAt: 1 });
    const [first, second, other] = [of('first', alice), of('second', alice), of('other', bob)];
    const nothing = { at: 1, added: [], removed: [], changed: [] };
    records.rules.commit({ ...nothing, by: 'person', added: [first, second, other] });
    const holder = new DatabaseSync(at.file);
    holder.exec('BEGIN IMMEDIATE');
    expect(records.rules.commit({ ...nothing, by: 'peer-forgotten', removed: [first] })).toBe(2);
    expect(records.rules.commit({ ...nothing, by: 'agent-replaced', removed: [second] })).toBe(3);
    expect(() => records.rules.commit({ ...nothing, by: 'person', removed: [other] })).toThrow(
      expect.objectContaining({ code: 'LOCKED' }),
    );
    holder.exec('COMMIT');
    holder.close();
    await records.close();

    const again = await at.open();
    expect(again.rules.list()).toEqual([other]);
    expect(again.rules.version()).toBe(3);
    expect(again.rules.history({ limit: 2 }).map(({ by }) => by)).toEqual([
      'agent-replaced',
      'peer-forgotten',
    ]);
    expect(await again.verify()).toMatchObject({ ok: true, problems: [] });
  });

  it('let no more than 1,000 decisions wait, and write them at the latest when closed', async () => {
    await using at = folder();
    const records = await at.open();
    const notes = AgentName.parse('notes');
    const other = new DatabaseSync(at.file);
    other.exec('BEGIN IMMEDIATE');
    records.pins.removeAgent(notes);
    for (let i = 1; i < 1000; i += 1) records.pins.removeAgent(AgentName.parse(`agent-${i}`));
    records.pins.removeAgent(AgentName.parse('agent-1'));
    expect(() => {
      records.facts.set('stoppedAt', '17');
    }).toThrow(expect.objectContaining({ code: 'LOCKED' }));
    expect(records.facts.get('stoppedAt')).toBeNull();
    other.exec('COMMIT');
    records.pins.put(notes, 'add', pinned('p2'));
    other.exec('BEGIN IMMEDIATE');
    records.facts.set('cardSequence', '5');
    other.exec('COMMIT');
    other.close();
    await records.close();
    const again = await at.open();
    expect(again.facts.get('cardSequence')).toBe('5');
    expect(again.pins.get(notes, 'add')).toBe('p2');
    expect(() => {
      records.facts.set('stoppedAt', '18');
    }).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });

  it('are readable by their owner only', async () => {
    await using at = folder();
    const records = await at.open();
    records.facts.set('cardSequence', '1');
    for (const name of ['', '-wal', '-shm', '-lock']) {
      expect(statSync(at.file + name).mode & 0o777, name).toBe(0o600);
    }
  });
});
