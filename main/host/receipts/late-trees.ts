import type { PeerId } from '../../../shared/ids.ts';
import { Ticket } from '../../../shared/wire.ts';
import { LATE_MS, MAX_LATE_CALLS } from './limits.ts';
import type { SignedTree } from './signed-tree.ts';

interface Late {
  readonly peerId: PeerId;
  readonly tree: SignedTree;
}

/** Trees that lost streams left without the caller's signature. They are told again on its next stream. */
export class LateTrees {
  /** The oldest first. */
  readonly #late = new Set<Late>();
  #calls = 0;
  readonly #forgotten: (peerId: PeerId, calls: number) => void;

  constructor(forgotten: (peerId: PeerId, calls: number) => void) {
    this.#forgotten = forgotten;
  }

  /** Only what tickets name: other names mean nothing beyond their stream. */
  keep(peerId: PeerId, tree: SignedTree): void {
    if (!tree.leaves.every(({ body }) => Ticket.safeParse(body.nonce).success)) {
      this.#forgotten(peerId, tree.leaves.length);
      return;
    }
    this.#late.add({ peerId, tree });
    this.#calls += tree.leaves.length;
    const from = performance.now() - LATE_MS;
    for (const late of this.#late) {
      if (this.#calls <= MAX_LATE_CALLS && late.tree.signedAt >= from) break;
      this.#remove(late);
      this.#forgotten(late.peerId, late.tree.leaves.length);
    }
  }

  /** Those of a peer that are not too old. They are the taker's from now on. */
  take(peerId: PeerId): SignedTree[] {
    const taken: SignedTree[] = [];
    const from = performance.now() - LATE_MS;
    for (const late of this.#late) {
      if (late.peerId !== peerId) continue;
      this.#remove(late);
      if (late.tree.signedAt >= from) taken.push(late.tree);
      else this.#forgotten(peerId, late.tree.leaves.length);
    }
    return taken;
  }

  #remove(late: Late): void {
    this.#late.delete(late);
    this.#calls -= late.tree.leaves.length;
  }
}
