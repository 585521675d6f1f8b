import type { CallStore } from '../records/index.ts';
import type { OutgoingCall } from './outgoing-call.ts';
import { TicketSource } from './ticket-source.ts';

/** A call that takes longer than this has its ticket written down, so that a crash does not lose its answer. */
const LONG_MS = 1000;

/** A call of ours at the other side: its name there, and the run of the host that knows it. */
export interface SentTicket {
  readonly ticket: string;
  readonly epoch: string;
}

interface Sent extends SentTicket {
  readonly at: number;
  isWritten: boolean;
}

/** The tickets of our calls under way, written down where the answer may have to be asked for later. */
export class OutgoingTickets {
  readonly #calls: Pick<CallStore, 'setTicket'>;
  readonly #source = new TicketSource();
  readonly #sent = new Map<OutgoingCall, Sent>();
  readonly #timer: NodeJS.Timeout;

  constructor(calls: Pick<CallStore, 'setTicket'>) {
    this.#calls = calls;
    this.#timer = setInterval(() => this.#writeLong(), LONG_MS);
    this.#timer.unref();
  }

  /** The ticket of a call; each has one, however often it is sent. */
  send(call: OutgoingCall, epoch: string): SentTicket {
    const known = this.#sent.get(call);
    if (known !== undefined && known.epoch === epoch) return known;
    const sent = {
      ticket: known?.ticket ?? this.#source.next(),
      epoch,
      at: performance.now(),
      isWritten: false,
    };
    this.#sent.set(call, sent);
    return sent;
  }

  /** Null: it was never sent with one. */
  of(call: OutgoingCall): (SentTicket & { readonly ageMs: number }) | null {
    const sent = this.#sent.get(call);
    if (sent === undefined) return null;
    return { ticket: sent.ticket, epoch: sent.epoch, ageMs: performance.now() - sent.at };
  }

  /** Whether one of ours is still under way. */
  has(id: OutgoingCall['id']): boolean {
    for (const call of this.#sent.keys()) if (call.id === id) return true;
    return false;
  }

  /** Its answer may have to be asked for later, by another run of ours maybe. */
  write(call: OutgoingCall): void {
    const sent = this.#sent.get(call);
    if (sent === undefined || sent.isWritten) return;
    sent.isWritten = true;
    this.#calls.setTicket(call.id, { ticket: sent.ticket, epoch: sent.epoch });
  }

  /** @param redeemable its answer can still be had */
  ended(call: OutgoingCall, redeemable: boolean): void {
    const sent = this.#sent.get(call);
    if (sent === undefined) return;
    if (redeemable) this.write(call);
    else if (sent.isWritten) this.#calls.setTicket(call.id, null);
    this.#sent.delete(call);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Oldest first. */
  #writeLong(): void {
    const before = performance.now() - LONG_MS;
    for (const [call, { at, isWritten }] of this.#sent) {
      if (at > before) return;
      if (!isWritten) this.write(call);
    }
  }
}
