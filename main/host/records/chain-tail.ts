import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { readAnchor } from './chain-anchor.ts';
import { anchorText, headText, isSignedBy } from './chain-signature.ts';
import { UNSIGNED_MS } from './chain-signed.ts';

const Head = z.object({
  seq: z.number(),
  hash: z.instanceof(Uint8Array),
  at: z.number(),
  signature: z.string(),
});
const Tail = z.object({
  last: z.number().nullable(),
  from: z.number().nullable(),
  to: z.number().nullable(),
});

/** Entries, of those up to `found`, that no signature of this one covers, though they were written over more time than signing takes; or null. */
export function unsignedTail(
  database: DatabaseSync,
  signer: string,
  found: number,
): { after: number; until: number } | null {
  const heads = database
    .prepare(
      `SELECT CAST(chain_heads.seq AS REAL) AS seq, chain_heads.hash, chain_heads.at, signature
       FROM chain_heads JOIN chain ON chain.seq = chain_heads.seq AND chain.hash = chain_heads.hash
       WHERE signer = ? ORDER BY chain_heads.seq DESC LIMIT 100`,
    )
    .all(signer);
  const sound = heads.find((row) => {
    const head = Head.safeParse(row).data;
    return head !== undefined && isSignedBy(signer, headText(head.seq, head.hash, head.at), head.signature);
  });
  const anchor = readAnchor(database);
  const isAnchored =
    anchor?.signer === signer &&
    isSignedBy(signer, anchorText(anchor.seq, anchor.hash, anchor.calls), anchor.signature ?? '');
  const after = Math.max(Head.safeParse(sound).data?.seq ?? 0, isAnchored ? anchor.seq : 0);
  const { last, from, to } = Tail.parse(
    database
      .prepare(
        'SELECT CAST(max(seq) AS REAL) AS last, min(at) AS "from", max(at) AS "to" FROM chain WHERE seq > ? AND seq <= ?',
      )
      .get(after, found),
  );
  if (last === null || from === null || to === null || to - from <= UNSIGNED_MS) return null;
  return { after, until: last };
}
