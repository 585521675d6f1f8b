import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { Sha256Hex } from '../../../shared/ids.ts';
import type { Chain } from './chain.ts';
import { deletedIn } from './chain-deleted.ts';
import { unpackCalls } from './chain-entry.ts';
import { anchorText } from './chain-signature.ts';
import { jsonOf } from './json-column.ts';

/** Stands for the entries that were pruned, since all calls in them are deleted. */
const Anchor = z.object({
  /** The last entry that was pruned, and its hash. */
  seq: z.int().positive(),
  hash: Sha256Hex,
  /** How many calls were deleted, as what was pruned says. */
  calls: z.int().nonnegative(),
  signer: z.string().nullable(),
  signature: z.string().nullable(),
});
export type Anchor = z.infer<typeof Anchor>;

const KEY = 'chainAnchor';
/** In one transaction at most, and at least: an anchor for a few entries is not worth its signature. */
const MOST = 1000;
const LEAST = 100;

const Fact = z.object({ value: jsonOf(Anchor) });
const Oldest = z.object({ id: z.number().nullable() });
const Entry = z.object({
  seq: z.number(),
  kind: z.string(),
  body: z.instanceof(Uint8Array),
  hash: z.instanceof(Uint8Array),
});

export function readAnchor(database: DatabaseSync): Anchor | null {
  const row = database.prepare('SELECT value FROM facts WHERE key = ?').get(KEY);
  return Fact.safeParse(row).data?.value ?? null;
}

/**
 * Forgets the oldest entries of the chain as far as all calls in them are deleted, and puts a signed anchor in their
 * place. To be called in a transaction; true where there may be more to forget.
 */
export function pruneChain(database: DatabaseSync, chain: Chain): boolean {
  const { signer } = chain;
  const oldest = Oldest.parse(
    database.prepare('SELECT CAST(min(id) AS REAL) AS id FROM calls WHERE id < 9e15').get(),
  ).id;
  const rows = database
    .prepare('SELECT CAST(seq AS REAL) AS seq, kind, body, hash FROM chain ORDER BY seq LIMIT ?')
    .all(MOST + 1);
  const before = readAnchor(database);
  let last: z.infer<typeof Entry> | null = null;
  let entries = 0;
  let calls = before?.calls ?? 0;
  // The newest entry always stays.
  for (const row of rows.slice(0, -1)) {
    const entry = Entry.safeParse(row).data;
    if (entry === undefined) break;
    const ids = entry.kind === 'calls' || entry.kind === 'taken-up' ? unpackCalls(entry.body) : [];
    if (ids === null || (oldest !== null && ids.some(({ id }) => id >= oldest))) break;
    last = entry;
    entries += 1;
    if (entry.kind === 'deleted') for (const [from, to] of deletedIn(entry.body)) calls += to - from + 1;
  }
  if (last === null || entries < LEAST) return false;
  const hash = Buffer.from(last.hash).toString('hex');
  const anchor: Anchor = {
    seq: last.seq,
    hash,
    calls,
    signer: signer?.peerId ?? null,
    signature: signer?.sign(anchorText(last.seq, hash, calls)) ?? null,
  };
  database.prepare('DELETE FROM chain WHERE seq <= ?').run(last.seq);
  database.prepare('DELETE FROM chain_heads WHERE seq <= ?').run(last.seq);
  database
    .prepare('INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)')
    .run(KEY, JSON.stringify(anchor));
  chain.note('pruned', { seq: last.seq, calls });
  return entries === MOST;
}
