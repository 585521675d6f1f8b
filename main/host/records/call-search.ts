import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { CallQuery } from '../../../shared/calls.ts';

const SEARCHED = ['tool', 'agent', 'error', 'peer_id'] as const;
/** Ids of one kind that are read at once: few at first, since most of many kinds give none. */
const FIRST_PIECE = 8;
const LARGEST_PIECE = 512;

/** So many of the newest calls are looked at one by one, in a few milliseconds. */
const WINDOW = 3000;
/** And so many at most, where they give enough: some tens of milliseconds. */
const MOST_LOOKED_AT = 40_000;

const Ids = z.array(z.tuple([z.number()]));
const Newest = z.tuple([z.number().nullable()]);
/** Its id, and one that all its calls are below. */
const Kind = z.tuple([z.number(), z.number()]);

/** What a query says of kinds, in SQL. */
interface Match {
  readonly where: string;
  readonly values: readonly string[];
}

/** Calls of one kind, newest first, read in pieces. */
interface Stream {
  readonly kind: number;
  ids: number[];
  at: number;
  piece: number;
}

/**
 * Finds the ids of calls, newest first. All that can be asked for is said by a call's kind, so that a search first finds
 * the kinds that match, of which there are few beside the calls; and then takes the newest of theirs, looking only at
 * kinds that can have one. Where many calls match, it is quicker to look at the newest of all, which comes first.
 */
export class CallSearch {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  ids(query: CallQuery): number[] {
    const before = query.before ?? Number.MAX_SAFE_INTEGER;
    const match = matching(query);
    if (match === null) {
      const newest = this.#prepared(
        'SELECT CAST(id AS REAL) FROM calls WHERE id < ? ORDER BY id DESC LIMIT ?',
      );
      return Ids.parse(newest.all(before, query.limit)).map(([id]) => id);
    }
    const { found, below } = this.#among(match, before, query.limit);
    if (found.length < query.limit && below > 0) this.#merge(match, below, query.limit, found);
    return found;
  }

  /** Looks at the newest calls one by one, as long as that soon finds enough: most questions are about many calls. */
  #among(match: Match, before: number, limit: number): { found: number[]; below: number } {
    const statement = this.#prepared(`
      SELECT CAST(calls.id AS REAL) FROM calls CROSS JOIN kinds ON kinds.id = kind_id
      WHERE calls.id < ? AND calls.id >= ? AND ${match.where} ORDER BY calls.id DESC LIMIT ?`);
    const newest = this.#prepared('SELECT CAST(max(id) AS REAL) FROM calls WHERE id < ?').get(before);
    const top = Newest.parse(newest)[0];
    const found: number[] = [];
    if (top === null) return { found, below: 0 };
    let below = top + 1;
    for (let looked = 0; below > 0 && found.length < limit; looked += WINDOW) {
      // As many again as were needed for what was found so far must suffice.
      if (looked > 0 && looked * limit > found.length * MOST_LOOKED_AT) break;
      const rows = statement.all(below, below - WINDOW, ...match.values, limit - found.length);
      for (const [id] of Ids.parse(rows)) found.push(id);
      below -= WINDOW;
    }
    return { found, below };
  }

  /** Takes the newest of all kinds that match, below an id, until there are enough. */
  #merge(match: Match, before: number, limit: number, found: number[]): void {
    const kinds = this.#prepared(`
      SELECT CAST(id AS REAL), CAST(end_id AS REAL) FROM kinds WHERE ${match.where} AND first_id < ? ORDER BY +end_id DESC`);
    const matches: Iterator<unknown> = kinds.iterate(...match.values, before);
    const nextMatch = (): z.infer<typeof Kind> | null => {
      const next = matches.next();
      return next.done === true ? null : Kind.parse(next.value);
    };
    const streams: Stream[] = [];
    let next = nextMatch();
    while (found.length < limit) {
      // A kind is looked at once it may have something newer than all that is known.
      while (next !== null) {
        const newest = streams[0];
        if (newest !== undefined && idOf(newest) >= next[1] - 1) break;
        const stream: Stream = { kind: next[0], ids: [], at: 0, piece: FIRST_PIECE };
        if (this.#fill(stream, before)) insert(streams, stream);
        next = nextMatch();
      }
      const stream = streams[0];
      if (stream === undefined) break;
      const id = idOf(stream);
      found.push(id);
      stream.at += 1;
      if (stream.at < stream.ids.length || this.#fill(stream, id)) sinkFirst(streams);
      else removeFirst(streams);
    }
    matches.return?.();
  }

  /** The next ids of a kind, below one. False: there are none. */
  #fill(stream: Stream, below: number): boolean {
    const statement = this.#prepared(
      'SELECT CAST(id AS REAL) FROM calls WHERE kind_id = ? AND id < ? ORDER BY id DESC LIMIT ?',
    );
    stream.ids = Ids.parse(statement.all(stream.kind, below, stream.piece)).map(([id]) => id);
    stream.at = 0;
    stream.piece = Math.min(stream.piece * 4, LARGEST_PIECE);
    return stream.ids.length > 0;
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

const idOf = (stream: Stream): number => stream.ids[stream.at] ?? -1;

/** Null: all calls are asked for. */
function matching(query: CallQuery): Match | null {
  const where: string[] = [];
  const values: string[] = [];
  const match = (condition: string, value: string | undefined): void => {
    if (value === undefined) return;
    where.push(condition);
    values.push(value);
  };
  match('kinds.peer_id = ?', query.peerId);
  match('kinds.tool = ?', query.tool);
  match('kinds.agent = ?', query.agent);
  match('kinds.status = ?', query.status);
  match('kinds.direction = ?', query.direction);
  match('kinds.rule_id = ?', query.ruleId);
  if (query.text !== undefined && query.text !== '') {
    const pattern = `%${query.text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    where.push(`(${SEARCHED.map((name) => `kinds.${name} LIKE ? ESCAPE '\\'`).join(' OR ')})`);
    for (const _ of SEARCHED) values.push(pattern);
  }
  return where.length === 0 ? null : { where: where.join(' AND '), values };
}

/** The streams are a binary heap: the one with the newest call is the first. */
function insert(heap: Stream[], stream: Stream): void {
  heap.push(stream);
  for (let at = heap.length - 1; at > 0;) {
    const parent = (at - 1) >> 1;
    if (!swapIfNewer(heap, at, parent)) return;
    at = parent;
  }
}

function removeFirst(heap: Stream[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  sinkFirst(heap);
}

function sinkFirst(heap: Stream[]): void {
  for (let at = 0; ;) {
    const left = 2 * at + 1;
    const right = left + 1;
    const [a, b] = [heap[left], heap[right]];
    if (a === undefined) return;
    const child = b !== undefined && idOf(b) > idOf(a) ? right : left;
    if (!swapIfNewer(heap, child, at)) return;
    at = child;
  }
}

/** Swaps the two where the first is newer. */
function swapIfNewer(heap: Stream[], newer: number, older: number): boolean {
  const [a, b] = [heap[newer], heap[older]];
  if (a === undefined || b === undefined || idOf(a) <= idOf(b)) return false;
  [heap[newer], heap[older]] = [b, a];
  return true;
}
