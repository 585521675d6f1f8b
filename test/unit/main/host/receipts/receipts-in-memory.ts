import type { CallId } from '../../../../../shared/ids.ts';
import { ReceiptRoot } from '../../../../../shared/receipts.ts';
import type { ReceiptStore, StoredReceipts } from '../../../../../main/host/receipts/index.ts';

/** Keeps receipts as the records do, without a disk. */
export class ReceiptsInMemory implements ReceiptStore {
  readonly trees: StoredReceipts[] = [];

  put(receipts: StoredReceipts): void {
    this.trees.push(receipts);
  }

  countersign(root: string, callerSignature: string): void {
    const at = this.trees.findIndex((tree) => ReceiptRoot.parse(JSON.parse(tree.root)).root === root);
    const tree = this.trees[at];
    if (tree === undefined) throw new Error('Countersigned what was never kept.');
    this.trees[at] = { ...tree, callerSignature };
  }

  ofCall(id: CallId): { receipts: StoredReceipts; index: number } | null {
    const found = this.trees.filter(({ bodies }) => bodies.some(({ callId }) => callId === id));
    const receipts = found.findLast(({ callerSignature }) => callerSignature !== null) ?? found.at(-1);
    if (receipts === undefined) return null;
    return { receipts, index: receipts.bodies.findIndex(({ callId }) => callId === id) };
  }

  state(id: CallId): 'none' | 'host' | 'both' {
    const found = this.ofCall(id);
    if (found === null) return 'none';
    return found.receipts.callerSignature === null ? 'host' : 'both';
  }
}
