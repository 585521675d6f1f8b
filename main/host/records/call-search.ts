import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { CallQuery } from '../../../shared/calls.ts';
import { kindText, UNSAID } from './kind-text.ts';

const SEARCHED = ['tool', 'agent', 'error', 'peer_id'] as const;
/** Ids of one kind that are read at once: few at first, since most of many kinds give none. */
const FIRST_PIECE = 8;
const LARGEST_PIECE = 512;
/** Of kinds that do not say all: calls that are looked at and are not what is asked for, before it is left at that. */
const MOST_MISSED = 5000;

/** So many of the newest calls are looked at one by one, in a few milliseconds. */
const WINDOW = 3000;
/** And so many at most, where they give enough: some tens of milliseconds. */
const MOST_LOOKED_AT = 40_000;

const Ids = z.array(z.tuple([z.number()]));
const Newest = z.tuple([z.number().nullable()]);
/** Its id, one that all its calls are below, and whether it says all. */
const Kind = z.tuple([z.number(), z.number(), z.number().transform((says) => says === 1)]);
const Looked = z.array(z.tuple([z.number(), z.number()]));

const UNSAID_SQL = `char(${UNSAID.codePointAt(0)})`;
const isUnsaid = (name: string): string => `substr(kinds.${name}, -1) = ${UNSAID_SQL}`;
const SAYS_ALL = `NOT (${['tool', 'agent', 'error', 'peer_id', 'rule_id'].map(isUnsaid).join(' OR ')})`;

/** What a query says, in SQL: of kinds, where one that does not say all may match; and of calls. */
interface Match {
  readonly where: string;
  readonly values: readonly string[];
  readonly whereCall: string;
  readonly callValues: readonly string[];
}

/** Calls of one kind, newest first, read in pieces. */
interface Stream {
  readonly kind: number;
  readonly saysAll: boolean;
  /** What is below this was not read yet. */
  below: number;
  ids: number[];
  at: number;
  piece: number;
}

/**
 * Finds the ids of calls, newest first. All that can be asked for is said by a call's kind, so that a search first finds
 * the kinds that match, of which there are few beside the calls; and then takes the newest of theirs, looking only at
 * kinds that can have one. Of kinds that do not say all, so many calls are looked at. Where many calls match, it is quicker to look at the newest of all, which comes first.
 */
export class CallSearch {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #missed = 0;

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
      SELECT CAST(calls.id AS REAL) FROM calls
      WHERE calls.id < ? AND calls.id >= ? AND ${match.whereCall} ORDER BY calls.id DESC LIMIT ?`);
    const newest = this.#prepared('SELECT CAST(max(id) AS REAL) FROM calls WHERE id < ?').get(before);
    const top = Newest.parse(newest)[0];
    const found: number[] = [];
    if (top === null) return { found, below: 0 };
    let below = top + 1;
    for (let looked = 0; below > 0 && found.length < limit; looked += WINDOW) {
      // As many again as were needed for what was found so far must suffice.
      if (looked > 0 && looked * limit > found.length * MOST_LOOKED_AT) break;
      const rows = statement.all(below, below - WINDOW, ...match.callValues, limit - found.length);
      for (const [id] of Ids.parse(rows)) found.push(id);
      below -= WINDOW;
    }
    return { found, below };
  }

  /** Takes the newest of all kinds that match, below an id, until there are enough. */
  #merge(match: Match, before: number, limit: number, found: number[]): void {
    const kinds = this.#prepared(`
      SELECT CAST(id AS REAL), CAST(end_id AS REAL), ${SAYS_ALL} FROM kinds WHERE ${match.where} AND first_id < ? ORDER BY +end_id DESC`);
    const matches: Iterator<unknown> = kinds.iterate(...match.values, before);
    const nextMatch = (): z.infer<typeof Kind> | null => {
      const next = matches.next();
      return next.done === true ? null : Kind.parse(next.value);
    };
    const streams: Stream[] = [];
    this.#missed = 0;
    let next = nextMatch();
    while (found.length < limit) {
      // A kind is looked at once it may have something newer than all that is known.
      while (next !== null) {
        const newest = streams[0];
        if (newest !== undefined && idOf(newest) >= next[1] - 1) break;
        const [kind, , saysAll] = next;
        const stream: Stream = { kind, saysAll, below: before, ids: [], at: 0, piece: FIRST_PIECE };
        if (this.#fill(stream, match)) insert(streams, stream);
        next = nextMatch();
      }
      const stream = streams[0];
      if (stream === undefined) break;
      const id = idOf(stream);
      found.push(id);
      stream.at += 1;
      if (stream.at < stream.ids.length || this.#fill(stream, match)) sinkFirst(streams);
      else removeFirst(streams);
    }
    matches.return?.();
  }

  /** The next ids of a kind. False: there are none. */
  #fill(stream: Stream, match: Match): boolean {
    stream.at = 0;
    do {
      stream.ids = stream.saysAll ? this.#next(stream) : this.#look(stream, match);
      stream.piece = Math.min(stream.piece * 4, LARGEST_PIECE);
    } while (stream.ids.length === 0 && stream.below > 0);
    return stream.ids.length > 0;
  }

  #next(stream: Stream): number[] {
    const statement = this.#prepared(
      'SELECT CAST(id AS REAL) FROM calls WHERE kind_id = ? AND id < ? ORDER BY id DESC LIMIT ?',
    );
    const ids = Ids.parse(statement.all(stream.kind, stream.below, stream.piece)).map(([id]) => id);
    stream.below = ids.at(-1) ?? 0;
    return ids;
  }

  #look(stream: Stream, match: Match): number[] {
    const statement = this.#prepared(`
      SELECT CAST(id AS REAL), ifnull(${match.whereCall}, 0) FROM calls WHERE kind_id = ? AND id < ?
      ORDER BY id DESC LIMIT ?`);
    const left = Math.min(stream.piece, MOST_MISSED - this.#missed);
    const looked =
      left > 0 ? Looked.parse(statement.all(...match.callValues, stream.kind, stream.below, left)) : [];
    const ids = looked.flatMap(([id, fits]) => (fits === 1 ? [id] : []));
    this.#missed += looked.length - ids.length;
    stream.below = looked.at(-1)?.[0] ?? 0;
    return ids;
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
  const whereCall: string[] = [];
  const callValues: string[] = [];
  const match = (name: string, value: string | undefined): void => {
    if (value === undefined) return;
    where.push(`kinds.${name} IN (?, ?, ${UNSAID_SQL})`);
    // Kinds from before they were cut have the whole.
    values.push(value, kindText(value));
    whereCall.push(`calls.${name} = ?`);
    callValues.push(value);
  };
  match('peer_id', query.peerId);
  match('tool', query.tool);
  match('agent', query.agent);
  match('status', query.status);
  match('direction', query.direction);
  match('rule_id', query.ruleId);
  if (query.text !== undefined && query.text !== '') {
    const pattern = `%${query.text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    const like = (table: string): string[] => SEARCHED.map((name) => `${table}.${name} LIKE ? ESCAPE '\\'`);
    where.push(`(${[...like('kinds'), ...SEARCHED.map(isUnsaid)].join(' OR ')})`);
    whereCall.push(`(${like('calls').join(' OR ')})`);
    for (const _ of SEARCHED) {
      values.push(pattern);
      callValues.push(pattern);
    }
  }
  if (where.length === 0) return null;
  return { where: where.join(' AND '), values, whereCall: whereCall.join(' AND '), callValues };
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
