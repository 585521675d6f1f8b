import type { AgentName, CallId, PeerId } from '../../../shared/ids.ts';
import type { ReceiptBody } from '../../../shared/receipts.ts';
import { Ticket } from '../../../shared/wire.ts';
import { LATE_MS, MAX_LATE_CALLS, MAX_SAID } from './limits.ts';

/** An answered call, as far as its caller knows it. */
export interface Answered {
  readonly callId: CallId;
  readonly agent: AgentName;
  readonly tool: string;
  readonly nonce: string;
  readonly outcome: 'result' | 'error';
  /** What the answer itself said that a person changed. Errors do not say it. */
  readonly changed: ReceiptBody['changed'] | null;
  readonly requestHash: string;
  readonly resultHash: string;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** What is known of peers beyond one stream to them: answers without a receipt, and what was signed. The oldest go first. */
export class LateCalls {
  /** By peer and ticket. */
  readonly #answered = new Map<string, Answered>();
  /** By peer and root. */
  readonly #said = new Map<string, string>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** An answer that no receipt had come of when its stream ended. Only where it has a ticket. */
  keep(peerId: PeerId, call: Answered): void {
    if (!Ticket.safeParse(call.nonce).success) return;
    this.#answered.set(`${peerId} ${call.nonce}`, call);
    dropOldest(this.#answered, MAX_LATE_CALLS);
  }

  get(peerId: PeerId, nonce: string): Answered | undefined {
    const call = this.#answered.get(`${peerId} ${nonce}`);
    return call !== undefined && call.answeredAt >= this.#now() - LATE_MS ? call : undefined;
  }

  remove(peerId: PeerId, nonce: string): void {
    this.#answered.delete(`${peerId} ${nonce}`);
  }

  /** Our signature of a tree, should the host not have heard it. */
  said(peerId: PeerId, root: string): string | undefined {
    return this.#said.get(`${peerId} ${root}`);
  }

  say(peerId: PeerId, root: string, signature: string): void {
    this.#said.set(`${peerId} ${root}`, signature);
    dropOldest(this.#said, MAX_SAID);
  }
}

function dropOldest(map: Map<string, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return;
    map.delete(key);
  }
}
