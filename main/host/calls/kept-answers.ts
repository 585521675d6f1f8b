import type { EndedTicket, KeptAnswer } from './kept-answer.ts';

/** Tickets whose answers are kept, oldest first, within bounds; the oldest go first. */
export class KeptAnswers {
  readonly #tickets = new Set<EndedTicket>();
  readonly #max: number;
  readonly #maxBytes: number;
  readonly #roomInAll: (change: number) => boolean;
  #bytes = 0;

  /** `inAll` adds to what is kept for all peers, and says whether that is within its bounds. */
  constructor(max: number, maxBytes: number, inAll: (change: number) => boolean) {
    this.#max = max;
    this.#maxBytes = maxBytes;
    this.#roomInAll = inAll;
  }

  get oldest(): EndedTicket | undefined {
    const [oldest] = this.#tickets;
    return oldest;
  }

  /** Keeps one more. What must go for it loses its answer, the new one too where it is too large by itself. */
  add(ticket: EndedTicket): void {
    if (ticket.kept === null) return;
    this.#tickets.add(ticket);
    let room = this.#change(ticket.kept.bytes);
    // An eighth more than there may be, so that the oldest are looked for once in a while and not each time.
    if (room && this.#bytes <= this.#maxBytes && this.#tickets.size <= this.#max + (this.#max >> 3)) return;
    for (const oldest of this.#tickets) {
      if (room && this.#bytes <= this.#maxBytes && this.#tickets.size <= this.#max) return;
      this.forget(oldest);
      room = this.#roomInAll(0);
    }
  }

  /** Nobody will have its answer from now on, where it is kept here. */
  forget(ticket: EndedTicket): void {
    const kept = this.take(ticket);
    if (kept === null) return;
    ticket.kept = null;
    kept.settled?.(false);
  }

  /** It is kept elsewhere from now on. */
  take(ticket: EndedTicket): KeptAnswer | null {
    if (!this.#tickets.delete(ticket)) return null;
    if (ticket.kept !== null) this.#change(-ticket.kept.bytes);
    return ticket.kept;
  }

  clear(): void {
    for (const ticket of [...this.#tickets]) this.forget(ticket);
  }

  #change(bytes: number): boolean {
    this.#bytes += bytes;
    return this.#roomInAll(bytes);
  }
}
