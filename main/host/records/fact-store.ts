import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { FactStore } from './index.ts';
import type { Save } from './small-writes.ts';

const Row = z.object({ value: z.string() });
type Key = Parameters<FactStore['get']>[0];

export class SqliteFactStore implements FactStore {
  readonly #save: Save;
  readonly #select: StatementSync;
  /** As set last, which may still wait for the disk. */
  readonly #set = new Map<Key, string | null>();
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync, save: Save) {
    this.#save = save;
    this.#select = database.prepare('SELECT value FROM facts WHERE key = ?');
    this.#put = database.prepare('INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)');
    this.#remove = database.prepare('DELETE FROM facts WHERE key = ?');
  }

  get(key: Key): string | null {
    const set = this.#set.get(key);
    if (set !== undefined) return set;
    const row = this.#select.get(key);
    return row === undefined ? null : Row.parse(row).value;
  }

  set(key: Key, value: string | null): void {
    this.#save.surely(`fact ${key}`, () =>
      value === null ? this.#remove.run(key) : this.#put.run(key, value),
    );
    this.#set.set(key, value);
  }
}
