import { chmodSync, closeSync, existsSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { RecordsError, recordsErrorFrom } from './records-error.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';

const MAGIC = 'SQLite format 3\0';
/** Up to this size the whole file is checked at every start: about 100 ms at most. */
const CHECK_WHOLE_BYTES = 16 * 1024 * 1024;

const Number0 = z.object({ user_version: z.int() });
const Check = z.object({ quick_check: z.string() });

/**
 * Opens, makes or brings up to date the database. A file that is not ours, is newer or is damaged is found out
 * before anything is written to it.
 *
 * @throws {RecordsError} FOREIGN, NEWER, CORRUPT, LOCKED, DISK
 */
export function openDatabase(file: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (!existsSync(file) || statSync(file).size === 0) create(file);
    inspectHeader(file);
    inspectContent(file);
    chmodSync(file, 0o600);
    database = new DatabaseSync(file, { timeout: 250, enableForeignKeyConstraints: true });
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA temp_store = MEMORY;
      PRAGMA trusted_schema = OFF;
    `);
    migrate(database);
    return database;
  } catch (error) {
    database?.close();
    throw recordsErrorFrom(error, file);
  }
}

/** Builds a new database beside its place and moves it there whole, so that a half-made one is never met. */
function create(file: string): void {
  const draft = `${file}-new`;
  for (const left of [draft, `${draft}-journal`, `${file}-wal`, `${file}-shm`]) rmSync(left, { force: true });
  closeSync(openSync(draft, 'wx', 0o600));
  const database = new DatabaseSync(draft);
  try {
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    migrate(database);
  } finally {
    database.close();
  }
  renameSync(draft, file);
}

/** Reads the file header (https://sqlite.org/fileformat.html) without SQLite, which might already write. */
function inspectHeader(file: string): void {
  const header = Buffer.alloc(100);
  const descriptor = openSync(file, 'r');
  let length: number;
  try {
    length = readSync(descriptor, header, 0, 100, 0);
  } finally {
    closeSync(descriptor);
  }
  if (length < 100 || header.toString('latin1', 0, 16) !== MAGIC) {
    throw new RecordsError(
      'CORRUPT',
      `${file} is damaged or no database at all. It was left as it is: move it away or put a copy from a backup in its place, then start again.`,
    );
  }
  if (header.readUInt32BE(68) !== APPLICATION_ID) {
    throw new RecordsError(
      'FOREIGN',
      `${file} is the database of another program. Move it away, or choose another data folder.`,
    );
  }
  checkVersion(header.readUInt32BE(60), file);
}

function inspectContent(file: string): void {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 250 });
  try {
    checkVersion(Number0.parse(database.prepare('PRAGMA user_version').get()).user_version, file);
    if (statSync(file).size > CHECK_WHOLE_BYTES) return;
    const { quick_check: found } = Check.parse(database.prepare('PRAGMA quick_check(1)').get());
    if (found !== 'ok') {
      throw new RecordsError(
        'CORRUPT',
        `The records in ${file} are damaged (${found.slice(0, 200)}). The file was left as it is: move it away or put a copy from a backup in its place, then start again.`,
      );
    }
  } finally {
    database.close();
  }
}

function checkVersion(version: number, file: string): void {
  if (version <= MIGRATIONS.length) return;
  throw new RecordsError(
    'NEWER',
    `The records in ${file} were written by a newer Gatehouse (version ${version} of the records, this one knows ${MIGRATIONS.length}). Update Gatehouse, or choose another data folder.`,
  );
}

function migrate(database: DatabaseSync): void {
  const { user_version: from } = Number0.parse(database.prepare('PRAGMA user_version').get());
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < from) continue;
    database.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
