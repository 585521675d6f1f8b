import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { CallView } from '../../../shared/calls.ts';
import type { PeerId } from '../../../shared/ids.ts';

interface Tally {
  allowed: number;
  denied: number;
}
type Direction = CallView['direction'];
interface Change extends Tally {
  readonly direction: Direction;
  readonly peerId: string;
  readonly agent: string;
  readonly tool: string;
  lastAt: number;
}

const Row = z.object({ allowed: z.int(), denied: z.int() });
const CACHED = 1000;
/** Of one peer and direction: more names than that nobody offers. Looked at once so many may have come. */
const MAX_OF_PEER = 1000;
const LOOK_EVERY = 100;
const keyOf = (direction: Direction, peerId: string, agent: string, tool: string): string =>
  JSON.stringify([direction, peerId, agent, tool]);

/**
 * Whether a call counts as allowed or denied. A question that expired or was withdrawn is neither, and what the
 * other side made of a call of ours does not count.
 */
function sideOf(call: CallView): keyof Tally | null {
  if (call.decision === null || call.decision.by === 'theirs') return null;
  if (call.decision.effect === 'allow') return 'allowed';
  return ['rule', 'default', 'person'].includes(call.decision.by) ? 'denied' : null;
}

/** How often each peer was let in to each tool, and how often not; and how often we were let out to each of theirs. */
export class Tallies {
  readonly #select: Readonly<Record<Direction, StatementSync>>;
  readonly #add: Readonly<Record<Direction, StatementSync>>;
  readonly #prune: Readonly<Record<Direction, StatementSync>>;
  readonly #cache = new Map<string, Tally>();
  /** Rows written since it was last looked whether a peer has too many. */
  readonly #written = new Map<string, number>();
  #changes = new Map<string, Change>();

  constructor(database: DatabaseSync) {
    const select = (table: string): StatementSync =>
      database.prepare(
        `SELECT CAST(allowed AS REAL) AS allowed, CAST(denied AS REAL) AS denied FROM ${table}
         WHERE peer_id = ? AND agent = ? AND tool = ?`,
      );
    const add = (table: string): StatementSync =>
      database.prepare(`
        INSERT INTO ${table} (peer_id, agent, tool, allowed, denied, last_at) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET allowed = allowed + excluded.allowed, denied = denied + excluded.denied,
          last_at = excluded.last_at`);
    // What was ever allowed is worth more than names that a peer made up.
    const prune = (table: string): StatementSync =>
      database.prepare(`
        DELETE FROM ${table} WHERE peer_id = ?1 AND (agent, tool) IN (
          SELECT agent, tool FROM ${table} WHERE peer_id = ?1 ORDER BY allowed > 0 DESC, last_at DESC
          LIMIT -1 OFFSET ${MAX_OF_PEER})`);
    this.#prune = { in: prune('tallies'), out: prune('outgoing_tallies') };
    this.#select = { in: select('tallies'), out: select('outgoing_tallies') };
    this.#add = { in: add('tallies'), out: add('outgoing_tallies') };
  }

  count(peerId: PeerId, agent: string, tool: string, direction: Direction): Tally {
    const key = keyOf(direction, peerId, agent, tool);
    let tally = this.#cache.get(key);
    if (tally === undefined) {
      const row = this.#select[direction].get(peerId, agent, tool);
      tally = Row.safeParse(row).data ?? { allowed: 0, denied: 0 };
      if (this.#cache.size >= CACHED) this.#cache.clear();
      this.#cache.set(key, tally);
    }
    return { ...tally };
  }

  /** Notes a newly decided call for the transaction under way. */
  note(call: CallView): void {
    const side = sideOf(call);
    if (side === null) return;
    const { direction, peerId, agent, tool } = call;
    const key = keyOf(direction, peerId, agent, tool);
    let change = this.#changes.get(key);
    if (change === undefined) {
      change = { direction, peerId, agent, tool, allowed: 0, denied: 0, lastAt: 0 };
      this.#changes.set(key, change);
    }
    change[side] += 1;
    change.lastAt = call.at;
  }

  /** Writes what was noted; inside the transaction. */
  write(): void {
    for (const c of this.#changes.values()) {
      this.#add[c.direction].run(c.peerId, c.agent, c.tool, c.allowed, c.denied, c.lastAt);
      this.#pruneNowAndThen(c);
    }
  }

  #pruneNowAndThen({ direction, peerId }: Change): void {
    const key = `${direction} ${peerId}`;
    const written = (this.#written.get(key) ?? 0) + 1;
    if (written < LOOK_EVERY) {
      if (this.#written.size >= CACHED) this.#written.clear();
      this.#written.set(key, written);
      return;
    }
    this.#written.delete(key);
    if (Number(this.#prune[direction].run(peerId).changes) > 0) this.#cache.clear();
  }

  committed(): void {
    for (const [key, change] of this.#changes) {
      const tally = this.#cache.get(key);
      if (tally === undefined) continue;
      tally.allowed += change.allowed;
      tally.denied += change.denied;
    }
    this.#changes = new Map();
  }

  rolledBack(): void {
    this.#changes = new Map();
  }
}
