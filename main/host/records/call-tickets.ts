import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { CallId } from '../../../shared/ids.ts';

const Ticket = z.object({ ticket: z.string(), epoch: z.string() });
export type Ticket = z.infer<typeof Ticket>;

/** While the disk refuses. */
const MAX_WAITING = 10_000;

/**
 * The tickets of calls of ours, written with the calls. One that is taken back before it was written, as with most calls,
 * is never written.
 */
export class CallTickets {
  readonly #select: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  /** Null: to be removed. */
  readonly #waiting = new Map<CallId, Ticket | null>();
  readonly #written = new Set<CallId>();
  #writing: CallId[] = [];

  constructor(database: DatabaseSync) {
    this.#select = database.prepare('SELECT ticket, epoch FROM tickets WHERE call_id = ?');
    this.#put = database.prepare('INSERT OR REPLACE INTO tickets (call_id, ticket, epoch) VALUES (?, ?, ?)');
    this.#remove = database.prepare('DELETE FROM tickets WHERE call_id = ?');
  }

  get due(): boolean {
    return this.#waiting.size > 0;
  }

  get(id: CallId): Ticket | null {
    const waiting = this.#waiting.get(id);
    return waiting === undefined ? (Ticket.safeParse(this.#select.get(id)).data ?? null) : waiting;
  }

  set(id: CallId, ticket: Ticket | null): void {
    const known = this.#waiting.get(id);
    if (ticket === null && known != null && !this.#written.has(id)) {
      this.#waiting.delete(id);
      return;
    }
    if (this.#waiting.size < MAX_WAITING || known !== undefined) this.#waiting.set(id, ticket);
  }

  /** Inside the transaction. */
  write(): void {
    this.#writing = [...this.#waiting.keys()];
    for (const [id, ticket] of this.#waiting) {
      if (ticket === null) this.#remove.run(id);
      else this.#put.run(id, ticket.ticket, ticket.epoch);
    }
  }

  committed(): void {
    for (const id of this.#writing) {
      const ticket = this.#waiting.get(id);
      if (ticket === null) this.#written.delete(id);
      else this.#written.add(id);
      this.#waiting.delete(id);
    }
    this.#writing = [];
  }
}
