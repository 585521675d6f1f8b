import type { PeerId } from '../../../shared/ids.ts';
import type { PeersModules } from './index.ts';
import { OF_CONTACTS, OF_STRANGERS, readCards, type HeardCard } from './read-cards.ts';

const FETCH_TIMEOUT_MS = 15_000;
/** A peer that is no contact is asked at most this often, however often it gives a reason to. */
const PAUSE_MS = 2000;

/** What a peer said of itself since this host started. */
export interface Heard {
  /** Hostile text. */
  readonly name: string | null;
  readonly acceptsUs: boolean | null;
  readonly cards: readonly HeardCard[];
}

interface Entry {
  heard: Heard;
  /** It has answered since it was last linked. */
  answered: boolean;
  /** It has just become a contact, and has not been told yet, nor is it told by the asking under way. */
  untold: boolean;
  /** The asking under way; whoever wants to know anew asks after it. */
  running: Promise<void> | null;
  /** Monotonic, of the last asking. */
  askedAt: number;
  timer: NodeJS.Timeout | null;
}

export interface HearsayEvents {
  isContact(peerId: PeerId): boolean;
  heard(peerId: PeerId, name: string): void;
}

const NO_CARDS: readonly HeardCard[] = [];
const nothing: Heard = { name: null, acceptsUs: null, cards: NO_CARDS };

/** Asks peers for their names and cards, and keeps what they answered. */
export class Hearsay {
  readonly #modules: Pick<PeersModules, 'network' | 'ownName' | 'invites'>;
  readonly #events: HearsayEvents;
  readonly #entries = new Map<PeerId, Entry>();
  #stopped = false;

  constructor(modules: Pick<PeersModules, 'network' | 'ownName' | 'invites'>, events: HearsayEvents) {
    this.#modules = modules;
    this.#events = events;
  }

  of(peerId: PeerId): Heard | undefined {
    return this.#entries.get(peerId)?.heard;
  }

  /** It has not answered since it was last linked. */
  isDue(peerId: PeerId): boolean {
    const entry = this.#entries.get(peerId);
    return entry?.answered !== true && entry?.running == null;
  }

  /** The peer said its name. True: it is another one. */
  named(peerId: PeerId, name: string): boolean {
    const entry = this.#entry(peerId);
    if (entry.heard.name === name) return false;
    entry.heard = { ...entry.heard, name };
    return true;
  }

  /** The peer is not linked any more. What a stranger offers is not kept: there may be thousands of them. */
  left(peerId: PeerId): void {
    const entry = this.#entries.get(peerId);
    if (entry === undefined) return;
    entry.answered = false;
    // What was to be asked is asked when it is linked again.
    if (entry.timer !== null) clearTimeout(entry.timer);
    entry.timer = null;
    if (!this.#events.isContact(peerId)) entry.heard = { ...entry.heard, cards: NO_CARDS };
  }

  forget(peerId: PeerId): void {
    const entry = this.#entries.get(peerId);
    if (entry?.timer != null) clearTimeout(entry.timer);
    this.#entries.delete(peerId);
  }

  stop(): void {
    this.#stopped = true;
    for (const peerId of [...this.#entries.keys()]) this.forget(peerId);
  }

  /** Asks, and says with it that something has changed between us: what the peer knows of it is stale. */
  tellSoon(peerId: PeerId): void {
    this.#entry(peerId).untold = true;
    this.fetchSoon(peerId);
  }

  /** Asks now, or when the pause is over. A peer that does not answer is shown as it was. */
  fetchSoon(peerId: PeerId): void {
    const entry = this.#entry(peerId);
    if (this.#stopped || entry.timer !== null) return;
    const pause = this.#events.isContact(peerId) ? 0 : PAUSE_MS;
    const wait = Math.max(0, entry.askedAt + pause - performance.now());
    entry.timer = setTimeout(() => {
      entry.timer = null;
      // Nobody waits for it who would want a link to be made.
      this.#fetch(peerId, AbortSignal.timeout(FETCH_TIMEOUT_MS), 'linked').catch(() => undefined);
    }, wait);
    entry.timer.unref();
  }

  /**
   * Asks for name and cards, after any asking that is under way; the cards are verified. A contact that has not
   * accepted us is told that we would like it to.
   * @throws {NetworkError}
   */
  async fetch(peerId: PeerId, signal: AbortSignal): Promise<void> {
    await this.#fetch(peerId, signal, 'wanted');
  }

  async #fetch(peerId: PeerId, signal: AbortSignal, from: 'linked' | 'wanted'): Promise<void> {
    const entry = this.#entry(peerId);
    while (entry.running !== null) await entry.running.catch(() => undefined);
    entry.running = this.#ask(peerId, entry, signal, from);
    try {
      await entry.running;
    } finally {
      entry.running = null;
    }
  }

  async #ask(peerId: PeerId, entry: Entry, signal: AbortSignal, from: 'linked' | 'wanted'): Promise<void> {
    entry.askedAt = performance.now();
    const isContact = this.#events.isContact(peerId);
    const { network, invites, ownName } = this.#modules;
    const secret = isContact ? invites.secretFor(peerId) : null;
    const request = {
      name: ownName(),
      introduce: isContact && (entry.untold || entry.heard.acceptsUs !== true),
      ...(secret === null ? {} : { invite: secret }),
    };
    const { untold } = entry;
    entry.untold = false;
    const { name, contact, cards } = await network
      .fetchCards(peerId, request, { signal, from })
      .catch((error: unknown) => {
        entry.untold ||= untold;
        throw error;
      });
    if (secret !== null) invites.shown(peerId, secret);
    if (this.#stopped) return;
    entry.answered = true;
    entry.heard = {
      name,
      acceptsUs: contact,
      cards: readCards(cards, peerId, isContact ? OF_CONTACTS : OF_STRANGERS),
    };
    this.#events.heard(peerId, name);
  }

  #entry(peerId: PeerId): Entry {
    let entry = this.#entries.get(peerId);
    if (entry === undefined) {
      entry = {
        heard: nothing,
        answered: false,
        untold: false,
        running: null,
        askedAt: -Infinity,
        timer: null,
      };
      this.#entries.set(peerId, entry);
    }
    return entry;
  }
}
