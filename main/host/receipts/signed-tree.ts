import type { CallId } from '../../../shared/ids.ts';
import type { ReceiptBody, ReceiptRoot, ReceiptsMessage } from '../../../shared/receipts.ts';
import { leafHash, rootOf } from './merkle-tree.ts';
import { rootText } from './canonical.ts';

/** One call in a tree. */
export interface Leaf {
  readonly callId: CallId;
  readonly rpcId: string | number;
  readonly body: ReceiptBody;
  /** Canonical JSON of it. */
  readonly text: string;
}

/** A tree that the host has signed, and the caller not yet. */
export interface SignedTree {
  readonly root: ReceiptRoot;
  /** Canonical JSON of it. */
  readonly text: string;
  readonly leaves: readonly Leaf[];
  readonly signature: string;
  /** Left over by another tree, of which the caller did not know some. */
  readonly again: boolean;
  /** Of a stream that has ended: calls are named by their nonces. */
  readonly late: boolean;
  /** By `performance.now`. */
  readonly signedAt: number;
}

export function treeOf(
  leaves: readonly [Leaf, ...Leaf[]],
  {
    again,
    late,
    now,
    sign,
  }: Pick<SignedTree, 'again' | 'late'> & { now: number; sign: (text: string) => string },
): SignedTree {
  const { caller, host } = leaves[0].body;
  // A clock that was set back meanwhile does not put the signature before what it is about.
  const at = Math.max(now, ...leaves.map(({ body }) => body.endedAt));
  const hash = rootOf(leaves.map(({ text }) => leafHash(text)));
  const root = { v: 1, caller, host, root: hash, count: leaves.length, at } as const;
  const text = rootText(root);
  return { root, text, leaves, signature: sign(text), again, late, signedAt: performance.now() };
}

/** What the caller is told of it. */
export function messageOf({ root, leaves, signature, late }: SignedTree): ReceiptsMessage {
  const ways: ReceiptsMessage['ways'] = [];
  const known = new Map<string, number>();
  const calls = leaves.map(({ rpcId, body }): ReceiptsMessage['calls'][number] => {
    const { outcome, effect, by, changed, receivedAt, decidedAt, endedAt } = body;
    const key = `${outcome} ${effect} ${changed} ${by}`;
    let way = known.get(key);
    if (way === undefined) {
      way = ways.push({ outcome, effect, by, changed }) - 1;
      known.set(key, way);
    }
    const id = late ? body.nonce : rpcId;
    return [id, way, root.at - receivedAt, decidedAt - receivedAt, endedAt - decidedAt];
  });
  return { root, signature, late, ways, calls };
}
