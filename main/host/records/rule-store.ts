import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Rule } from '../../../shared/gate.ts';
import type { RuleId } from '../../../shared/ids.ts';
import type { RuleStore } from '../gate/index.ts';
import type { Save } from './small-writes.ts';

/** The rules that outlive the host. */
export class SqliteRuleStore implements RuleStore {
  readonly #save: Save;
  readonly #all: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync, save: Save) {
    this.#save = save;
    this.#all = database.prepare('SELECT * FROM rules ORDER BY created_at, id');
    this.#put = database.prepare(`
      INSERT OR REPLACE INTO rules (id, peer_id, agent, tool, effect, created_at, expires_at, pin)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#remove = database.prepare('DELETE FROM rules WHERE id = ?');
  }

  list(): Rule[] {
    return this.#all.all().flatMap((row) => ruleOf(row) ?? []);
  }

  /** What the person must know of rules that can no longer be read, and so no longer hold; null: all can. */
  problem(): string | null {
    const unread = this.#all.all().filter((row) => ruleOf(row) === null);
    if (unread.length === 0) return null;
    const denials = unread.filter((row) => row['effect'] === 'deny').length;
    return `${unread.length} of the rules in the records cannot be read and no longer hold, ${denials} of them denials. Look through your rules and make them again.`;
  }

  /** A rule that ends with the host is not written at all: it is gone even after a kill. */
  put(rule: Rule): void {
    if (rule.untilQuit) return;
    this.#save.now(() =>
      this.#put.run(
        rule.id,
        rule.peerId,
        rule.agent,
        rule.tool,
        rule.effect,
        rule.createdAt,
        rule.expiresAt,
        rule.pin,
      ),
    );
  }

  remove(id: RuleId): void {
    this.#save.surely(`rule ${id}`, () => this.#remove.run(id));
  }
}

function ruleOf(row: Record<string, unknown>): Rule | null {
  const parsed = Rule.safeParse({
    id: row['id'],
    peerId: row['peer_id'],
    agent: row['agent'],
    tool: row['tool'],
    effect: row['effect'],
    createdAt: row['created_at'],
    expiresAt: row['expires_at'],
    untilQuit: false,
    pin: row['pin'],
  });
  return parsed.success ? parsed.data : null;
}
