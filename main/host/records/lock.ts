import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { RecordsError, recordsErrorFrom, sqliteCode } from './records-error.ts';

/**
 * Makes sure that one host at a time uses a database: holds SQLite's exclusive lock on an empty file beside it.
 * The operating system drops the lock with the process, so a killed host leaves none behind. Returns the release.
 *
 * @throws {RecordsError} LOCKED where another host holds it, DISK
 */
export function lockFor(file: string): () => void {
  const path = `${file}-lock`;
  let lock: DatabaseSync | undefined;
  try {
    closeSync(openSync(path, 'a', 0o600));
    lock = new DatabaseSync(path, { timeout: 0 });
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    const held = lock;
    return () => {
      held.close();
    };
  } catch (error) {
    lock?.close();
    if (sqliteCode(error) === 5) {
      throw new RecordsError(
        'LOCKED',
        `Another Gatehouse is already running with the records in ${file}. Use that one, or choose another data folder.`,
        { cause: error },
      );
    }
    throw recordsErrorFrom(error, path);
  }
}
