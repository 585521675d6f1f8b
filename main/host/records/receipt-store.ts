import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { z } from 'zod';
import { CallId, PeerId } from '../../../shared/ids.ts';
import { MAX_CALLS_IN_TREE, ReceiptRoot } from '../../../shared/receipts.ts';
import type { ReceiptStore, StoredReceipts } from '../receipts/index.ts';
import { hashOf } from './bodies.ts';
import type { Chain } from './chain.ts';
import { jsonOf } from './json-column.ts';
import type { Save } from './small-writes.ts';

/** Longest list of bodies that is unpacked: each is some 700 characters, names of tools up to 2,300 more. */
const MAX_BODIES_BYTES = 8 * MAX_CALLS_IN_TREE * 4096;

const Root = jsonOf(ReceiptRoot);
const Tree = z.object({
  direction: z.enum(['in', 'out']),
  peer_id: PeerId,
  root: z.string(),
  host_signature: z.string(),
  caller_signature: z.string().nullable(),
  bodies: z.instanceof(Uint8Array),
  place: z.number(),
});
/** They are so much alike that more work would gain nothing. */
const FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const State = z.object({ trees: z.number(), countersigned: z.number() });

/**
 * Trees of receipts. The bodies of one are kept together and compressed, since they are much alike; a small row leads
 * from each call to its place.
 */
export class SqliteReceiptStore implements ReceiptStore {
  readonly #save: Save;
  readonly #chain: Chain;
  readonly #insert: StatementSync;
  readonly #place: StatementSync;
  readonly #countersign: StatementSync;
  readonly #ofCall: StatementSync;
  readonly #state: StatementSync;
  #put = 0;

  constructor(database: DatabaseSync, save: Save, chain: Chain) {
    this.#save = save;
    this.#chain = chain;
    this.#insert = database.prepare(`
      INSERT INTO receipt_trees (direction, peer_id, root_hash, root, host_signature, caller_signature, last_call,
        bodies) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#place = database.prepare(
      'INSERT OR REPLACE INTO receipt_calls (call_id, tree_id, place) VALUES (?, ?, ?)',
    );
    this.#countersign = database.prepare(
      'UPDATE receipt_trees SET caller_signature = ? WHERE root_hash = ? AND caller_signature IS NULL',
    );
    this.#ofCall = database.prepare(`
      SELECT direction, peer_id, root, host_signature, caller_signature, bodies, CAST(place AS REAL) AS place
      FROM receipt_calls JOIN receipt_trees ON id = tree_id WHERE call_id = ?
      ORDER BY caller_signature IS NULL, tree_id DESC LIMIT 1`);
    this.#state = database.prepare(`
      SELECT count(*) AS trees, count(caller_signature) AS countersigned
      FROM receipt_calls JOIN receipt_trees ON id = tree_id WHERE call_id = ?`);
  }

  put(receipts: StoredReceipts): void {
    const { direction, peerId, root, bodies, hostSignature, callerSignature } = receipts;
    const rootHash = Root.parse(root).root;
    // Canonical JSON has no line breaks.
    const text = bodies.map(({ callId, body }) => `${callId} ${body}`).join('\n');
    const packed = zstdCompressSync(text, FAST);
    const last = bodies.reduce((most, { callId }) => Math.max(most, callId), 0);
    this.#put += 1;
    this.#save.surely(`receipts ${this.#put}`, () => {
      const { lastInsertRowid: tree } = this.#insert.run(
        direction,
        peerId,
        rootHash,
        root,
        hostSignature,
        callerSignature,
        last,
        packed,
      );
      for (const [place, { callId }] of bodies.entries()) this.#place.run(callId, tree, place);
      this.#chain.note('receipts', {
        tree: Number(tree),
        last,
        digest: receiptsDigest(direction, peerId, root, hostSignature, packed),
      });
    });
  }

  countersign(root: string, signature: string): void {
    this.#save.surely(`countersign ${root}`, () => this.#countersign.run(signature, root));
  }

  ofCall(id: CallId): { receipts: StoredReceipts; index: number } | null {
    const tree = Tree.safeParse(this.#ofCall.get(id)).data;
    if (tree === undefined) return null;
    const bodies = unpacked(tree.bodies);
    if (bodies === null) return null;
    return {
      receipts: {
        direction: tree.direction,
        peerId: tree.peer_id,
        root: tree.root,
        bodies,
        hostSignature: tree.host_signature,
        callerSignature: tree.caller_signature,
      },
      index: tree.place,
    };
  }

  state(id: CallId): 'none' | 'host' | 'both' {
    const { trees, countersigned } = State.parse(this.#state.get(id));
    if (trees === 0) return 'none';
    return countersigned > 0 ? 'both' : 'host';
  }
}

/** Null where it cannot be read. */
function unpacked(packed: Uint8Array): StoredReceipts['bodies'] | null {
  try {
    const text = zstdDecompressSync(packed, { maxOutputLength: MAX_BODIES_BYTES }).toString();
    return text.split('\n').map((line) => {
      const space = line.indexOf(' ');
      return { callId: CallId.parse(Number(line.slice(0, space))), body: line.slice(space + 1) };
    });
  } catch {
    return null;
  }
}

/** Of one row of `receipt_trees`, as the chain has it. The caller signs later, and is not in it. */
export const receiptsDigest = (
  direction: string,
  peerId: string,
  root: string,
  hostSignature: string,
  packed: Uint8Array,
): string => hashOf(JSON.stringify([direction, peerId, root, hostSignature, hashOf(packed)]));
