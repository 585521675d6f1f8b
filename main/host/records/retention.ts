import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { OPEN } from './call-writer.ts';
import { pruneChain } from './chain-anchor.ts';
import type { Chain } from './chain.ts';
import { SizeOfCalls } from './size-of-calls.ts';
import type { TakingUp } from './taking-up.ts';

interface RetentionOptions {
  readonly keepDays: () => number;
  /** Null: no end. */
  readonly keepMebibytes: () => number | null;
  readonly now: () => number;
  readonly chain: Chain;
  readonly takingUp: TakingUp;
  /** More is to be written of it. */
  readonly isWaiting: (id: number) => boolean;
  /** While the chain is checked nothing of it is forgotten. */
  readonly mayPrune: () => boolean;
  readonly onDeleted: (calls: number) => void;
  readonly onCommit: () => void;
}

const DAY_MS = 86_400_000;
const MEBIBYTE = 1024 * 1024;
const EVERY_MS = 3_600_000;
/** Where there is an end to the size, it is looked at more often. */
const SIZE_EVERY_MS = 30_000;
/** Soon after the start, but not during it. */
const FIRST_MS = 20_000;
/** Between two batches, so that calls go first. */
const BREATH_MS = 20;
const BATCH = 200;

const Ids = z.array(z.object({ id: z.number(), at: z.number(), status: z.string() }));

/**
 * Deletes calls older than the person wants to keep, or beyond the size, oldest first and a few at a time; what was
 * deleted is an entry of the chain. The newest call always stays, so that ids go on counting up. Freed pages are used
 * again: the file does not shrink.
 */
export class Retention {
  readonly #database: DatabaseSync;
  readonly #options: RetentionOptions;
  readonly #oldest: StatementSync;
  readonly #delete: StatementSync;
  readonly #size: SizeOfCalls;
  readonly #deleteLeft: readonly StatementSync[];
  readonly #deleteTallies: readonly StatementSync[];
  #timer: NodeJS.Timeout | null = null;

  constructor(database: DatabaseSync, options: RetentionOptions) {
    this.#database = database;
    this.#options = options;
    this.#oldest = database.prepare(
      `SELECT CAST(id AS REAL) AS id, at, status FROM calls WHERE id < (SELECT max(id) FROM calls WHERE id < 9e15)
       ORDER BY id LIMIT ${BATCH}`,
    );
    this.#delete = database.prepare('DELETE FROM calls WHERE id = ?');
    this.#size = new SizeOfCalls(database);
    // What belongs to calls goes with the last that it belongs to.
    const before = '(SELECT ifnull(min(id), 0) FROM calls)';
    this.#deleteLeft = [
      `DELETE FROM tickets WHERE call_id < ${before}`,
      `DELETE FROM receipt_calls WHERE call_id < ${before}`,
      `DELETE FROM receipt_trees WHERE last_call < ${before}`,
      `DELETE FROM kinds WHERE end_id <= ${before}`,
    ].map((sql) => database.prepare(sql));
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
      this.#sweepIn(more ? BREATH_MS : this.#options.keepMebibytes() === null ? EVERY_MS : SIZE_EVERY_MS);
    }, ms).unref();
  }

  /** One step of one batch; true where there may be more to do. */
  sweepOnce(): boolean {
    if (this.#options.takingUp.due) return this.#inOne(() => this.#options.takingUp.step());
    const cutoff = this.#options.now() - this.#options.keepDays() * DAY_MS;
    const all = Ids.parse(this.#oldest.all());
    // What is not over stays, and so does what came after it: the chain is to have it once it is.
    const open = all.findIndex(({ id, status }) => OPEN.has(status) || this.#options.isWaiting(id));
    const oldest = open === -1 ? all : all.slice(0, open);
    const aged = oldest.filter(({ at }) => at < cutoff);
    const tooMuch = aged.length === 0 && oldest.length > 0 && this.#isTooMuch();
    const gone = tooMuch ? oldest : aged;
    if (gone.length > 0) return this.#deleteAll(gone, tooMuch ? 'size' : 'age');
    for (const statement of this.#deleteTallies) statement.run(cutoff);
    // Not while it is checked: soon after.
    return !this.#options.mayPrune() || this.#inOne(() => pruneChain(this.#database, this.#options.chain));
  }

  #isTooMuch(): boolean {
    const most = this.#options.keepMebibytes();
    return most !== null && this.#size.isMoreThan(most * MEBIBYTE);
  }

  /** False where it was to free something, and did not: more of the same can wait. */
  #deleteAll(calls: z.infer<typeof Ids>, why: 'age' | 'size'): boolean {
    const before = this.#size.used();
    this.#inOne(() => {
      for (const { id } of calls) this.#delete.run(id);
      for (const statement of this.#deleteLeft) statement.run();
      this.#options.chain.note('deleted', { why, calls: runsOf(calls.map(({ id }) => id)) });
      return true;
    });
    this.#options.onDeleted(calls.length);
    return why === 'age' || this.#size.used() < before;
  }

  #inOne(work: () => boolean): boolean {
    const { chain, onCommit } = this.#options;
    let more: boolean;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      more = work();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      chain.rolledBack();
      throw error;
    }
    chain.committed();
    onCommit();
    return more;
  }
}

/** Ascending ids as runs of consecutive ones: first and last. */
function runsOf(ids: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const id of ids) {
    const last = runs.at(-1);
    if (last?.[1] === id - 1) last[1] = id;
    else runs.push([id, id]);
  }
  return runs;
}
