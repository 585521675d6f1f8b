import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { ChainFindings } from './chain-findings.ts';
import { jsonOf } from './json-column.ts';
import { receiptsDigest } from './receipt-store.ts';
import { rulesDigest } from './rule-store.ts';

const Id = z.int().positive();
const Run = z.tuple([Id, Id]).refine(([from, to]) => from <= to && to - from < 1_000_000);
const Deleted = jsonOf(z.object({ calls: z.array(Run).max(10_000) }));
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
const Bounds = z.object({ version: z.number().nullable(), call: z.number().nullable() });

/** Checks what entries say of other things than calls. */
export class ChainFacts {
  readonly #findings: ChainFindings;
  readonly #version: StatementSync;
  readonly #tree: StatementSync;
  readonly #bounds: StatementSync;

  constructor(database: DatabaseSync, findings: ChainFindings) {
    this.#findings = findings;
    this.#version = database.prepare('SELECT at, reason, change FROM rule_versions WHERE version = ?');
    this.#tree = database.prepare(
      'SELECT direction, peer_id, root, host_signature, bodies FROM receipt_trees WHERE id = ?',
    );
    this.#bounds = database.prepare(`
      SELECT (SELECT CAST(max(version) - 1000 AS REAL) FROM rule_versions) AS version,
        (SELECT CAST(min(id) AS REAL) FROM calls) AS call`);
  }

  /** Runs of calls that the entry says were deleted. */
  check(seq: number, kind: string, body: Uint8Array): readonly (readonly [number, number])[] {
    const text = Buffer.from(body).toString();
    const sound = Other.safeParse(text).success;
    if (!sound) this.#findings.add('changed', seq, null, `Entry ${seq} says nothing that can be read.`);
    if (kind === 'rules') this.#rules(seq, text);
    if (kind === 'receipts') this.#receipts(seq, text);
    return kind === 'deleted' ? (Deleted.safeParse(text).data?.calls ?? []) : [];
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
      const bounds = Bounds.parse(this.#bounds.get());
      if (bounds.call !== null && note.last >= bounds.call)
        this.#findings.add('removed', seq, note.last, `The receipts of entry ${seq} are missing.`);
    } else if (
      receiptsDigest(row.direction, row.peer_id, row.root, row.host_signature, row.bodies) !== note.digest
    ) {
      this.#findings.add('changed', seq, note.last, `The receipts of entry ${seq} are not as they were recorded.`);
    }
  }
}
