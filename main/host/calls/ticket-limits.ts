/** What is kept for callers that may come back. */
export interface TicketLimits {
  /** Of calls that have ended, of one peer: beyond them the oldest are forgotten. */
  readonly tickets: number;
  /** Answers that were given and may have been lost on the way, of one peer. */
  readonly given: number;
  readonly givenBytes: number;
  /** Answers that nobody has had yet, of one peer. */
  readonly unfetched: number;
  readonly unfetchedBytes: number;
  /** Calls under way whose caller is gone, of one peer. */
  readonly away: number;
  /** The same over all peers. */
  readonly allGivenBytes: number;
  readonly allUnfetchedBytes: number;
  readonly allAway: number;
  /** After its end. In milliseconds, as the next. */
  readonly keptMs: number;
  /** A stream that stands so long after an answer was given to it has brought it there. */
  readonly arrivedMs: number;
  /** How often one answer is given, since each stream that it was given to broke. */
  readonly givings: number;
}

export const TICKET_LIMITS: TicketLimits = {
  tickets: 2048,
  given: 256,
  givenBytes: 4 * 1024 * 1024,
  unfetched: 64,
  unfetchedBytes: 16 * 1024 * 1024,
  away: 64,
  allGivenBytes: 32 * 1024 * 1024,
  allUnfetchedBytes: 128 * 1024 * 1024,
  allAway: 512,
  keptMs: 60 * 60 * 1000,
  arrivedMs: 30_000,
  givings: 4,
};

/** How much is kept for all peers together. */
export interface TicketTotals {
  givenBytes: number;
  unfetchedBytes: number;
  away: number;
}
