import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { ChainCheck } from '../../../shared/receipts.ts';
import { verifyChain } from './chain-verifier.ts';
import { RecordsError, recordsErrorFrom } from './records-error.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';

export interface RecordsSummary {
  readonly file: string;
  /** Of the database, without pages that are free. */
  readonly bytes: number;
  readonly calls: number;
  /** When the oldest call was made, in milliseconds since 1970. */
  readonly oldestAt: number | null;
  readonly entries: number;
  readonly signedUntil: number | null;
  /** Who signed the chain last. */
  readonly signer: string | null;
}

const Header = z.object({ version: z.int(), application: z.int() });
const Summary = z.object({
  bytes: z.number(),
  calls: z.number(),
  oldestAt: z.number().nullable(),
  entries: z.number(),
  signedUntil: z.number().nullable(),
  signer: z.string().nullable(),
});

/** Records that are only read: of a host that runs, of one that does not, or a copy. Nothing is written to the file. */
export class ReadRecords implements Disposable {
  readonly #file: string;
  readonly #database: DatabaseSync;

  /** @throws {RecordsError} FOREIGN, NEWER, CORRUPT, DISK */
  constructor(file: string) {
    this.#file = file;
    if (!existsSync(file))
      throw new RecordsError(
        'DISK',
        `There are no records at ${file}. Name the data folder with --data, or the file.`,
      );
    this.#database = openedForReading(file);
    try {
      this.#check();
    } catch (error) {
      this.#database.close();
      throw recordsErrorFrom(error, file);
    }
  }

  /** @param signer peer id of who should have signed; null: whoever did */
  async verify(signer: string | null, signal?: AbortSignal): Promise<ChainCheck> {
    try {
      return await verifyChain(this.#database, { signer, newest: null, now: Date.now }, signal);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw recordsErrorFrom(error, this.#file);
    }
  }

  summary(): RecordsSummary {
    const row = this.#database
      .prepare(
        `SELECT (SELECT CAST((page_count - freelist_count) * page_size AS REAL)
            FROM pragma_page_count, pragma_freelist_count, pragma_page_size) AS bytes,
          (SELECT count(*) FROM calls) AS calls,
          (SELECT at FROM calls ORDER BY id LIMIT 1) AS oldestAt,
          (SELECT count(*) FROM chain) AS entries,
          (SELECT at FROM chain_heads ORDER BY seq DESC LIMIT 1) AS signedUntil,
          (SELECT signer FROM chain_heads ORDER BY seq DESC LIMIT 1) AS signer`,
      )
      .get();
    return { file: this.#file, ...Summary.parse(row) };
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #check(): void {
    const { version, application } = Header.parse(
      this.#database
        .prepare(
          'SELECT user_version AS version, application_id AS application FROM pragma_user_version, pragma_application_id',
        )
        .get(),
    );
    if (application !== APPLICATION_ID)
      throw new RecordsError('FOREIGN', `${this.#file} is the database of another program.`);
    if (version > MIGRATIONS.length)
      throw new RecordsError(
        'NEWER',
        `${this.#file} was written by a newer Gatehouse. Check it with that one.`,
      );
    if (version < MIGRATIONS.length)
      throw new RecordsError(
        'DISK',
        `${this.#file} was written by an older Gatehouse, which kept no chain. Start this one once with it.`,
      );
  }
}

/** One that cannot be written beside, such as a copy on a read-only disk, is read as it lies there. */
function openedForReading(file: string): DatabaseSync {
  let plain: DatabaseSync | undefined;
  try {
    plain = new DatabaseSync(file, { readOnly: true, timeout: 2000 });
    plain.prepare('SELECT count(*) FROM sqlite_schema').get();
    return plain;
  } catch (error) {
    plain?.close();
    // What is in the log only would be left out, and would look as if it had been cut off.
    if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0)
      throw recordsErrorFrom(error, file);
    try {
      const url = pathToFileURL(file);
      url.searchParams.set('immutable', '1');
      return new DatabaseSync(url, { readOnly: true });
    } catch {
      throw recordsErrorFrom(error, file);
    }
  }
}
