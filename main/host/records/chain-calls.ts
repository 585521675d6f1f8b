import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { COLUMNS } from './call-rows.ts';
import { fieldsOf, SELECT_FIELDS } from './call-fields.ts';
import { OPEN } from './call-writer.ts';
import { rowDigest, unpackCalls, type CallDigest } from './chain-entry.ts';
import type { ChainFindings } from './chain-findings.ts';
import { IdSet } from './id-set.ts';
import { beginsIn } from './taking-up.ts';

interface Unlike {
  readonly entry: number;
  readonly kind: 'removed' | 'changed' | 'added';
  readonly expected: Uint8Array | null;
}

const ROWS = 256;
/** Unlike rows that are looked at closely. */
const MAX_CLOSE = 100;
/** Runs of deleted calls that are longer are compared with what is known, and not gone through. */
const LONG_RUN = 4096;
const ID = COLUMNS.indexOf('id');
const Rows = z.array(z.tuple([z.number(), z.string()]));
const Odd = z.object({ odd: z.number() });

/** Compares the calls with what the entries say of them. The generators give way to others at each `yield`. */
export class ChainCalls {
  readonly #database: DatabaseSync;
  readonly #findings: ChainFindings;
  readonly #row: StatementSync;
  readonly #within: StatementSync;
  readonly #known = new IdSet();
  /** Calls that are not as their newest entry says. */
  readonly #unlike = new Map<number, Unlike>();
  /** Calls that may end once more, as their newest entry says; and those that are being asked about again. */
  readonly #redeemable = new Set<number>();
  readonly #reopened = new Map<number, number>();
  /** Calls of before the chain, up to this one, are taken up in it; `#taken` is the last that was. */
  #takesUp = 0;
  #taken = 0;
  deleted = 0;

