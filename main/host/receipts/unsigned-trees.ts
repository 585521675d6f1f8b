import type { PeerId } from '../../../shared/ids.ts';
import { MAX_UNSIGNED_CALLS } from './limits.ts';

interface Tree {
  readonly leaves: readonly unknown[];
}
interface OfPeer {
  /** With what lets go of it, the oldest first. */
  readonly trees: Map<Tree, () => void>;
  calls: number;
}

/**
 * The trees of all streams that wait for their caller's signature. Where they are too many, the peer that has most of
 * them loses its oldest: nobody crowds out others by not signing.
 */
export class UnsignedTrees {
  readonly #peers = new Map<PeerId, OfPeer>();
  #calls = 0;

  /** @param letGo removes the tree from here, too */
  add(peerId: PeerId, tree: Tree, letGo: () => void): void {
    let of = this.#peers.get(peerId);
    if (of === undefined) {
      of = { trees: new Map(), calls: 0 };
      this.#peers.set(peerId, of);
    }
    of.trees.set(tree, letGo);
    of.calls += tree.leaves.length;
    this.#calls += tree.leaves.length;
    while (this.#calls > MAX_UNSIGNED_CALLS) {
      const [oldest] = this.#most()?.trees ?? [];
      if (oldest === undefined) return;
      const before = this.#calls;
      oldest[1]();
      if (this.#calls >= before) return;
    }
  }

  remove(peerId: PeerId, tree: Tree): void {
    const of = this.#peers.get(peerId);
    if (of?.trees.delete(tree) !== true) return;
    of.calls -= tree.leaves.length;
    this.#calls -= tree.leaves.length;
    if (of.trees.size === 0) this.#peers.delete(peerId);
  }

  #most(): OfPeer | null {
    let most: OfPeer | null = null;
    for (const of of this.#peers.values()) if (most === null || of.calls > most.calls) most = of;
    return most;
  }
}
