import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { CallView } from '../../../shared/calls.ts';
import { RpcCode } from '../../../shared/errors.ts';
import { kindText, UNSAID } from './kind-text.ts';

/** The bounds of a kind are kept this coarse, so that they are seldom written. */
const BLOCK = 4096;
const CACHED = 2000;
/** Kinds of one peer, and of all: those beyond share one, so that no peer decides how long a search takes. */
const MAX_KINDS = { ofPeer: 2000, ofAll: 8000 };

const Row = z.object({ id: z.number(), first: z.number(), end: z.number() });
const Count = z.object({ count: z.number() });
interface Kind {
  readonly id: number;
  first: number;
  end: number;
}
/** In the order of the columns. */
interface Values {
  readonly peer: string;
  readonly tool: string;
  readonly agent: string;
  readonly status: string;
  readonly direction: string;
  readonly rule: string;
  readonly error: string;
}

/**
 * The kinds of calls: each combination of direction, peer, agent, tool, status, rule and error that occurs, once. A
 * search looks through these few and then knows where its calls are. What others wrote is cut in them, left out where
 * they can write anything, and beyond a number of kinds: the search then looks at the calls themselves. Used inside the
 * transaction that writes calls.
 */
export class Kinds {
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #widen: StatementSync;
  readonly #countOf: StatementSync;
  readonly #countAll: StatementSync;
  readonly #max: typeof MAX_KINDS;
  readonly #cache = new Map<string, Kind>();
  readonly #counts = new Map<string, number>();
  #total: number | null = null;

  constructor(database: DatabaseSync, max = MAX_KINDS) {
    this.#max = max;
    this.#select = database.prepare(`
      SELECT CAST(id AS REAL) AS id, CAST(first_id AS REAL) AS first, CAST(end_id AS REAL) AS "end" FROM kinds
      WHERE peer_id = ? AND tool = ? AND agent = ? AND status = ? AND direction = ? AND rule_id = ? AND error = ?`);
    this.#insert = database.prepare(`
      INSERT INTO kinds (peer_id, tool, agent, status, direction, rule_id, error, first_id, end_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#widen = database.prepare(
      'UPDATE kinds SET first_id = min(first_id, ?), end_id = max(end_id, ?) WHERE id = ?',
    );
    this.#countOf = database.prepare('SELECT count(*) AS count FROM kinds WHERE peer_id = ?');
    this.#countAll = database.prepare('SELECT count(*) AS count FROM kinds');
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
    this.#counts.clear();
    this.#total = null;
  }

  #kindOf(call: CallView): Kind {
    const values = valuesOf(call);
    const key = keyOf(values);
    let kind = this.#cache.get(key) ?? this.#stored(values);
    if (kind === null) {
      const shared = this.#sharedFor(values);
      if (shared === null) kind = this.#made(values, call.id);
      else {
        const sharedKey = keyOf(shared);
        kind = this.#cache.get(sharedKey) ?? this.#stored(shared) ?? this.#made(shared, call.id);
        this.#remember(sharedKey, kind);
      }
    }
    this.#remember(key, kind);
    return kind;
  }

  #remember(key: string, kind: Kind): void {
    if (this.#cache.has(key)) return;
    if (this.#cache.size >= CACHED) this.#cache.clear();
    this.#cache.set(key, kind);
  }

  #stored(values: Values): Kind | null {
    return Row.safeParse(this.#select.get(...listOf(values))).data ?? null;
  }

  #made(values: Values, id: number): Kind {
    const first = beginOf(id);
    const { lastInsertRowid } = this.#insert.run(...listOf(values), first, first + BLOCK);
    this.#counts.set(values.peer, this.#countedOf(values.peer) + 1);
    this.#total = this.#counted() + 1;
    return { id: Number(lastInsertRowid), first, end: first + BLOCK };
  }

  /** What a new kind is to be instead, where there are too many. */
  #sharedFor(values: Values): Values | null {
    const all = this.#counted() >= this.#max.ofAll;
    if (!all && this.#countedOf(values.peer) < this.#max.ofPeer) return null;
    const unsaid = { tool: UNSAID, agent: UNSAID, rule: UNSAID, error: UNSAID };
    return { ...values, ...unsaid, ...(all ? { peer: UNSAID } : {}) };
  }

  #counted(): number {
    this.#total ??= Count.parse(this.#countAll.get()).count;
    return this.#total;
  }

  #countedOf(peer: string): number {
    let count = this.#counts.get(peer);
    if (count === undefined) {
      count = Count.parse(this.#countOf.get(peer)).count;
      if (this.#counts.size >= CACHED) this.#counts.clear();
      this.#counts.set(peer, count);
    }
    return count;
  }
}

function valuesOf({ peerId, tool, agent, status, direction, decision, error, errorCode }: CallView): Values {
  const rule = decision?.ruleId ?? '';
  const own = { peer: peerId, status, direction, rule };
  // What a peer asks for that does not exist can have any name.
  if (direction === 'in' && status === 'refused' && decision === null && errorCode === RpcCode.invalidParams)
    return { ...own, tool: UNSAID, agent: UNSAID, error: UNSAID };
  return { ...own, tool: kindText(tool), agent: kindText(agent), error: kindText(error ?? '') };
}

const listOf = (values: Values): string[] => [
  values.peer,
  values.tool,
  values.agent,
  values.status,
  values.direction,
  values.rule,
  values.error,
];

/** Tools and errors can hold anything, so that the lengths keep them apart. */
const keyOf = ({ peer, tool, agent, status, direction, rule, error }: Values): string =>
  `${direction} ${status} ${peer} ${rule} ${agent.length} ${tool.length} ${agent} ${tool} ${error}`;

const beginOf = (id: number): number => id - (id % BLOCK);
