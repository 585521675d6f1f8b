import type { PeerId } from '../../../shared/ids.ts';

/** No budget runs over more than a day, whatever a peer says. */
const LONGEST_MS = 24 * 60 * 60 * 1000;
const MAX_PEERS = 1000;

/** The peers at which our budget is used up, and until when, as they said themselves. */
export class Pauses {
  readonly #until = new Map<PeerId, { readonly at: number; readonly timer: NodeJS.Timeout }>();
  readonly #onOver: (peerId: PeerId) => void;

  constructor(onOver: (peerId: PeerId) => void) {
    this.#onOver = onOver;
  }

  until(peerId: PeerId): number | null {
    return this.#until.get(peerId)?.at ?? null;
  }

  note(peerId: PeerId, until: number): void {
    const now = Date.now();
    const at = Math.min(until, now + LONGEST_MS);
    this.#forget(peerId);
    if (!(at > now) || this.#until.size >= MAX_PEERS) return;
    const timer = setTimeout(() => {
      this.#forget(peerId);
      this.#onOver(peerId);
    }, at - now).unref();
    this.#until.set(peerId, { at, timer });
  }

  stop(): void {
    for (const peerId of [...this.#until.keys()]) this.#forget(peerId);
  }

  #forget(peerId: PeerId): void {
    clearTimeout(this.#until.get(peerId)?.timer);
    this.#until.delete(peerId);
  }
}
