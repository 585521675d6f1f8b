import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRecords, type Records } from '../../main/host/records/index.ts';
import { AgentName } from '../../shared/ids.ts';
import { callOf, put, query } from '../unit/main/host/records/setup.ts';

const child = new URL('records-fixture.ts', import.meta.url).pathname;

let dir: string;
let file: string;
let cleanUp: (() => unknown)[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gatehouse-records-'));
  file = join(dir, 'gatehouse.db');
  cleanUp = [];
});
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
  rmSync(dir, { recursive: true, force: true });
});

async function open(dataDir = dir): Promise<Records> {
  const records = await openRecords({ dataDir, defaultName: 'desk' });
  cleanUp.push(() => records.close());
  return records;
}

/** Starts a host of its own on the folder; resolves with its lines once it has said the first. */
async function start(
  mode: 'load' | 'hold',
): Promise<{ process: ChildProcess; lines: string[]; more: () => Promise<unknown> }> {
  const started = spawn(process.execPath, [child, dir, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanUp.push(() => started.kill('SIGKILL'));
  const lines: string[] = [];
  const reader = createInterface({ input: started.stdout });
  reader.on('line', (line) => lines.push(line));
  await once(reader, 'line');
  const ended = once(started, 'close').then(() => {
    throw new Error('The host ended by itself.');
  });
  ended.catch(() => {});
  return { process: started, lines, more: () => Promise.race([once(started.stdout, 'data'), ended]) };
}

async function kill(started: ChildProcess): Promise<void> {
  started.kill('SIGKILL');
  await once(started, 'close');
}

describe('kill -9 in the middle of load', () => {
  it('loses no call that was told to be recorded, and harms nothing', { timeout: 60_000 }, async () => {
    const told = new Set<number>();
    for (let round = 0; round < 5; round += 1) {
      const host = await start('load');
      expect(host.lines[0]).toBe('open');
      // At a moment that differs from round to round; more than once in the middle of a checkpoint.
      const enough = 200 + Math.floor(Math.random() * 2500);
      while (host.lines.length < enough) await host.more();
      await kill(host.process);
      for (const line of host.lines.slice(1)) if (/^\d+$/.test(line)) told.add(Number(line));

      const records = await openRecords({ dataDir: dir, defaultName: 'desk' });
      const kept = new Set<number>();
      for (let before: ReturnType<typeof callOf>['id'] | undefined; ;) {
        const page = records.calls.page(query({ limit: 1000, ...(before === undefined ? {} : { before }) }));
        for (const call of page) {
          if (call.status === 'answered') kept.add(call.id);
          else expect(call.status).toBe('interrupted');
        }
        before = page.at(-1)?.id;
        if (page.length === 0) break;
      }
      expect([...told].filter((id) => !kept.has(id))).toEqual([]);
      await records.close();
      const database = new DatabaseSync(file, { readOnly: true });
      expect(database.prepare('PRAGMA integrity_check').get()).toMatchObject({ integrity_check: 'ok' });
      database.close();
    }
    expect(told.size).toBeGreaterThan(1000);
  });
});

describe('a data folder in use', () => {
  it('is refused to a second host, and free again when the first is killed', async () => {
    const first = await start('hold');
    await expect(open()).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('already running'),
    });
    await kill(first.process);
    const records = await open();
    expect(records.calls.total()).toBe(0);
    const second = await start('hold');
    expect(second.lines).toEqual(['failed LOCKED']);
  });

  it('is refused to the same process too, until it is closed', async () => {
    const records = await open();
    await expect(open()).rejects.toMatchObject({ code: 'LOCKED' });
    await records.close();
    await open();
  });

  it('is told as locked where another program holds the database', async () => {
    const made = await open();
    await made.close();
    const other = new DatabaseSync(file);
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    cleanUp.push(() => {
      other.close();
    });
    await expect(open()).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('Another program'),
    });
  });
});

