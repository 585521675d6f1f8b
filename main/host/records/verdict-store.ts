import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { VerdictChange } from '../../../shared/reachability.ts';
import type { VerdictStore } from './index.ts';
import type { Save } from './small-writes.ts';

const KEPT = 1000;

/** The history of reachability. An entry that can no longer be read is left out. */
export class SqliteVerdictStore implements VerdictStore {
  readonly #save: Save;
  readonly #newest: StatementSync;
  readonly #insert: StatementSync;
  readonly #forget: StatementSync;
  #added = 0;

  constructor(database: DatabaseSync, save: Save) {
    this.#save = save;
    this.#newest = database.prepare('SELECT at, verdict, why FROM verdicts ORDER BY rowid DESC LIMIT ?');
    this.#insert = database.prepare('INSERT INTO verdicts (at, verdict, why) VALUES (?, ?, ?)');
    this.#forget = database.prepare(
      'DELETE FROM verdicts WHERE rowid <= (SELECT max(rowid) FROM verdicts) - ?',
    );
  }

  add({ at, verdict, why }: VerdictChange): void {
    this.#added += 1;
    this.#save.surely(`verdict ${this.#added}`, () => {
      this.#insert.run(at, verdict, why);
      this.#forget.run(KEPT);
    });
  }

  list(limit: number): VerdictChange[] {
    return this.#newest.all(limit).flatMap((row) => {
      const parsed = VerdictChange.safeParse({ ...row });
      return parsed.success ? [parsed.data] : [];
    });
  }
}
