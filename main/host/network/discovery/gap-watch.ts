/** Between two comparisons, while there is news: longer than gossip takes to tell everybody. */
const PAUSE_MS = 3000;
/** The more there is to compare, the longer. */
const PAUSE_PER_KNOWN_MS = 50;
/** While there is none. */
const QUIET_MS = 60_000;
/** Hosts that hear of the same must not all ask at the same moment. */
const JITTER = 0.3;
const NEIGHBOURS = 2;

export interface GapWatchParts<Neighbour> {
  /** Who can be asked. */
  readonly neighbours: () => readonly Neighbour[];
  /** Asks one for what it holds and we do not. */
  readonly compare: (neighbour: Neighbour) => void;
  /** How many announcements we hold. */
  readonly known: () => number;
}

/**
 * Gossip may lose a message where links, streams and subscriptions are just coming and going; whoever missed it would not
 * hear of it for ten minutes. So each burst of news is followed by a comparison with two neighbours, until there was no
 * news between two of them; in quiet times there is one a minute.
 */
export class GapWatch<Neighbour> {
  readonly #parts: GapWatchParts<Neighbour>;
  #timer: NodeJS.Timeout | null = null;
  #isNews = false;
  #isQuiet = true;
  #turn = 0;

  constructor(parts: GapWatchParts<Neighbour>) {
    this.#parts = parts;
  }

  /** Something was announced, here or elsewhere, or a neighbour came. */
  news(): void {
    this.#isNews = true;
    if (this.#timer === null || this.#isQuiet) this.#plan();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #plan(): void {
    this.stop();
    this.#isQuiet = !this.#isNews;
    const pauseMs = Math.max(PAUSE_MS, this.#parts.known() * PAUSE_PER_KNOWN_MS);
    const delayMs = (this.#isQuiet ? Math.max(QUIET_MS, pauseMs) : pauseMs) * (1 + JITTER * Math.random());
    this.#timer = setTimeout(() => this.#compare(), delayMs).unref();
  }

  #compare(): void {
    this.#timer = null;
    const neighbours = this.#parts.neighbours();
    // The next one that comes begins it anew.
    if (neighbours.length === 0) return;
    this.#plan();
    this.#isNews = false;
    const count = Math.min(NEIGHBOURS, neighbours.length);
    for (let at = 0; at < count; at += 1) {
      const neighbour = neighbours[(this.#turn + at) % neighbours.length];
      if (neighbour !== undefined) this.#parts.compare(neighbour);
    }
    this.#turn = (this.#turn + count) % neighbours.length;
  }
}
