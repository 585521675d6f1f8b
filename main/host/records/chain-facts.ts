import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { ChainFindings } from './chain-findings.ts';
import { jsonOf } from './json-column.ts';
import { receiptsDigest } from './receipt-store.ts';
import { rulesDigest } from './rule-store.ts';
import { deletedIn } from './chain-deleted.ts';
import { NO_RULES, presentStanding, standingIn, type Standing } from './chain-standing.ts';

const Id = z.int().positive();
const RulesNote = jsonOf(z.object({ version: Id, digest: z.string() }));
const ReceiptsNote = jsonOf(z.object({ tree: Id, last: z.number(), digest: z.string() }));
const Unsigned = jsonOf(z.object({ after: z.number(), until: z.number() }));
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
  readonly #database: DatabaseSync;
  readonly #findings: ChainFindings;
  readonly #version: StatementSync;
  readonly #tree: StatementSync;
  readonly #bounds: StatementSync;
  /** The youngest call of each, by the entry. */
  readonly #missing = new Map<number, number>();
  #lastDeleted = 0;
  #standing: Standing = { rules: null, stoppedAt: null };

  constructor(database: DatabaseSync, findings: ChainFindings) {
    this.#database = database;
    this.#findings = findings;
    this.#version = database.prepare('SELECT at, reason, change FROM rule_versions WHERE version = ?');
    this.#tree = database.prepare(
      'SELECT direction, peer_id, root, host_signature, bodies FROM receipt_trees WHERE id = ?',
    );
    this.#bounds = database.prepare(`
      SELECT CAST(max(version) - 1000 AS REAL) AS version FROM rule_versions`);
  }

  check(seq: number, kind: string, body: Uint8Array): void {
    const text = Buffer.from(body).toString();
    const sound = Other.safeParse(text).success;
    if (!sound) this.#findings.add('changed', seq, null, `Entry ${seq} says nothing that can be read.`);
    if (kind === 'rules') this.#rules(seq, text);
    if (kind === 'receipts') this.#receipts(seq, text);
    if (kind === 'unsigned') this.#unsigned(seq, text);
    this.#standing = { ...this.#standing, ...standingIn(kind, text) };
    const deleted = kind === 'deleted' ? deletedIn(body) : [];
    for (const [, to] of deleted) this.#lastDeleted = Math.max(this.#lastDeleted, to);
  }

  /** Once all entries were looked at: receipts go with their calls, and not otherwise. */
  conclude(): void {
    for (const [seq, last] of this.#missing) {
      if (last > this.#lastDeleted)
        this.#findings.add('removed', seq, last, `The receipts of entry ${seq} are missing.`);
    }
    const noted = this.#standing;
    const present = presentStanding(this.#database);
    const versions = [noted, present].map(({ rules }) => rules?.version ?? 0);
    const [notedVersion = 0, version = 0] = versions;
    if (version > notedVersion)
      this.#findings.add('added', null, null, `Version ${version} of the rules is in no entry.`);
    if ((noted.rules?.table ?? NO_RULES) !== (present.rules?.table ?? NO_RULES))
      this.#findings.add('changed', null, null, 'The rules in force are not those that were recorded last.');
    if (noted.stoppedAt !== present.stoppedAt)
      this.#findings.add('changed', null, null, 'The panic switch is not as it was recorded last.');
  }

  /** What the host found when it was started. */
  #unsigned(seq: number, text: string): void {
    const note = Unsigned.safeParse(text).data;
    if (note === undefined) return;
    const which = `Entries ${note.after + 1} to ${note.until}`;
    this.#findings.add(
      'cut-off',
      seq,
      null,
      `${which} were not signed when the host started, though there had been time.`,
    );
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
