import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { CallQuery } from '../../../shared/calls.ts';

const SEARCHED = ['tool', 'agent', 'error', 'peer_id'] as const;
/** Ids of one kind that are read at once: few at first, since most of many kinds give none. */
const FIRST_PIECE = 8;
const LARGEST_PIECE = 512;

const Ids = z.array(z.tuple([z.number()]));
const Matches = z.array(z.tuple([z.number(), z.number()]));

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
 * kinds that can have one.
 */
export class CallSearch {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  ids(query: CallQuery): number[] {
    const before = query.before ?? Number.MAX_SAFE_INTEGER;
    const matches = this.#kinds(query, before);
    if (matches === null) {
      const newest = this.#prepared('SELECT CAST(id AS REAL) FROM calls WHERE id < ? ORDER BY id DESC LIMIT ?');
      return Ids.parse(newest.all(before, query.limit)).map(([id]) => id);
    }
    const found: number[] = [];
    const streams: Stream[] = [];
    let next = 0;
    while (found.length < query.limit) {
      // A kind is looked at once it may have something newer than all that is known.
      for (let match = matches[next]; match !== undefined; match = matches[next]) {
        const [kind, end] = match;
        const newest = streams[0];
        if (newest !== undefined && idOf(newest) >= end - 1) break;
        next += 1;
        const stream: Stream = { kind, ids: [], at: 0, piece: matches.length === 1 ? query.limit : FIRST_PIECE };
        if (this.#fill(stream, before)) insert(streams, stream);
      }
      const stream = streams[0];
      if (stream === undefined) break;
      const id = idOf(stream);
      found.push(id);
      stream.at += 1;
      if (stream.at < stream.ids.length || this.#fill(stream, id)) sinkFirst(streams);
      else removeFirst(streams);
    }
    return found;
  }

  /** Kinds that match, those with the newest calls first: id, and an id that all its calls are below. Null: all do. */
  #kinds(query: CallQuery, before: number): z.infer<typeof Matches> | null {
    const where: string[] = [];
    const values: (string | number)[] = [];
    const match = (condition: string, value: string | undefined): void => {
      if (value === undefined) return;
      where.push(condition);
      values.push(value);
    };
    match('peer_id = ?', query.peerId);
    match('tool = ?', query.tool);
    match('agent = ?', query.agent);
    match('status = ?', query.status);
    match('direction = ?', query.direction);
    match('rule_id = ?', query.ruleId);
    if (query.text !== undefined && query.text !== '') {
      const pattern = `%${query.text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
      where.push(`(${SEARCHED.map((name) => `${name} LIKE ? ESCAPE '\\'`).join(' OR ')})`);
      for (const _ of SEARCHED) values.push(pattern);
    }
    if (where.length === 0) return null;
    const statement = this.#prepared(`
      SELECT CAST(id AS REAL), CAST(end_id AS REAL) FROM kinds
      WHERE ${where.join(' AND ')} AND first_id < ? ORDER BY end_id DESC`);
    return Matches.parse(statement.all(...values, before));
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

/** The streams are a binary heap: the one with the newest call is the first. */
function insert(heap: Stream[], stream: Stream): void {
  heap.push(stream);
  for (let at = heap.length - 1; at > 0; ) {
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
  for (let at = 0; ; ) {
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
