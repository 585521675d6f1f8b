import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { deletedIn } from './chain-deleted.ts';
import type { ChainFindings } from './chain-findings.ts';
import { jsonOf } from './json-column.ts';
import { receiptsDigest } from './receipt-store.ts';
import { rulesDigest } from './rule-store.ts';

const Id = z.int().positive();
const RulesNote = jsonOf(z.object({ version: Id, digest: z.string() }));
const ReceiptsNote = jsonOf(z.object({ tree: Id, last: z.number(), digest: z.string() }));
const Other = jsonOf(z.looseObject({}));

const VersionRow = z.object({ at: z.number(), reason: z.string(), change: z.string() });
const TreeRow = z.object({
  direction: z.string(),
  peer_id: z.string(),
  root: z.string(),
  host_signature: z.string(),
  bodies: z.instanceof(Uint8Array),
});
const Bounds = z.object({ version: z.number().nullable() });
/** Missing trees that are remembered until it is known whether their calls were deleted. */
const MAX_MISSING = 100_000;

/** Checks what entries say of other things than calls. */
export class ChainFacts {
  readonly #findings: ChainFindings;
  readonly #version: StatementSync;
  readonly #tree: StatementSync;
  readonly #bounds: StatementSync;
  /** The youngest call of each, by the entry. */
  readonly #missing = new Map<number, number>();
  #lastDeleted = 0;

  constructor(database: DatabaseSync, findings: ChainFindings) {
    this.#findings = findings;
    this.#version = database.prepare('SELECT at, reason, change FROM rule_versions WHERE version = ?');
    this.#tree = database.prepare(
      'SELECT direction, peer_id, root, host_signature, bodies FROM receipt_trees WHERE id = ?',
    );
    this.#bounds = database.prepare(`
      SELECT CAST(max(version) - 1000 AS REAL) AS version FROM rule_versions`);
  }

  /** Runs of calls that the entry says were deleted. */
  check(seq: number, kind: string, body: Uint8Array): readonly (readonly [number, number])[] {
    const text = Buffer.from(body).toString();
    const sound = Other.safeParse(text).success;
    if (!sound) this.#findings.add('changed', seq, null, `Entry ${seq} says nothing that can be read.`);
    if (kind === 'rules') this.#rules(seq, text);
    if (kind === 'receipts') this.#receipts(seq, text);
    const deleted = kind === 'deleted' ? deletedIn(body) : [];
    for (const [, to] of deleted) this.#lastDeleted = Math.max(this.#lastDeleted, to);
    return deleted;
  }

  /** Once all entries were looked at: receipts go with their calls, and not otherwise. */
  conclude(): void {
    for (const [seq, last] of this.#missing) {
      if (last > this.#lastDeleted)
        this.#findings.add('removed', seq, last, `The receipts of entry ${seq} are missing.`);
    }
  }

  #rules(seq: number, text: string): void {
    const note = RulesNote.safeParse(text).data;
    if (note === undefined) return;
    const { version, digest } = note;
    const row = VersionRow.safeParse(this.#version.get(version)).data;
    if (row === undefined) {
      const bounds = Bounds.parse(this.#bounds.get());
      if (version > (bounds.version ?? 0))
        this.#findings.add('removed', seq, null, `Version ${version} of the rules is missing.`);
    } else if (rulesDigest(version, row.at, row.reason, row.change) !== digest) {
      this.#findings.add('changed', seq, null, `Version ${version} of the rules is not as it was recorded.`);
    }
  }

  #receipts(seq: number, text: string): void {
    const note = ReceiptsNote.safeParse(text).data;
    if (note === undefined) return;
    const row = TreeRow.safeParse(this.#tree.get(note.tree)).data;
    if (row === undefined) {
      if (this.#missing.size < MAX_MISSING) this.#missing.set(seq, note.last);
    } else if (
      receiptsDigest(row.direction, row.peer_id, row.root, row.host_signature, row.bodies) !== note.digest
    ) {
      this.#findings.add(
        'changed',
        seq,
        note.last,
        `The receipts of entry ${seq} are not as they were recorded.`,
      );
    }
  }
}
