import type { PeerId } from '../../../shared/ids.ts';
import { PeerRate } from '../peer-rate.ts';

const WINDOW_MS = 10 * 60_000;
/** Thirty-two agents that are each said three times, and some changes. */
const MAX_OF_ORIGIN = 120;
const MAX_ORIGINS = 10_000;
/** Agents that a neighbour may be the first to tell us of: thirty hosts that join by way of it at once. */
const MAX_NEW_BY_NEIGHBOUR = 256;
/** The same for a neighbour that a person chose, such as the hub that a whole network hangs on. */
const MAX_NEW_BY_CHOSEN = 4000;
const MAX_NEIGHBOURS = 2000;

/** How many announcements one key may bring into the network, and one neighbour to us. */
export class Intake {
  readonly #isChosen: (peerId: PeerId) => boolean;
  readonly #origins = new PeerRate({ most: MAX_OF_ORIGIN, windowMs: WINDOW_MS, maxPeers: MAX_ORIGINS });
  readonly #neighbours = new PeerRate({
    most: MAX_NEW_BY_NEIGHBOUR,
    windowMs: WINDOW_MS,
    maxPeers: MAX_NEIGHBOURS,
  });
  readonly #chosen = new PeerRate({
    most: MAX_NEW_BY_CHOSEN,
    windowMs: WINDOW_MS,
    maxPeers: MAX_NEIGHBOURS,
  });

  constructor(isChosen: (peerId: PeerId) => boolean) {
    this.#isChosen = isChosen;
  }

  /** Whether this neighbour may tell of an agent that nobody has told of yet. */
  hasRoom(from: PeerId, now: number): boolean {
    return this.#rateOf(from).hasLeft(from, now);
  }

  /** Counts one that was verified. False: its origin has had its share. */
  admit(origin: PeerId, from: PeerId, isNew: boolean, now: number): boolean {
    if (!this.#origins.admit(origin, now)) return false;
    return !isNew || this.#rateOf(from).admit(from, now);
  }

  #rateOf(from: PeerId): PeerRate {
    return this.#isChosen(from) ? this.#chosen : this.#neighbours;
  }
}
