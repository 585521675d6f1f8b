import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { StoredAgent } from '../../../../../main/host/agents/index.ts';
import type { StoredPeer } from '../../../../../main/host/records/index.ts';
import { AgentSpec } from '../../../../../shared/agents.ts';
import { Rule } from '../../../../../shared/gate.ts';
import { AgentName } from '../../../../../shared/ids.ts';
import { defaultSettings } from '../../../../../shared/settings.ts';
import { alice, bob, folder, ruleId } from './setup.ts';

const change = (file: string, sql: string): void => {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
};

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
    };
    const stranger: StoredPeer = {
      ...contact,
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
    first.rules.put(lasting);
    first.rules.put(Rule.parse({ ...lasting, id: 'bbbbbbbb', untilQuit: true }));
    await first.close();
    const second = await at.open();
    expect(second.rules.list()).toEqual([lasting]);
    second.rules.remove(lasting.id);
    expect(second.rules.list()).toEqual([]);
  });

  it('keep pins and facts over a restart', async () => {
    await using at = folder();
    const notes = AgentName.parse('notes');
    const first = await at.open();
    expect(first.pins.get(notes, 'add')).toBeNull();
    first.pins.put(notes, 'add', 'p1');
    first.pins.put(notes, 'add', 'p2');
    first.facts.set('stoppedAt', '17');
    first.facts.set('cardSequence', '4');
    first.facts.set('stoppedAt', null);
    await first.close();
    const second = await at.open();
    expect(second.pins.get(notes, 'add')).toBe('p2');
    expect(second.pins.get(notes, '__proto__')).toBeNull();
    expect(second.facts.get('stoppedAt')).toBeNull();
    expect(second.facts.get('cardSequence')).toBe('4');
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
      `INSERT INTO rules VALUES ('cccccccc', NULL, NULL, NULL, 'shrug', 1, NULL, NULL);
       INSERT INTO rules VALUES ('dddddddd', NULL, NULL, NULL, 'deny', 1, NULL, NULL);
       INSERT INTO agents VALUES ('x', '{', NULL);
       INSERT INTO peers VALUES ('nobody', 'known', NULL, NULL, NULL, '[]', NULL, 1)`,
    );
    const second = await at.open();
    expect(second.rules.list().map(({ id }) => id)).toEqual(['dddddddd']);
    expect(second.agents.list()).toEqual([]);
    expect(second.peers.list()).toEqual([]);
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
