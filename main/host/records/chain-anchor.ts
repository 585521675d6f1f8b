import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { Sha256Hex } from '../../../shared/ids.ts';
import type { Chain } from './chain.ts';
import { deletedIn } from './chain-deleted.ts';
import { BEGINNING, entryHash, LISTS_CALLS, unpackCalls } from './chain-entry.ts';
import { anchorText, isSignedBy } from './chain-signature.ts';
import { notedStanding } from './chain-standing.ts';
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
const Entry = z.object({
  seq: z.number(),
  kind: z.string(),
  at: z.number(),
  body: z.instanceof(Uint8Array),
  hash: z.instanceof(Uint8Array),
});

export function readAnchor(database: DatabaseSync): Anchor | null {
  const row = database.prepare('SELECT value FROM facts WHERE key = ?').get(KEY);
  return Fact.safeParse(row).data?.value ?? null;
}

/**
 * Forgets the oldest entries of the chain as far as later ones say that all calls in them were deleted, and puts a signed
 * anchor in their place. An entry that does not follow from the one before stays, and so does a call that is gone though
 * no entry says so: a check must find them. To be called in a transaction; true where there may be more to forget.
 */
export function pruneChain(database: DatabaseSync, chain: Chain): boolean {
  const { signer } = chain;
  const before = readAnchor(database);
  if (before !== null && signer !== null && !isSound(before, signer.peerId)) return false;
  const rows = database
    .prepare('SELECT CAST(seq AS REAL) AS seq, kind, at, body, hash FROM chain ORDER BY seq LIMIT ?')
    .all(MOST + 1);
  const deleted = runsDeleted(database);
  let previous: Uint8Array = before === null ? BEGINNING : Buffer.from(before.hash, 'hex');
  let last: z.infer<typeof Entry> | null = null;
  let entries = 0;
  let calls = before?.calls ?? 0;
  // The newest entry always stays.
  for (const row of rows.slice(0, -1)) {
    const entry = Entry.safeParse(row).data;
    if (entry === undefined) break;
    if (entry.seq !== (last?.seq ?? before?.seq ?? 0) + 1 || !entryHash(previous, entry).equals(entry.hash))
      break;
    const ids = LISTS_CALLS.has(entry.kind) ? unpackCalls(entry.body) : [];
    if (ids?.every(({ id }) => isIn(deleted, id)) !== true) break;
    last = entry;
    previous = entry.hash;
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
  const standing = notedStanding(database);
  database.prepare('DELETE FROM chain WHERE seq <= ?').run(last.seq);
  database.prepare('DELETE FROM chain_heads WHERE seq <= ?').run(last.seq);
  database
    .prepare('INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)')
    .run(KEY, JSON.stringify(anchor));
  chain.note('pruned', { seq: last.seq, calls, ...standing });
  return true;
}

const isSound = ({ seq, hash, calls, signer, signature }: Anchor, expected: string): boolean =>
  signer === expected && isSignedBy(signer, anchorText(seq, hash, calls), signature ?? '');

type Run = readonly [number, number];

/** What the oldest entries about deletions name: ascending runs that do not touch. */
function runsDeleted(database: DatabaseSync): Run[] {
  const rows = database
    .prepare(`SELECT body FROM chain WHERE kind <> 'calls' AND kind = 'deleted' ORDER BY seq LIMIT ${MOST}`)
    .all();
  const runs = rows
    .flatMap((row) => deletedIn(Entry.shape.body.parse(row['body'])))
    .sort(([a], [b]) => a - b);
  const merged: [number, number][] = [];
  for (const [from, to] of runs) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

function isIn(runs: readonly Run[], id: number): boolean {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[middle]?.[1] ?? 0) < id) low = middle + 1;
    else high = middle;
  }
  const run = runs[low];
  return run !== undefined && run[0] <= id && id <= run[1];
}
