import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';

interface RetentionOptions {
  readonly keepDays: () => number;
  readonly now: () => number;
  readonly onDeleted: (calls: number) => void;
}

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
/** Soon after the start, but not during it. */
const FIRST_MS = 20_000;
/** Between two batches, so that calls go first. */
const BREATH_MS = 20;
const BATCH = 200;

const Id = z.object({ id: z.int(), at: z.number() });

/**
 * Deletes calls older than the person wants to keep, oldest first and a few at a time. It stops at the first batch
 * with nothing to delete; the newest call always stays, so that ids go on counting up.
 */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #oldest: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteTallies: readonly StatementSync[];
  #timer: NodeJS.Timeout | null = null;

  constructor(database: DatabaseSync, options: RetentionOptions) {
    this.#options = options;
    this.#oldest = database.prepare(
      `SELECT id, at FROM calls WHERE id < (SELECT max(id) FROM calls) ORDER BY id LIMIT ${BATCH}`,
    );
    this.#delete = database.prepare('DELETE FROM calls WHERE id <= ? AND at < ?');
    this.#deleteTallies = ['tallies', 'outgoing_tallies'].map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE last_at < ?`),
    );
  }

  start(): void {
    this.#sweepIn(FIRST_MS);
  }

  /** After the setting has changed. */
  soon(): void {
    this.#sweepIn(BREATH_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #sweepIn(ms: number): void {
    this.stop();
    this.#timer = setTimeout(() => {
      let more = false;
      try {
        more = this.sweepOnce();
      } catch {
        // A full or busy disk: the next sweep tries again, and the writer reports the disk.
      }
      this.#sweepIn(more ? BREATH_MS : EVERY_MS);
    }, ms).unref();
  }

  /** Deletes one batch; true where there may be more to delete. */
  sweepOnce(): boolean {
    const cutoff = this.#options.now() - this.#options.keepDays() * DAY_MS;
    const oldest = z.array(Id).parse(this.#oldest.all());
    const last = oldest.at(-1);
    if (last === undefined || oldest.every(({ at }) => at >= cutoff)) {
      for (const statement of this.#deleteTallies) statement.run(cutoff);
      return false;
    }
    const { changes } = this.#delete.run(last.id, cutoff);
    this.#options.onDeleted(Number(changes));
    return true;
  }
}
