import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { OPEN } from './call-writer.ts';
import { SELECT_FIELDS, fieldsOf } from './call-fields.ts';
import { rowDigest, type CallDigest } from './chain-entry.ts';
import type { Chain } from './chain.ts';

export const TAKES_UP = 'chainTakesUp';
const BATCH = 500;

const Fact = z.object({ value: z.string().regex(/^\d{1,16} \d{1,16}$/) });

/** Takes calls from before there was a chain up in it, a few at a time. Which are still to come is a fact: two ids. */
export class TakingUp {
  readonly #database: DatabaseSync;
  readonly #chain: Chain;
  #span: { readonly after: number; readonly until: number } | null;
  #select: StatementSync | null = null;

  constructor(database: DatabaseSync, chain: Chain) {
    this.#database = database;
    this.#chain = chain;
    this.#span = spanToTakeUp(database);
  }

  get due(): boolean {
    return this.#span !== null;
  }

  /** Inside a transaction; true where more is to come. */
  step(): boolean {
    const span = this.#span;
    if (span === null) return false;
    this.#select ??= this.#database.prepare(
      `${SELECT_FIELDS} WHERE calls.id > ? AND calls.id <= ? ORDER BY calls.id LIMIT ${BATCH}`,
    );
    this.#select.setReturnArrays(true);
    const calls: CallDigest[] = [];
    let last = span.until;
    const rows = this.#select.all(span.after, span.until);
    for (const row of rows) {
      const { id, status, fields } = fieldsOf(row);
      last = id;
      if (!OPEN.has(status)) calls.push({ id, digest: rowDigest(fields) });
    }
    this.#chain.noteCalls('taken-up', calls);
    const next = rows.length === BATCH ? { after: last, until: span.until } : null;
    if (next === null) this.#database.prepare('DELETE FROM facts WHERE key = ?').run(TAKES_UP);
    else
      this.#database
        .prepare('INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)')
        .run(TAKES_UP, `${next.after} ${next.until}`);
    this.#span = next;
    return next !== null;
  }
}

/** Calls after the one id, up to the other, are not in the chain yet. */
export function spanToTakeUp(database: DatabaseSync): { after: number; until: number } | null {
  const fact = Fact.safeParse(database.prepare('SELECT value FROM facts WHERE key = ?').get(TAKES_UP)).data;
  if (fact === undefined) return null;
  const [after = 0, until = 0] = fact.value.split(' ').map(Number);
  return { after, until };
}
