import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { FactStore } from './index.ts';
import type { Save } from './open-records.ts';

const Row = z.object({ value: z.string() });
type Key = Parameters<FactStore['get']>[0];

export class SqliteFactStore implements FactStore {
  readonly #save: Save;
  readonly #select: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync, save: Save) {
    this.#save = save;
    this.#select = database.prepare('SELECT value FROM facts WHERE key = ?');
    this.#put = database.prepare('INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)');
    this.#remove = database.prepare('DELETE FROM facts WHERE key = ?');
  }

  get(key: Key): string | null {
    const row = this.#select.get(key);
    return row === undefined ? null : Row.parse(row).value;
  }

  set(key: Key, value: string | null): void {
    this.#save(() => (value === null ? this.#remove.run(key) : this.#put.run(key, value)));
  }
}