  constructor(database: DatabaseSync, findings: ChainFindings) {
    this.#database = database;
    this.#findings = findings;
    this.#row = database.prepare(`${SELECT_FIELDS} WHERE calls.id = ?`);
    this.#row.setReturnArrays(true);
    this.#within = database.prepare(
      'SELECT CAST(id AS REAL), status FROM calls WHERE id BETWEEN ? AND ? LIMIT 101',
    );
    this.#within.setReturnArrays(true);
  }

  get size(): number {
    return this.#known.size;
  }

  begins(seq: number, body: Uint8Array): void {
    if (seq === 1) this.#takesUp = beginsIn(body);
    else this.#findings.add('added', seq, null, `Entry ${seq} says that the chain begins there.`);
  }

  tookUp(): void {
    this.#takesUp = 0;
  }

  *listed(seq: number, kind: string, body: Uint8Array): Generator<void> {
    const calls = unpackCalls(body);
    if (calls === null)
      this.#findings.add('changed', seq, null, `Entry ${seq} does not list calls as it should.`);
    for (const call of calls ?? []) {
      if (kind === 'reopened') this.#wasReopened(seq, call.id);
      else this.#one(seq, kind, call);
      yield;
    }
  }

  *wereDeleted(entry: number, from: number, to: number): Generator<void> {
    this.deleted += to - from + 1;
    if (to - from < LONG_RUN) {
      for (let id = from; id <= to; id += 1) this.#unlike.delete(id);
    } else {
      for (const id of this.#unlike.keys()) {
        if (id >= from && id <= to) this.#unlike.delete(id);
        yield;
      }
    }
    for (const [id] of Rows.parse(this.#within.all(from, to)))
      this.#unlike.set(id, { entry, kind: 'added', expected: null });
    yield;
  }

  /** Final calls that no entry knows of. */
  *lookForAdded(): Generator<void> {
    const ids = this.#database.prepare(
      `SELECT CAST(id AS REAL), status FROM calls WHERE id > ? AND id <= ${Number.MAX_SAFE_INTEGER} ORDER BY id LIMIT ${ROWS}`,
    );
    ids.setReturnArrays(true);
    for (let after = 0; ;) {
      const rows = Rows.parse(ids.all(after));
      for (const [id, status] of rows) {
        after = id;
        if (OPEN.has(status) || this.#known.has(id) || this.#unlike.has(id)) continue;
        if (id > this.#taken && id <= this.#takesUp) continue;
        this.#unlike.set(id, { entry: 0, kind: 'added', expected: null });
      }
      if (rows.length < ROWS) return;
      yield;
    }
  }

  /** @param why what may be the reason of calls that no entry knows of */
  conclude(why: string): void {
    const odd = this.#database.prepare(
      `SELECT (SELECT count(*) FROM calls WHERE id < 1) + (SELECT count(*) FROM calls WHERE id > ${Number.MAX_SAFE_INTEGER}) AS odd`,
    );
    const count = Odd.parse(odd.get()).odd;
    if (count > 0)
      this.#findings.add('unreadable', null, null, `${count} calls have numbers that no call is given.`);
    for (const [id, entry] of this.#reopened) {
      const row = this.#row.get(id);
      if (row !== undefined && !OPEN.has(fieldsOf(row).status))
        this.#findings.add('changed', entry, id, `Call ${id} is over, though no entry says so.`);
    }
    const swapped = this.#swapped();
    for (const [id, { entry, kind, expected }] of this.#unlike) {
      if (expected === null && this.#row.get(id) === undefined) continue;
      const other = swapped.get(id);
      if (other !== undefined)
        this.#findings.add('reordered', entry, id, `Call ${id} is recorded as call ${other}.`);
      else this.#findings.add(kind, entry === 0 ? null : entry, id, unlikeText(id, entry, kind, why));
    }
  }

  #one(seq: number, kind: string, { id, digest, redeemable }: CallDigest): void {
    const row = this.#row.get(id);
    const isAs = row !== undefined && rowDigest(fieldsOf(row).fields).equals(digest);
    if (kind === 'taken-up') {
      if (id <= this.#taken || id > this.#takesUp)
        this.#findings.add(
          'added',
          seq,
          id,
          `Call ${id} was taken up in entry ${seq}, but was not there before.`,
        );
      this.#taken = Math.max(this.#taken, id);
    }
    if (this.#known.has(id) && !this.#mayEndAgain(kind, id, digest, isAs))
      this.#findings.add('changed', seq, id, `Call ${id} was over before, and is another in entry ${seq}.`);
    this.#known.add(id);
    this.#reopened.delete(id);
    if (redeemable) this.#redeemable.add(id);
    else this.#redeemable.delete(id);
    if (isAs) this.#unlike.delete(id);
    else
      this.#unlike.set(id, { entry: seq, kind: row === undefined ? 'removed' : 'changed', expected: digest });
  }

  /** Only one whose answer could still be had ends twice; what merely says the same again does no harm. */
  #mayEndAgain(kind: string, id: number, digest: Uint8Array, isAs: boolean): boolean {
    if (this.#reopened.has(id) || (kind === 'calls' && this.#redeemable.has(id))) return true;
    const before = this.#unlike.get(id);
    return before === undefined
      ? isAs
      : before.expected !== null && Buffer.compare(before.expected, digest) === 0;
  }

  #wasReopened(seq: number, id: number): void {
    if (!this.#redeemable.has(id))
      this.#findings.add('changed', seq, id, `Call ${id} was over before, and is under way in entry ${seq}.`);
    this.#reopened.set(id, seq);
    if (this.#row.get(id) === undefined)
      this.#unlike.set(id, { entry: seq, kind: 'removed', expected: new Uint8Array() });
    else this.#unlike.delete(id);
  }

  /** Of the first calls that are not as they should be: those that stand in the place of another. */
  #swapped(): Map<number, number> {
    const close = [...this.#unlike].filter(([, { kind }]) => kind === 'changed').slice(0, MAX_CLOSE);
    const found = new Map<number, number>();
    for (const [id] of close) {
      const row = this.#row.get(id);
      if (row === undefined) continue;
      const { fields } = fieldsOf(row);
      for (const [other, { expected }] of close) {
        if (other === id || expected === null) continue;
        if (rowDigest(fields.with(ID, other)).equals(expected)) found.set(other, id);
      }
    }
    return found;
  }
}

function unlikeText(id: number, entry: number, kind: Unlike['kind'], why: string): string {
  if (kind === 'removed') return `Call ${id} is missing.`;
  if (kind === 'changed') return `Call ${id} is not as it was recorded in entry ${entry}.`;
  if (entry > 0) return `Call ${id} is there, though entry ${entry} says that it was deleted.`;
  return `Call ${id} is in no entry: it was added, ${why}.`;
}
