import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { Chain } from './chain.ts';
import type { FactStore } from './index.ts';
import type { Save } from './small-writes.ts';

const Row = z.object({ value: z.string() });
type Key = Parameters<FactStore['get']>[0];

/** `stoppedAt` is the panic switch: each change of it is in the chain. */
export class SqliteFactStore implements FactStore {
  readonly #save: Save;
  readonly #select: StatementSync;
  /** As set last, which may still wait for the disk. */
  readonly #set = new Map<Key, string | null>();
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  readonly #chain: Chain;

  constructor(database: DatabaseSync, save: Save, chain: Chain) {
    this.#save = save;
    this.#chain = chain;
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
    this.#save.surely(`fact ${key}`, () => {
      if (value === null) this.#remove.run(key);
      else this.#put.run(key, value);
      // The panic switch, on and off, belongs to what can be proved.
      if (key === 'stoppedAt') this.#chain.note('panic', { stoppedAt: value });
    });
    this.#set.set(key, value);
  }
}
