import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { CallDetail, CallQuery, CallView } from '../../../shared/calls.ts';
import { CallId, type PeerId } from '../../../shared/ids.ts';
import { CallOutcomes } from './call-outcomes.ts';
import { CallReader } from './call-reader.ts';
import { CallWriter, type CallWriterOptions } from './call-writer.ts';
import type { CallBodies, CallOutcome, CallStore } from './index.ts';
import type { RecordsError } from './records-error.ts';
import { Tallies } from './tallies.ts';

const Facts = z.object({ newest: z.int().nullable(), total: z.int() });

/** The calls: written by a {@link CallWriter}, read by a {@link CallReader}, counted by {@link Tallies}. */
export class SqliteCallStore implements CallStore {
  readonly writer: CallWriter;
  readonly #reader: CallReader;
  readonly #outcomes: CallOutcomes;
  readonly #tallies: Tallies;
  #lastId: number;

  constructor(database: DatabaseSync, options: CallWriterOptions) {
    database.exec(`
      UPDATE calls SET status = 'interrupted', error = coalesce(error, 'Gatehouse ended before this call did.')
      WHERE status <> 'answered' AND status IN ('received', 'waiting', 'running')`);
    const facts = Facts.parse(
      database
        .prepare('SELECT (SELECT max(id) FROM calls WHERE id < 9e15) AS newest, count(*) AS total FROM calls')
        .get(),
    );
    this.#lastId = facts.newest ?? 0;
    this.#tallies = new Tallies(database);
    this.writer = new CallWriter(database, this.#tallies, facts.total, options);
    this.#reader = new CallReader(database);
    this.#outcomes = new CallOutcomes(database);
  }

  nextId(): CallId {
    this.#lastId += 1;
    return CallId.parse(this.#lastId);
  }

  put(call: CallView, bodies?: CallBodies, done?: (error: RecordsError | null) => void): void {
    this.writer.put(call, bodies, done);
  }

  page(query: CallQuery): CallView[] {
    this.#settle();
    return this.#reader.page(query);
  }

  detail(id: CallId): CallDetail | null {
    this.#settle();
    return this.#reader.detail(id);
  }

  outcomes({ before, limit }: { before: CallId | null; limit: number }): {
    outcomes: CallOutcome[];
    next: CallId | null;
  } {
    this.#settle();
    return this.#outcomes.page(before, limit);
  }

  count(
    peerId: PeerId,
    agent: string,
    tool: string,
    direction: CallView['direction'],
  ): { allowed: number; denied: number } {
    return this.#tallies.count(peerId, agent, tool, direction);
  }

  total(): number {
    return this.writer.total;
  }

  healthy(): boolean {
    return this.writer.healthy;
  }

  /** What was put in this turn is already seen by a read in the same turn. */
  #settle(): void {
    if (this.writer.healthy) this.writer.flush();
  }
}
