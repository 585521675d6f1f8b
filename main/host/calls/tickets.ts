import type { PeerId } from '../../../shared/ids.ts';
import type { CancelledBy } from './call-refusals.ts';
import { PeerTickets } from './peer-tickets.ts';
import { TICKET_LIMITS, type TicketLimits, type TicketTotals } from './ticket-limits.ts';

const PRUNE_MS = 60_000;

/** The tickets of all contacts. Whoever is none has none. */
export class Tickets {
  readonly #peers = new Map<PeerId, PeerTickets>();
  readonly #totals: TicketTotals = { givenBytes: 0, unfetchedBytes: 0, away: 0 };
  readonly #limits: TicketLimits;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;

  constructor(limits: Partial<TicketLimits> = {}, now: () => number = () => performance.now()) {
    this.#limits = { ...TICKET_LIMITS, ...limits };
    this.#now = now;
    this.#timer = setInterval(() => {
      for (const tickets of this.#peers.values()) {
        try {
          tickets.prune();
        } catch {
          // What is too old is looked for again in a minute; the other peers' now.
        }
      }
    }, PRUNE_MS);
    this.#timer.unref();
  }

  of(peerId: PeerId): PeerTickets {
    const known = this.#peers.get(peerId);
    if (known !== undefined) return known;
    const tickets = new PeerTickets({ limits: this.#limits, totals: this.#totals, now: this.#now });
    this.#peers.set(peerId, tickets);
    return tickets;
  }

  /** It is no contact any more. */
  forget(peerId: PeerId): void {
    this.#peers.get(peerId)?.drop('gone');
    this.#peers.delete(peerId);
  }

  dropAll(by: CancelledBy): void {
    const all = [...this.#peers.values()];
    this.#peers.clear();
    for (const tickets of all) tickets.drop(by);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.dropAll('stopping');
  }
}
