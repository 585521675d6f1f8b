import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { PeerId, Sha256Hex, Time } from '../../../shared/ids.ts';
import { InviteId } from '../../../shared/invites.ts';
import type { InviteStore, StoredInvite } from './index.ts';
import type { Save } from './small-writes.ts';

const Row = z
  .object({
    id: InviteId,
    secret_hash: Sha256Hex,
    trust: z.enum(['known', 'trusted']),
    created_at: Time,
    expires_at: Time,
    used_by: PeerId.nullable(),
    used_at: Time.nullable(),
  })
  .transform((row): StoredInvite => ({
    id: row.id,
    secretHash: row.secret_hash,
    trust: row.trust,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usedBy: row.used_by,
    usedAt: row.used_at,
  }));

/** The invites that were made here. One that can no longer be read is one that nobody can use. */
export class SqliteInviteStore implements InviteStore {
  readonly #save: Save;
  readonly #all: StatementSync;
  readonly #insert: StatementSync;
  readonly #use: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync, save: Save) {
    this.#save = save;
    this.#all = database.prepare('SELECT * FROM invites ORDER BY created_at DESC, id');
    this.#insert = database.prepare(`
      INSERT INTO invites (id, secret_hash, trust, created_at, expires_at, used_by, used_at)
      VALUES (?, ?, ?, ?, ?, ?, ?)`);
    this.#use = database.prepare(
      'UPDATE invites SET used_by = ?, used_at = ? WHERE id = ? AND used_by IS NULL AND expires_at > ?',
    );
    this.#remove = database.prepare('DELETE FROM invites WHERE id = ?');
  }

  list(): StoredInvite[] {
    return this.#all.all().flatMap((row) => {
      const parsed = Row.safeParse(row);
      return parsed.success ? [parsed.data] : [];
    });
  }

  add(invite: StoredInvite): void {
    this.#save.now(() =>
      this.#insert.run(
        invite.id,
        invite.secretHash,
        invite.trust,
        invite.createdAt,
        invite.expiresAt,
        invite.usedBy,
        invite.usedAt,
      ),
    );
  }

  use(id: InviteId, by: PeerId, at: number): boolean {
    let used = false;
    this.#save.now(() => {
      used = Number(this.#use.run(by, at, id, at).changes) === 1;
    });
    return used;
  }

  remove(id: InviteId): void {
    this.#save.now(() => this.#remove.run(id));
  }
}
