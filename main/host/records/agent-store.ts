import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { AgentSpec } from '../../../shared/agents.ts';
import type { AgentName } from '../../../shared/ids.ts';
import type { AgentStore, StoredAgent } from '../agents/index.ts';
import { jsonOf } from './json-column.ts';
import type { Save } from './small-writes.ts';

const Row = z
  .object({ spec: jsonOf(AgentSpec), confirmed_digest: z.string().nullable() })
  .transform((row): StoredAgent => ({ spec: row.spec, confirmedDigest: row.confirmed_digest }));

/** The hosted agents, in the order in which they were added. */
export class SqliteAgentStore implements AgentStore {
  readonly #save: Save;
  readonly #all: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync, save: Save) {
    this.#save = save;
    this.#all = database.prepare('SELECT spec, confirmed_digest FROM agents ORDER BY rowid');
    this.#put = database.prepare(`
      INSERT INTO agents (name, spec, confirmed_digest) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET spec = excluded.spec, confirmed_digest = excluded.confirmed_digest`);
    this.#remove = database.prepare('DELETE FROM agents WHERE name = ?');
  }

  list(): StoredAgent[] {
    return this.#all.all().flatMap((row) => {
      const parsed = Row.safeParse(row);
      return parsed.success ? [parsed.data] : [];
    });
  }

  put(agent: StoredAgent): void {
    this.#save.now(() => this.#put.run(agent.spec.name, JSON.stringify(agent.spec), agent.confirmedDigest));
  }

  remove(name: AgentName): void {
    this.#save.now(() => this.#remove.run(name));
  }
}
