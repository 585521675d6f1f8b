import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { CallView } from '../../../shared/calls.ts';

/** The bounds of a kind are kept this coarse, so that they are seldom written. */
const BLOCK = 4096;
const CACHED = 2000;

const Row = z.object({ id: z.number(), first: z.number(), end: z.number() });
interface Kind {
  readonly id: number;
  first: number;
  end: number;
}

/**
 * The kinds of calls: each combination of direction, peer, agent, tool, status, rule and error that occurs, once. A
 * search looks through these few and then knows where its calls are. Used inside the transaction that writes calls.
 */
export class Kinds {
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #widen: StatementSync;
  readonly #cache = new Map<string, Kind>();

  constructor(database: DatabaseSync) {
    this.#select = database.prepare(`
      SELECT CAST(id AS REAL) AS id, CAST(first_id AS REAL) AS first, CAST(end_id AS REAL) AS "end" FROM kinds
      WHERE peer_id = ? AND tool = ? AND agent = ? AND status = ? AND direction = ? AND rule_id = ? AND error = ?`);
    this.#insert = database.prepare(`
      INSERT INTO kinds (peer_id, tool, agent, status, direction, rule_id, error, first_id, end_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#widen = database.prepare('UPDATE kinds SET first_id = ?, end_id = ? WHERE id = ?');
  }

  idOf(call: CallView): number {
    const kind = this.#kindOf(call);
    if (call.id >= kind.first && call.id < kind.end) return kind.id;
    kind.first = Math.min(kind.first, beginOf(call.id));
    kind.end = Math.max(kind.end, beginOf(call.id) + BLOCK);
    this.#widen.run(kind.first, kind.end, kind.id);
    return kind.id;
  }

  /** After a transaction that came to nothing, or after kinds were deleted. */
  forget(): void {
    this.#cache.clear();
  }

  #kindOf({ peerId, tool, agent, status, direction, decision, error, id }: CallView): Kind {
    const rule = decision?.ruleId ?? '';
    // Tools and errors can hold anything, so that the lengths keep them apart.
    const key = `${direction} ${status} ${peerId} ${rule} ${agent.length} ${tool.length} ${agent} ${tool} ${error ?? ''}`;
    let kind = this.#cache.get(key);
    if (kind !== undefined) return kind;
    const values = [peerId, tool, agent, status, direction, rule, error ?? ''];
    kind = Row.safeParse(this.#select.get(...values)).data;
    if (kind === undefined) {
      const first = beginOf(id);
      const { lastInsertRowid } = this.#insert.run(...values, first, first + BLOCK);
      kind = { id: Number(lastInsertRowid), first, end: first + BLOCK };
    }
    if (this.#cache.size >= CACHED) this.#cache.clear();
    this.#cache.set(key, kind);
    return kind;
  }
}

const beginOf = (id: number): number => id - (id % BLOCK);
