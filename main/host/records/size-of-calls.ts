import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';

/** What may grow large, and stays when calls are deleted. The chain is pruned by itself, once calls are long gone. */
const STAYS = [
  'tallies',
  'outgoing_tallies',
  'chain',
  'chain_heads',
  'rule_versions',
  'rules',
  'usage',
  'pins',
];
/** Measuring that reads all its pages, so that it is done at most this often. */
const MEASURED_MS = 60_000;

const Size = z.object({ bytes: z.number().nullable() });
const Built = z.object({ built: z.number() });

/**
 * How much of the file deleting calls can free: calls, their bodies and receipts. What else fills it must not cost the
 * person all calls. Freed pages are used again and do not count.
 */
export class SizeOfCalls {
  readonly #used: StatementSync;
  /** Null where this SQLite was built without; then all counts. */
  readonly #ofTable: StatementSync | null;
  #stays = 0;
  #measuredAt = -Infinity;

  constructor(database: DatabaseSync) {
    this.#used = database.prepare(`
      SELECT CAST((page_count - freelist_count) * page_size AS REAL) AS bytes
      FROM pragma_page_count, pragma_freelist_count, pragma_page_size`);
    const { built } = Built.parse(
      database.prepare(`SELECT sqlite_compileoption_used('ENABLE_DBSTAT_VTAB') AS built`).get(),
    );
    this.#ofTable =
      built === 0
        ? null
        : database.prepare(
            'SELECT CAST(sum(pgsize) AS REAL) AS bytes FROM dbstat WHERE aggregate = TRUE AND name = ?',
          );
  }

  /** Of the whole file, as far as it is used, in bytes. */
  used(): number {
    return Size.parse(this.#used.get()).bytes ?? 0;
  }

  isMoreThan(bytes: number): boolean {
    const used = this.used();
    if (used <= bytes) return false;
    if (performance.now() > this.#measuredAt + MEASURED_MS) {
      this.#stays = STAYS.reduce((sum, name) => sum + this.#sizeOf(name), 0);
      this.#measuredAt = performance.now();
    }
    return used - this.#stays > bytes;
  }

  #sizeOf(table: string): number {
    return this.#ofTable === null ? 0 : (Size.parse(this.#ofTable.get(table)).bytes ?? 0);
  }
}
