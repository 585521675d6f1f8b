import type { PeerId } from '../../../shared/ids.ts';
import type { ContactRequest } from '../../../shared/peers.ts';
import type { Budget } from '../../../shared/rules.ts';
import type { PeerStore, StoredPeer } from '../records/index.ts';
import { isWorthKeeping } from './remembered.ts';

/** Pending contact requests kept at most; the oldest is forgotten first. */
const MAX_REQUESTS = 100;
const REQUEST_WRITE_MS = 1000;

/** The peers that outlive the host, as they are now; what is in the records may be a little older. */
export class StoredPeers {
  readonly #store: PeerStore;
  readonly #peers = new Map<PeerId, StoredPeer>();
  /** Looked at for each call, so they are kept apart. */
  readonly budgets = new Map<PeerId, Budget>();
  readonly #requestWrittenAt = new Map<PeerId, number>();

  constructor(store: PeerStore) {
    this.#store = store;
    for (const peer of store.list()) this.#set(peer);
  }

  get(peerId: PeerId): StoredPeer | undefined {
    return this.#peers.get(peerId);
  }

  all(): MapIterator<StoredPeer> {
    return this.#peers.values();
  }

  /** Keeps it, or lets go of it where nobody would miss it. @throws {RecordsError} */
  put(peer: StoredPeer, write: boolean): void {
    if (peer.request === null) this.#requestWrittenAt.delete(peer.peerId);
    if (isWorthKeeping(peer)) {
      this.#set(peer);
      if (write) this.#store.put(peer);
    } else {
      this.#peers.delete(peer.peerId);
      this.budgets.delete(peer.peerId);
      this.#store.remove(peer.peerId);
    }
  }

  /** @throws {RecordsError} */
  remove(peerId: PeerId): void {
    this.#store.remove(peerId);
    this.#peers.delete(peerId);
    this.budgets.delete(peerId);
    this.#requestWrittenAt.delete(peerId);
  }

  #set(peer: StoredPeer): void {
    this.#peers.set(peer.peerId, peer);
    if (peer.budget === null) this.budgets.delete(peer.peerId);
    else this.budgets.set(peer.peerId, peer.budget);
  }

  /** The request of a peer that knocks (once more), and whether it is time to write it down: once a second at most. */
  requested(
    peerId: PeerId,
    wanted: ContactRequest['wanted'],
  ): { readonly request: ContactRequest; readonly write: boolean } {
    const now = Date.now();
    const before = this.#peers.get(peerId)?.request;
    const request = {
      firstAt: before?.firstAt ?? now,
      lastAt: now,
      attempts: (before?.attempts ?? 0) + 1,
      wanted: wanted ?? before?.wanted ?? null,
    };
    const write = now - (this.#requestWrittenAt.get(peerId) ?? 0) >= REQUEST_WRITE_MS;
    if (write) this.#requestWrittenAt.set(peerId, now);
    return { request, write };
  }

  /** Whose request is the oldest, where there are too many. */
  requestTooMany(): PeerId | null {
    const pending = [...this.#peers.values()].filter((peer) => peer.request !== null);
    if (pending.length <= MAX_REQUESTS) return null;
    return pending.reduce((a, b) => ((a.request?.lastAt ?? 0) <= (b.request?.lastAt ?? 0) ? a : b)).peerId;
  }
}
