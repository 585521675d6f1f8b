import { randomBytes } from 'node:crypto';
import type { AgentName } from '../../../shared/ids.ts';
import type { Asker, StreamLife } from './asker.ts';
import type { CancelledBy } from './call-refusals.ts';
import type { EndedTicket, KeptAnswer } from './kept-answer.ts';
import { KeptAnswers } from './kept-answers.ts';
import type { TicketLimits, TicketTotals } from './ticket-limits.ts';

/** How long a question for an answer may be on its way, in milliseconds. */
const ON_ITS_WAY_MS = 5000;
/** Calls that end before what is too old, or too much, is looked for. */
const PRUNE_EVERY = 64;
/** Refused questions for answers that are recorded in an hour. */
const RECORDED_REFUSALS = 100;
const HOUR_MS = 60 * 60 * 1000;

/** A call under way that its caller has a ticket for. */
export interface TicketedCall {
  readonly asker: Asker | null;
  leave(): void;
  comeBack(asker: Asker): void;
  cancel(by: CancelledBy): void;
}

interface UnderWay {
  readonly agent: AgentName;
  readonly arrivedAt: number;
  readonly call: TicketedCall;
}

/** What is found under a ticket. */
export type Found =
  | { readonly kind: 'under-way'; readonly call: TicketedCall }
  | { readonly kind: 'answer'; readonly ticket: EndedTicket; readonly kept: KeptAnswer }
  /** It was given to a stream that may still stand: that must be found out first. */
  | { readonly kind: 'given'; readonly answers: () => Promise<boolean> }
  | { readonly kind: 'used' }
  | { readonly kind: 'unknown'; readonly neverArrived: boolean };

export interface PeerTicketsOptions {
  readonly limits: TicketLimits;
  /** Shared by all peers. */
  readonly totals: TicketTotals;
  /** A clock that never jumps, in milliseconds. */
  readonly now: () => number;
}

/** The tickets of one contact: of its calls under way, and of the last that have ended. */
export class PeerTickets {
  /** Told to the peer. What was before is not known here, so nothing is said of it. */
  readonly epoch = randomBytes(12).toString('base64url');
  readonly #options: PeerTicketsOptions;
  readonly #underWay = new Map<string, UnderWay>();
  /** Oldest end first. */
  readonly #ended = new Map<string, EndedTicket>();
  /** Answers that were given to a stream which may not have brought them there. */
  readonly #given: KeptAnswers;
  /** Answers that certainly wait to be fetched. */
  readonly #unfetched: KeptAnswers;
  #away = 0;
  #sincePruned = 0;
  #refusals = { since: -Infinity, count: 0 };
  /** When the newest call came that is forgotten; null: none is. */
  #forgottenUpTo: number | null = null;