describe('a file that is not ours to open', () => {
  const contents = (): string[] =>
    readdirSync(dir)
      .filter((name) => name.startsWith('gatehouse.db') && !/-(lock|shm)$/.test(name))
      .map((name) => ({ name, bytes: readFileSync(join(dir, name)) }))
      .filter(({ bytes }) => bytes.length > 0)
      .map(({ name, bytes }) => `${name} ${createHash('sha256').update(bytes).digest('hex')}`);
  const refused = async (code: string): Promise<void> => {
    const before = contents();
    await expect(open()).rejects.toMatchObject({
      name: 'RecordsError',
      code,
      message: expect.stringContaining(file),
    });
    expect(contents()).toEqual(before);
    // The lock was given back: the same refusal again, not LOCKED.
    await expect(open()).rejects.toMatchObject({ code });
  };

  it('is refused and untouched when it belongs to another program', async () => {
    const other = new DatabaseSync(file);
    other.exec(`PRAGMA journal_mode = WAL; CREATE TABLE calls (id); INSERT INTO calls VALUES (1)`);
    other.close();
    await refused('FOREIGN');
  });

  it('is refused and untouched when a newer Gatehouse wrote it', async () => {
    await (await open()).close();
    const newer = new DatabaseSync(file);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    await refused('NEWER');
  });

  it('is refused and untouched when it is no database', async () => {
    writeFileSync(file, 'Dear diary, '.repeat(100));
    await refused('CORRUPT');
  });

  it('is refused and untouched when it is damaged inside', async () => {
    const records = await open();
    for (let i = 0; i < 500; i += 1) records.calls.put(callOf(records), { request: `"${'x'.repeat(500)}"` });
    await put(records, callOf(records));
    await records.close();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4096 * 3, 4096 * 40);
    writeFileSync(file, bytes);
    await refused('CORRUPT');
  });

  it('is refused and untouched when it was cut short', async () => {
    const records = await open();
    for (let i = 0; i < 500; i += 1) records.calls.put(callOf(records), { request: `"${'x'.repeat(500)}"` });
    await put(records, callOf(records));
    await records.close();
    truncateSync(file, 8192);
    await refused('CORRUPT');
  });

  it('is refused when the folder cannot be written', async () => {
    writeFileSync(join(dir, 'not-a-folder'), '');
    await expect(open(join(dir, 'not-a-folder', 'sub'))).rejects.toMatchObject({ code: 'DISK' });
  });

  it('is made anew where it is empty', async () => {
    writeFileSync(file, '');
    const records = await open();
    expect(await put(records, callOf(records))).toBeNull();
  });
});

const mayMount = process.platform === 'linux' && process.getuid?.() === 0 && canMount();
function canMount(): boolean {
  const at = mkdtempSync(join(tmpdir(), 'gatehouse-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at], { stdio: 'ignore' });
    execFileSync('umount', [at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
}

describe('a disk that is really full', () => {
  it.skipIf(!mayMount)('is told, and recovered from when there is space again', async () => {
    const small = mkdtempSync(join(tmpdir(), 'gatehouse-small-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', small]);
    cleanUp.push(() => {
      execFileSync('umount', ['-l', small]);
      rmSync(small, { recursive: true, force: true });
    });
    const ballast = join(small, 'ballast');
    writeFileSync(ballast, Buffer.alloc(1024 * 1024));
    const records = await open(small);
    const health: (string | null)[] = [];
    const changed = Promise.withResolvers<void>();
    const recovered = Promise.withResolvers<void>();
    records.onHealth = (problem) => {
      health.push(problem);
      if (problem === null) recovered.resolve();
      else changed.resolve();
    };
    const results: Promise<unknown>[] = [];
    for (let i = 0; i < 100; i += 1) {
      results.push(put(records, callOf(records), { request: `"${'x'.repeat(20_000)}"` }));
    }
    await changed.promise;
    expect(records.calls.healthy()).toBe(false);
    const notes = AgentName.parse('notes');
    expect(() => {
      for (let i = 0; i < 500; i += 1)
        records.pins.put(notes, 'add', { pin: 'y'.repeat(50_000 + i), definition: null, at: null });
    }).toThrow(expect.objectContaining({ code: 'DISK' }));
    const long = 'z'.repeat(1024 * 1024);
    records.facts.set('cardSequence', long);
    rmSync(ballast);
    execFileSync('mount', ['-o', 'remount,size=64m', small]);
    await recovered.promise;
    expect(await Promise.all(results)).toEqual(Array.from({ length: 100 }, () => null));
    expect(health).toEqual([expect.stringContaining('Free some space'), null]);
    expect(records.calls.total()).toBe(100);
    expect(records.calls.healthy()).toBe(true);
    const reader = new DatabaseSync(join(small, 'gatehouse.db'), { readOnly: true });
    expect(reader.prepare('SELECT value FROM facts').get()).toEqual({ value: long });
    reader.close();
  });
});

describe('the write-ahead log', () => {
  it('is emptied by itself while calls go on, and at the end', { timeout: 120_000 }, async () => {
    const records = await open();
    const wal = (): number => readFileSync(`${file}-wal`).length;
    let largest = 0;
    for (let i = 0; i < 400; i += 1) {
      const calls = Array.from({ length: 20 }, () =>
        put(records, callOf(records), { request: `"${'x'.repeat(4000)}"` }),
      );
      await Promise.all(calls);
      if (i % 10 === 0) largest = Math.max(largest, wal());
    }
    expect(largest).toBeGreaterThan(4 * 1024 * 1024);
    await records.close();
    expect(readdirSync(dir).toSorted()).toEqual(['gatehouse.db', 'gatehouse.db-lock']);
    const again = await open();
    expect(again.calls.total()).toBe(8000);
  });
});
