import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { Rule, RulesVersion } from '../../../shared/rules.ts';
import type { RuleStore } from '../gate/index.ts';
import { hashOf } from './bodies.ts';
import type { Chain } from './chain.ts';
import { rulesTableDigest } from './chain-standing.ts';
import { jsonOf } from './json-column.ts';
import type { Save } from './small-writes.ts';

/** Older versions are forgotten. */
const KEPT_VERSIONS = 1000;

const Change = RulesVersion.pick({ added: true, removed: true, changed: true });
const RuleRow = z.object({ rule: jsonOf(Rule) });
const VersionRow = z
  .object({ version: z.number(), at: z.number(), reason: RulesVersion.shape.by, change: jsonOf(Change) })
  .transform(({ version, at, reason, change }): RulesVersion => ({ version, at, by: reason, ...change }));
const Newest = z.object({ version: z.number().nullable() });

/** The rules that outlive the host, and how they became what they are. */
export class SqliteRuleStore implements RuleStore {
  readonly #database: DatabaseSync;
  readonly #save: Save;
  readonly #chain: Chain;
  readonly #all: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #putVersion: StatementSync;
  readonly #forget: StatementSync;
  readonly #history: StatementSync;
  #version: number;

  constructor(database: DatabaseSync, save: Save, chain: Chain) {
    this.#database = database;
    this.#save = save;
    this.#chain = chain;
    this.#all = database.prepare('SELECT rule, effect FROM rules ORDER BY created_at, id');
    this.#put = database.prepare(
      'INSERT OR REPLACE INTO rules (id, effect, created_at, rule) VALUES (?, ?, ?, ?)',
    );
    this.#remove = database.prepare('DELETE FROM rules WHERE id = ?');
    this.#putVersion = database.prepare(
      'INSERT INTO rule_versions (version, at, reason, change) VALUES (?, ?, ?, ?)',
    );
    this.#forget = database.prepare('DELETE FROM rule_versions WHERE version <= ?');
    this.#history = database.prepare(
      'SELECT CAST(version AS REAL) AS version, at, reason, change FROM rule_versions WHERE version < ? ORDER BY version DESC LIMIT ?',
    );
    const newest = database.prepare('SELECT CAST(max(version) AS REAL) AS version FROM rule_versions').get();
    this.#version = Newest.parse(newest).version ?? 0;
  }

  list(): Rule[] {
    return this.#all.all().flatMap((row) => RuleRow.safeParse(row).data?.rule ?? []);
  }

  /** What the person must know of rules that can no longer be read, and so no longer hold; null: all can. */
  problem(): string | null {
    const unread = this.#all.all().filter((row) => !RuleRow.safeParse(row).success);
    if (unread.length === 0) return null;
    const denials = unread.filter((row) => row['effect'] === 'deny').length;
    return `${unread.length} of the rules in the records cannot be read and no longer hold, ${denials} of them denials. Look through your rules and make them again.`;
  }

  /**
   * A rule that ends with the host is not written at all: it is gone even after a kill. Rules of a peer that was shut
   * out, or of an agent that is another now, are out of force whatever the disk says: that is written once it can be.
   */
  commit({ at, by, ...change }: Omit<RulesVersion, 'version'>): number {
    const lasts = (rule: Rule): boolean => !rule.untilQuit;
    const both = change.changed.filter(({ before, after }) => lasts(before) && lasts(after));
    const lasting = {
      added: [
        ...change.added.filter(lasts),
        ...change.changed.filter(({ before, after }) => !lasts(before) && lasts(after)).map((c) => c.after),
      ],
      removed: [
        ...change.removed.filter(lasts),
        ...change.changed.filter(({ before, after }) => lasts(before) && !lasts(after)).map((c) => c.before),
      ],
      changed: both,
    };
    if (lasting.added.length + lasting.removed.length + lasting.changed.length === 0) return this.#version;
    const version = this.#version + 1;
    const text = JSON.stringify(lasting);
    const write = (): void => {
      for (const { id } of lasting.removed) this.#remove.run(id);
      for (const rule of [...lasting.added, ...lasting.changed.map(({ after }) => after)])
        this.#put.run(rule.id, rule.effect, rule.createdAt, JSON.stringify(rule));
      this.#putVersion.run(version, at, by, text);
      this.#forget.run(version - KEPT_VERSIONS);
      this.#chain.note('rules', {
        version,
        digest: rulesDigest(version, at, by, text),
        table: rulesTableDigest(this.#database),
      });
    };
    if (by === 'peer-forgotten' || by === 'agent-replaced') this.#save.surely(`rules ${version}`, write);
    else this.#save.now(write);
    this.#version = version;
    return version;
  }

  version(): number {
    return this.#version;
  }

  history({ before, limit }: { readonly before?: number; readonly limit: number }): RulesVersion[] {
    const rows = this.#history.all(before ?? Number.MAX_SAFE_INTEGER, limit);
    return rows.flatMap((row) => VersionRow.safeParse(row).data ?? []);
  }
}

/** Of one row of `rule_versions`, as the chain has it. */
export const rulesDigest = (version: number, at: number, reason: string, change: string): string =>
  hashOf(JSON.stringify([version, at, reason, change]));
