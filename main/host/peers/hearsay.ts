import type { PeerId } from '../../../shared/ids.ts';
import type { PeerAgent } from '../../../shared/peers.ts';
import type { PeersModules } from './index.ts';
import { OF_CONTACTS, OF_STRANGERS, readCards } from './read-cards.ts';

const FETCH_TIMEOUT_MS = 15_000;

/** What a peer said of itself since this host started. */
export interface Heard {
  /** Hostile text. */
  readonly name: string | null;
  readonly acceptsUs: boolean | null;
  readonly agents: PeerAgent[];
}

interface Entry {
  heard: Heard;
  /** Asked since the peer was last linked. */
  asked: boolean;
  fetching: boolean;
}

export interface HearsayEvents {
  isContact(peerId: PeerId): boolean;
  heard(peerId: PeerId, name: string): void;
}

const nothing: Heard = { name: null, acceptsUs: null, agents: [] };

/** Asks peers for their names and cards, and keeps what they answered. */
export class Hearsay {
  readonly #modules: Pick<PeersModules, 'network' | 'ownName'>;
  readonly #events: HearsayEvents;
  readonly #entries = new Map<PeerId, Entry>();
  #stopped = false;

  constructor(modules: Pick<PeersModules, 'network' | 'ownName'>, events: HearsayEvents) {
    this.#modules = modules;
    this.#events = events;
  }

  of(peerId: PeerId): Heard | undefined {
    return this.#entries.get(peerId)?.heard;
  }

  isDue(peerId: PeerId): boolean {
    return this.#entries.get(peerId)?.asked !== true;
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
    entry.asked = false;
    if (!this.#events.isContact(peerId)) entry.heard = { ...entry.heard, agents: [] };
  }

  forget(peerId: PeerId): void {
    this.#entries.delete(peerId);
  }

  stop(): void {
    this.#stopped = true;
  }

  fetchSoon(peerId: PeerId, introduce: boolean): void {
    // A peer that does not answer is shown as it was; the next time asks again.
    this.fetch(peerId, introduce, AbortSignal.timeout(FETCH_TIMEOUT_MS)).catch(() => undefined);
  }

  /** Asks for name and cards; the cards are verified. @throws {NetworkError} */
  async fetch(peerId: PeerId, introduce: boolean, signal: AbortSignal): Promise<void> {
    const entry = this.#entry(peerId);
    if (entry.fetching && !introduce) return;
    entry.fetching = true;
    entry.asked = true;
    try {
      const request = { name: this.#modules.ownName(), introduce };
      const { name, contact, cards } = await this.#modules.network.fetchCards(peerId, request, { signal });
      if (this.#stopped) return;
      const limits = this.#events.isContact(peerId) ? OF_CONTACTS : OF_STRANGERS;
      entry.heard = { name, acceptsUs: contact, agents: readCards(cards, peerId, limits) };
      this.#events.heard(peerId, name);
    } finally {
      entry.fetching = false;
    }
  }

  #entry(peerId: PeerId): Entry {
    let entry = this.#entries.get(peerId);
    if (entry === undefined) {
      entry = { heard: nothing, asked: false, fetching: false };
      this.#entries.set(peerId, entry);
    }
    return entry;
  }
}
