import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { PeerId } from '../../../shared/ids.ts';
import type { GatehouseStore } from './index.ts';
import type { Save } from './small-writes.ts';

const Row = z.object({ peer_id: z.string() });
const KEPT = 5000;

/** Who has ever spoken Gatehouse. Each is written once in a run, so that those that are met again stay the longest. */
export class SqliteGatehouseStore implements GatehouseStore {
  readonly #save: Save;
  readonly #put: StatementSync;
  readonly #forget: StatementSync;
  /** The oldest first. */
  readonly #known: Set<PeerId>;
  readonly #writtenNow = new Set<PeerId>();

  constructor(database: DatabaseSync, save: Save) {
    this.#save = save;
    this.#put = database.prepare('INSERT OR REPLACE INTO gatehouses (peer_id) VALUES (?)');
    this.#forget = database.prepare('DELETE FROM gatehouses WHERE peer_id = ?');
    const rows = z.array(Row).parse(database.prepare('SELECT peer_id FROM gatehouses ORDER BY rowid').all());
    this.#known = new Set(rows.flatMap(({ peer_id: peerId }) => PeerId.safeParse(peerId).data ?? []));
  }

  list(): PeerId[] {
    return [...this.#known];
  }

  has(peerId: PeerId): boolean {
    return this.#known.has(peerId);
  }

  add(peerId: PeerId): void {
    if (this.#writtenNow.has(peerId)) return;
    this.#save.surely(`gatehouse ${peerId}`, () => this.#put.run(peerId));
    this.#known.delete(peerId);
    this.#known.add(peerId);
    this.#writtenNow.add(peerId);
    const [oldest] = this.#known;
    if (this.#known.size <= KEPT || oldest === undefined) return;
    this.#known.delete(oldest);
    this.#writtenNow.delete(oldest);
    this.#save.surely(`gatehouse ${oldest}`, () => this.#forget.run(oldest));
  }
}
