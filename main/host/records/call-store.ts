import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { CallDetail, CallQuery, CallView } from '../../../shared/calls.ts';
import { CallId, type PeerId } from '../../../shared/ids.ts';
import type { ReceiptStore } from '../receipts/index.ts';
import { CallOutcomes } from './call-outcomes.ts';
import { CallReader } from './call-reader.ts';
import type { Ticket } from './call-tickets.ts';
import { CallWriter, OPEN, type CallWriterOptions } from './call-writer.ts';
import type { CallBodies, CallOutcome, CallStore, RecordedCall } from './index.ts';
import type { RecordsError } from './records-error.ts';
import { Tallies } from './tallies.ts';

const Facts = z.object({ newest: z.number().nullable(), total: z.int() });
const Ids = z.array(z.object({ id: CallId }));

/** The calls: written by a {@link CallWriter}, read by a {@link CallReader}, counted by {@link Tallies}. */
export class SqliteCallStore implements CallStore {
  readonly writer: CallWriter;
  readonly #reader: CallReader;
  readonly #outcomes: CallOutcomes;
  readonly #tallies: Tallies;
  readonly #receipts: Pick<ReceiptStore, 'state'>;
  #lastId: number;

  constructor(database: DatabaseSync, receipts: Pick<ReceiptStore, 'state'>, options: CallWriterOptions) {
    const facts = Facts.parse(
      database
        .prepare(
          'SELECT (SELECT CAST(max(id) AS REAL) FROM calls WHERE id < 9e15) AS newest, count(*) AS total FROM calls',
        )
        .get(),
    );
    this.#lastId = facts.newest ?? 0;
    this.#receipts = receipts;
    this.#tallies = new Tallies(database);
    this.writer = new CallWriter(database, this.#tallies, facts.total, options);
    this.#reader = new CallReader(database);
    this.#outcomes = new CallOutcomes(database);
    this.#interrupt(database);
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

  ids(query: CallQuery): number[] {
    this.#settle();
    return this.#reader.ids(query);
  }

  recorded(query: CallQuery): RecordedCall[] {
    return this.recordedOf(this.ids(query));
  }

  recordedOf(ids: readonly number[]): RecordedCall[] {
    return this.#reader.recorded(ids);
  }

  detail(id: CallId): CallDetail | null {
    this.#settle();
    const detail = this.#reader.detail(id);
    return detail === null ? null : { ...detail, receipt: this.#receipts.state(id) };
  }

  ticket(id: CallId): Ticket | null {
    return this.writer.tickets.get(id);
  }

  setTicket(id: CallId, ticket: Ticket | null): void {
    this.writer.setTicket(id, ticket);
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

  /** Ends what was under way when an earlier host ended. One of ours with a ticket can still be asked about. */
  #interrupt(database: DatabaseSync): void {
    const open = [...OPEN].map((status) => `'${status}'`).join(', ');
    const left = database.prepare(`
      SELECT CAST(calls.id AS REAL) AS id FROM calls
      WHERE kind_id IN (SELECT id FROM kinds WHERE kinds.status IN (${open})) AND status IN (${open}) LIMIT 1000`);
    for (;;) {
      const ids = Ids.parse(left.all());
      if (ids.length === 0) return;
      const calls = this.#reader.recorded(ids.map(({ id }) => id)).map(({ call }) => call);
      for (const call of calls) {
        const redeemable = call.direction === 'out' && this.writer.tickets.get(call.id) !== null;
        const error = call.error ?? 'Gatehouse ended before this call did.';
        this.writer.interrupt({ ...call, status: 'interrupted', error, deadline: null, redeemable });
      }
      this.writer.flush();
      // What cannot be read, or not be written now, stays as it is: no other start is kept waiting for it.
      if (calls.length < ids.length || !this.writer.healthy) return;
    }
  }

  /** What was put in this turn is already seen by a read in the same turn. */
  #settle(): void {
    if (this.writer.healthy) this.writer.flush();
  }
}
