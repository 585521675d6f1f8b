import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { UsageOf, UsageStore } from '../gate/index.ts';
import { isWorthAnotherTry, type Save } from './small-writes.ts';

const DAY_MS = 86_400_000;
/** Kept somewhat longer than it counts. */
const KEPT_MS = DAY_MS + 3_600_000;
const FORGET_EVERY_MS = 600_000;

const Row = z.object({
  subject: z.string(),
  at: z.number(),
  calls: z.number().nonnegative(),
  bytes: z.number().nonnegative(),
  seconds: z.number().nonnegative(),
});
const keyOf = ({ subject, at }: UsageOf): string => `${at} ${subject}`;

/** What was used of limits and budgets. What the disk refuses waits here, added up, and is written with the next. */
export class SqliteUsageStore implements UsageStore {
  readonly #save: Save;
  readonly #now: () => number;
  readonly #all: StatementSync;
  readonly #add: StatementSync;
  readonly #forget: StatementSync;
  #waiting = new Map<string, UsageOf>();
  #forgetAt = 0;

  constructor(database: DatabaseSync, save: Save, now: () => number) {
    this.#save = save;
    this.#now = now;
    this.#all = database.prepare('SELECT * FROM usage WHERE at > ? ORDER BY at');
    this.#add = database.prepare(`
      INSERT INTO usage (subject, at, calls, bytes, seconds) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, bytes = bytes + excluded.bytes,
        seconds = seconds + excluded.seconds`);
    this.#forget = database.prepare('DELETE FROM usage WHERE at < ?');
  }

  list(): UsageOf[] {
    const rows = this.#all.all(this.#now() - KEPT_MS);
    return rows.flatMap((row) => Row.safeParse({ ...row }).data ?? []);
  }

  /** @throws {RecordsError} where it will never be written as it is; nothing of it is kept here then */
  add(usage: readonly UsageOf[]): void {
    const before = new Map(this.#waiting);
    for (const one of usage) {
      const known = this.#waiting.get(keyOf(one));
      this.#waiting.set(keyOf(one), known === undefined ? one : sumOf(known, one));
    }
    try {
      this.flush();
    } catch (error) {
      // Whoever is told of this keeps it, and brings it again: it must not be counted twice.
      this.#waiting = before;
      throw error;
    }
  }

  /** Tries to write what waits. */
  flush(): void {
    if (this.#waiting.size === 0) return;
    const now = this.#now();
    const newest = Math.max(now, ...this.#waiting.values().map(({ at }) => at));
    try {
      this.#save.now(() => {
        for (const { subject, at, calls, bytes, seconds } of this.#waiting.values())
          this.#add.run(subject, at, calls, bytes, seconds);
        if (now >= this.#forgetAt) this.#forget.run(newest - KEPT_MS);
      });
    } catch (error) {
      if (isWorthAnotherTry(error)) return;
      throw error;
    }
    this.#waiting.clear();
    if (now >= this.#forgetAt) this.#forgetAt = now + FORGET_EVERY_MS;
  }
}

const sumOf = (a: UsageOf, b: UsageOf): UsageOf => ({
  ...a,
  calls: a.calls + b.calls,
  bytes: a.bytes + b.bytes,
  seconds: a.seconds + b.seconds,
});
