import type { PeerId } from '../../../shared/ids.ts';
import { Ticket } from '../../../shared/wire.ts';
import { LATE_MS, MAX_LATE_TREES } from './limits.ts';
import type { SignedTree } from './signed-tree.ts';

/** Peers whose lost streams are remembered. */
const MAX_PEERS = 64;

/** Trees that lost streams left without the caller's signature. They are told again on its next stream. */
export class LateTrees {
  readonly #trees = new Map<PeerId, SignedTree[]>();
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
    const kept = this.#trees.get(peerId) ?? [];
    kept.push(tree);
    while (kept.length > MAX_LATE_TREES) this.#forgotten(peerId, kept.shift()?.leaves.length ?? 0);
    this.#trees.delete(peerId);
    this.#trees.set(peerId, kept);
    const [oldest] = this.#trees.keys();
    if (this.#trees.size > MAX_PEERS && oldest !== undefined) {
      for (const { leaves } of this.take(oldest)) this.#forgotten(oldest, leaves.length);
    }
  }

  /** Those of a peer that are not too old. They are the taker's from now on. */
  take(peerId: PeerId): SignedTree[] {
    const kept = this.#trees.get(peerId) ?? [];
    this.#trees.delete(peerId);
    const from = performance.now() - LATE_MS;
    for (const tree of kept) if (tree.signedAt < from) this.#forgotten(peerId, tree.leaves.length);
    return kept.filter(({ signedAt }) => signedAt >= from);
  }
}
