import type { PeerId } from '../../../shared/ids.ts';
import type { StoredReceipts } from './index.ts';
import type { LateCalls } from './late-calls.ts';
import type { LateTrees } from './late-trees.ts';
import type { Troubles } from './troubles.ts';
import type { UnsignedTrees } from './unsigned-trees.ts';

/** What all streams share. */
export interface Shared {
  readonly ownPeerId: PeerId;
  /** Whether the records have taken it. Where not, the person is told: a receipt is not worth the end of the host. */
  readonly keep: (receipts: StoredReceipts) => boolean;
  readonly countersign: (peerId: PeerId, root: string, signature: string) => void;
  readonly troubles: Troubles;
  readonly sign: (rootText: string) => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Receipts that wait for the caller's signature. */
  readonly unsigned: UnsignedTrees;
  readonly lateTrees: LateTrees;
  readonly lateCalls: LateCalls;
}
