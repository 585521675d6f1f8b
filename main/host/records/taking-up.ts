import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { OPEN } from './call-writer.ts';
import { SELECT_FIELDS, fieldsOf } from './call-fields.ts';
import { rowDigest, unpackCalls, type CallDigest } from './chain-entry.ts';
import type { Chain } from './chain.ts';
import { jsonOf } from './json-column.ts';

/** Set by the migration to a version with a chain; gone once all is taken up. What counts is the chain's first entry. */
export const TAKES_UP = 'chainTakesUp';
const BATCH = 500;

const Begins = jsonOf(z.object({ takesUp: z.int().nonnegative() }));
const Row = z.object({ body: z.instanceof(Uint8Array) });

/** Calls up to this one were there before the chain, as its first entry says. */
export const beginsIn = (body: Uint8Array): number =>
  Begins.safeParse(Buffer.from(body).toString()).data?.takesUp ?? 0;

/** Takes calls from before there was a chain up in it, a few at a time. */
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
      if (!OPEN.has(status)) calls.push({ id, digest: rowDigest(fields), redeemable: false });
    }
    this.#chain.noteCalls('taken-up', calls);
    const next = rows.length === BATCH ? { after: last, until: span.until } : null;
    if (next === null) {
      this.#chain.note('took-up', { until: span.until });
      this.#database.prepare('DELETE FROM facts WHERE key = ?').run(TAKES_UP);
    }
    this.#span = next;
    return next !== null;
  }
}

/** Calls after the one id, up to the other, are not in the chain yet: as the chain itself says, and nothing else. */
function spanToTakeUp(database: DatabaseSync): { after: number; until: number } | null {
  const fact = database.prepare('SELECT 1 FROM facts WHERE key = ?').get(TAKES_UP);
  if (fact === undefined) return null;
  const first = Row.safeParse(
    database.prepare(`SELECT body FROM chain WHERE seq = 1 AND kind = 'begins'`).get(),
  ).data;
  const until = first === undefined ? 0 : beginsIn(first.body);
  const newest = (kind: string): Uint8Array | undefined =>
    Row.safeParse(
      database
        .prepare(`SELECT body FROM chain WHERE kind <> 'calls' AND kind = ? ORDER BY seq DESC LIMIT 1`)
        .get(kind),
    ).data?.body;
  if (until === 0 || newest('took-up') !== undefined) return null;
  const taken = newest('taken-up');
  const after = taken === undefined ? 0 : (unpackCalls(taken)?.at(-1)?.id ?? 0);
  return after >= until ? null : { after, until };
}