  constructor(options: PeerTicketsOptions) {
    this.#options = options;
    const { limits, totals } = options;
    this.#given = new KeptAnswers(limits.given, limits.givenBytes, (change) => {
      totals.givenBytes += change;
      return totals.givenBytes <= limits.allGivenBytes;
    });
    this.#unfetched = new KeptAnswers(limits.unfetched, limits.unfetchedBytes, (change) => {
      totals.unfetchedBytes += change;
      return totals.unfetchedBytes <= limits.allUnfetchedBytes;
    });
  }

  /** Notes a call that begins. False: one with this ticket came before. */
  begin(ticket: string, agent: AgentName, call: TicketedCall): boolean {
    if (this.#underWay.has(ticket) || this.#ended.has(ticket)) return false;
    this.#underWay.set(ticket, { agent, call, arrivedAt: this.#options.now() });
    return true;
  }

  /** The caller has gone, and the call goes on without it. False: too many do, or nothing is known of it any more. */
  leave(ticket: string): boolean {
    const known = this.#underWay.get(ticket);
    const { limits, totals } = this.#options;
    if (known === undefined || this.#away >= limits.away || totals.away >= limits.allAway) return false;
    this.#countAway(1);
    known.call.leave();
    return true;
  }

  /** Whoever asks with the ticket now is the caller. */
  comeBack({ call }: Extract<Found, { kind: 'under-way' }>, asker: Asker): void {
    if (call.asker === null) this.#countAway(-1);
    else call.asker.replaced();
    call.comeBack(asker);
  }

  /**
   * A call has ended.
   * @param kept its answer; null where there is none to be had: it was cancelled
   * @param given the stream that has been told; null: nobody was there
   */
  ended(ticket: string, kept: KeptAnswer | null, given: StreamLife | null): void {
    const known = this.#underWay.get(ticket);
    if (known === undefined) {
      kept?.settled?.(false);
      return;
    }
    this.#underWay.delete(ticket);
    if (known.call.asker === null) this.#countAway(-1);
    const { agent, arrivedAt } = known;
    const now = this.#options.now();
    const givings = given === null ? 0 : 1;
    const ended: EndedTicket = { ticket, agent, arrivedAt, endedAt: now, kept, given, givenAt: now, givings };
    this.#ended.set(ticket, ended);
    if (kept !== null) (given === null ? this.#unfetched : this.#given).add(ended);
    this.#sincePruned += 1;
    if (this.#sincePruned >= PRUNE_EVERY) this.prune();
  }

  /**
   * What a caller that comes back can have.
   * @param ageMs how long ago it sent the call, as it says; null: it does not
   */
  find(ticket: string, agent: AgentName, by: StreamLife, epoch: string | null, ageMs: number | null): Found {
    const known = this.#underWay.get(ticket) ?? this.#ended.get(ticket);
    if (known === undefined) return { kind: 'unknown', neverArrived: this.#neverArrived(epoch, ageMs) };
    if (known.agent !== agent) return { kind: 'unknown', neverArrived: false };
    if ('call' in known) {
      return known.call.asker?.life === by ? { kind: 'used' } : { kind: 'under-way', call: known.call };
    }
    const { kept, given } = known;
    if (kept === null || given === by) return { kind: 'used' };
    if (given === null || this.#wasLost(known)) return { kind: 'answer', ticket: known, kept };
    return given.answers === null ? { kind: 'used' } : { kind: 'given', answers: given.answers };
  }

  /** The answer was told to a stream, once more. */
  given(ended: EndedTicket, to: StreamLife): void {
    this.#given.take(ended);
    this.#unfetched.take(ended);
    ended.given = to;
    ended.givenAt = this.#options.now();
    ended.givings += 1;
    if (ended.givings < this.#options.limits.givings) this.#given.add(ended);
    else this.#used(ended);
  }

  /** The answer has certainly arrived. */
  arrived(ticket: string): void {
    const ended = this.#ended.get(ticket);
    if (ended !== undefined && ended.given !== null) this.#used(ended);
  }

  /** Forgets what is too old, or too much. */
  prune(): void {
    const { limits, now } = this.#options;
    const at = now();
    this.#sincePruned = 0;
    for (;;) {
      const { oldest } = this.#given;
      if (oldest === undefined || at - oldest.givenAt <= limits.arrivedMs) break;
      if (this.#wasLost(oldest)) {
        this.#given.take(oldest);
        this.#unfetched.add(oldest);
      } else this.#given.forget(oldest);
    }
    for (const ended of this.#ended.values()) {
      if (this.#ended.size <= limits.tickets && at - ended.endedAt <= limits.keptMs) break;
      this.#used(ended);
      this.#ended.delete(ended.ticket);
      this.#forgottenUpTo = Math.max(this.#forgottenUpTo ?? ended.arrivedAt, ended.arrivedAt);
    }
  }

  /** Whether one more refused question goes into the records. */
  mayRecord(): boolean {
    const now = this.#options.now();
    if (now - this.#refusals.since > HOUR_MS) this.#refusals = { since: now, count: 0 };
    this.#refusals.count += 1;
    return this.#refusals.count <= RECORDED_REFUSALS;
  }

  /** Ends what goes on without its caller, and forgets all the rest. */
  drop(by: CancelledBy): void {
    const left = [...this.#underWay.values()].filter(({ call }) => call.asker === null);
    this.#underWay.clear();
    this.#countAway(-this.#away);
    for (const { call } of left) call.cancel(by);
    this.#given.clear();
    this.#unfetched.clear();
    this.#ended.clear();
  }

  /** The stream broke at once after it was given the answer. */
  #wasLost({ given, givenAt }: EndedTicket): boolean {
    if (given === null) return true;
    return given.endedAt !== null && given.endedAt - givenAt <= this.#options.limits.arrivedMs;
  }

  #used(ended: EndedTicket): void {
    this.#given.forget(ended);
    this.#unfetched.forget(ended);
    ended.kept = null;
  }

  #neverArrived(epoch: string | null, ageMs: number | null): boolean {
    if (epoch !== this.epoch) return false;
    if (this.#forgottenUpTo === null) return true;
    return ageMs !== null && this.#options.now() - ageMs - ON_ITS_WAY_MS > this.#forgottenUpTo;
  }

  #countAway(change: number): void {
    this.#away += change;
    this.#options.totals.away += change;
  }
}
