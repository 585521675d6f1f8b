import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { CallDetail, CallQuery, CallView } from '../../../shared/calls.ts';
import type { CallId } from '../../../shared/ids.ts';
import { hashOf } from './bodies.ts';
import { callOf, SELECT_CALL } from './call-rows.ts';

/** A search by text looks at this many calls at most, from `before` downwards: some tens of milliseconds. */
const SEARCHED_CALLS = 50_000;
const SEARCHED_COLUMNS = ['tool', 'agent', 'error', 'peer_id'] as const;

const Bodies = z.object({
  request: z.string().nullable(),
  response: z.string().nullable(),
  request_hash: z.string().nullable(),
  response_hash: z.string().nullable(),
});
const NO_BODIES: z.infer<typeof Bodies> = {
  request: null,
  response: null,
  request_hash: null,
  response_hash: null,
};

/** Reads calls, newest first. */
export class CallReader {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  page(query: CallQuery): CallView[] {
    const where: string[] = [];
    const values: (string | number)[] = [];
    const match = (condition: string, value: string | number | undefined): void => {
      if (value === undefined) return;
      where.push(condition);
      values.push(value);
    };
    match('id < ?', query.before);
    match('peer_id = ?', query.peerId);
    match('rule_id = ?', query.ruleId);
    // The two enums are written out, since a partial index serves no parameter.
    if (query.direction !== undefined) where.push(`direction = '${query.direction}'`);
    if (query.status !== undefined) where.push(`status = '${query.status}'`);
    if (query.status !== undefined && query.status !== 'answered') where.push(`status <> 'answered'`);
    const found = `FROM calls${where.length > 0 ? ` WHERE ${where.join(' AND ')}` : ''} ORDER BY calls.id DESC`;
    let sql = `${SELECT_CALL} ${found}`;
    if (query.text !== undefined && query.text !== '') {
      sql = `${SELECT_CALL} FROM (SELECT * ${found} LIMIT ${SEARCHED_CALLS}) AS calls
        WHERE ${SEARCHED_COLUMNS.map((name) => `${name} LIKE ? ESCAPE '\\'`).join(' OR ')}`;
      const pattern = `%${query.text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
      for (const _ of SEARCHED_COLUMNS) values.push(pattern);
    }
    values.push(query.limit);
    const calls: CallView[] = [];
    for (const row of this.#prepared(`${sql} LIMIT ?`).iterate(...values)) {
      const call = callOf(row);
      if (call !== null) calls.push(call);
    }
    return calls;
  }

  detail(id: CallId): CallDetail | null {
    const row = this.#prepared(`${SELECT_CALL} FROM calls WHERE calls.id = ?`).get(id);
    const call = row === undefined ? null : callOf(row);
    if (call === null) return null;
    const stored = this.#prepared('SELECT * FROM bodies WHERE call_id = ?').get(id);
    const bodies = Bodies.safeParse(stored).data ?? NO_BODIES;
    return {
      ...call,
      request: bodies.request,
      response: bodies.response,
      requestHash: bodies.request === null ? bodies.request_hash : hashOf(bodies.request),
      responseHash: bodies.response === null ? bodies.response_hash : hashOf(bodies.response),
    };
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
