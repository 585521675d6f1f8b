import type { PeerId } from '../../../shared/ids.ts';
import type { ReceiptStore } from './index.ts';
import type { LateCalls } from './late-calls.ts';
import type { LateTrees } from './late-trees.ts';
import type { Troubles } from './troubles.ts';

/** What all streams share. */
export interface Shared {
  readonly ownPeerId: PeerId;
  readonly store: ReceiptStore;
  readonly troubles: Troubles;
  readonly sign: (rootText: string) => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Receipts that wait for the caller's signature. */
  readonly unsigned: { calls: number };
  readonly lateTrees: LateTrees;
  readonly lateCalls: LateCalls;
}
