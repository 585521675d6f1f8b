import type { PeerId } from '../../../shared/ids.ts';

const HOUR_MS = 60 * 60 * 1000;
/** Refused calls of one unknown peer that are recorded in an hour. */
const RECORDED_PER_PEER = 10;
/** The same for all unknown peers together, for ids cost nothing. */
const RECORDED_IN_ALL = 200;
/** Requests of one unknown peer that are answered in an hour, over all its streams. */
const ANSWERED_PER_PEER = 64;
const MAX_PEERS = 2000;

interface Tally {
  since: number;
  recorded: number;
  asked: number;
}

/** Keeps peers that are no contacts from filling the records, however many they are. */
export class Strangers {
  readonly #tallies = new Map<PeerId, Tally>();
  #all: Tally = { since: -Infinity, recorded: 0, asked: 0 };
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Notes one more request. False: it has asked too often, and gets no more answers for now. */
  mayAsk(peerId: PeerId): boolean {
    const tally = this.#tally(peerId);
    tally.asked += 1;
    return tally.asked <= ANSWERED_PER_PEER;
  }

  /** Whether one more refused call of this peer goes into the records. */
  mayRecord(peerId: PeerId): boolean {
    const now = this.#now();
    if (now - this.#all.since > HOUR_MS) this.#all = { since: now, recorded: 0, asked: 0 };
    const tally = this.#tally(peerId);
    if (tally.recorded >= RECORDED_PER_PEER || this.#all.recorded >= RECORDED_IN_ALL) return false;
    tally.recorded += 1;
    this.#all.recorded += 1;
    return true;
  }

  #tally(peerId: PeerId): Tally {
    const now = this.#now();
    const known = this.#tallies.get(peerId);
    if (known !== undefined && now - known.since <= HOUR_MS) return known;
    this.#tallies.delete(peerId);
    const [oldest] = this.#tallies.keys();
    if (this.#tallies.size >= MAX_PEERS && oldest !== undefined) this.#tallies.delete(oldest);
    const tally = { since: now, recorded: 0, asked: 0 };
    this.#tallies.set(peerId, tally);
    return tally;
  }
}
