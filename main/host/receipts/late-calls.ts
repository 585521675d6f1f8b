import type { AgentName, CallId, PeerId } from '../../../shared/ids.ts';
import { Ticket } from '../../../shared/wire.ts';
import { LATE_MS, MAX_ANSWERED, MAX_SAID } from './limits.ts';

/** Peers whose lost streams are remembered. */
const MAX_PEERS = 64;

/** An answered call, as far as its caller knows it. */
export interface Answered {
  readonly callId: CallId;
  readonly agent: AgentName;
  readonly tool: string;
  readonly nonce: string;
  readonly outcome: 'result' | 'error';
  readonly requestHash: string;
  readonly resultHash: string;
  readonly sentAt: number;
  readonly answeredAt: number;
}

interface OfPeer {
  readonly answered: Map<string, Answered>;
  readonly said: Map<string, string>;
}

/** What is known of peers beyond one stream to them: answers without a receipt, and what was signed. */
export class LateCalls {
  readonly #peers = new Map<PeerId, OfPeer>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** An answer that no receipt had come of when its stream ended. Only where it has a ticket. */
  keep(peerId: PeerId, call: Answered): void {
    if (!Ticket.safeParse(call.nonce).success) return;
    const { answered } = this.#of(peerId);
    answered.set(call.nonce, call);
    dropOldest(answered, MAX_ANSWERED);
  }

  get(peerId: PeerId, nonce: string): Answered | undefined {
    const call = this.#peers.get(peerId)?.answered.get(nonce);
    return call !== undefined && call.answeredAt >= this.#now() - LATE_MS ? call : undefined;
  }

  remove(peerId: PeerId, nonce: string): void {
    this.#peers.get(peerId)?.answered.delete(nonce);
  }

  /** Our signature of a tree, should the host not have heard it. */
  said(peerId: PeerId, root: string): string | undefined {
    return this.#peers.get(peerId)?.said.get(root);
  }

  say(peerId: PeerId, root: string, signature: string): void {
    const { said } = this.#of(peerId);
    said.set(root, signature);
    dropOldest(said, MAX_SAID);
  }

  #of(peerId: PeerId): OfPeer {
    const known = this.#peers.get(peerId) ?? { answered: new Map(), said: new Map() };
    this.#peers.delete(peerId);
    this.#peers.set(peerId, known);
    dropOldest(this.#peers, MAX_PEERS);
    return known;
  }
}

function dropOldest<Key>(map: Map<Key, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return;
    map.delete(key);
  }
}
