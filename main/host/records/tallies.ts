import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { CallView } from '../../../shared/calls.ts';
import type { PeerId } from '../../../shared/ids.ts';

interface Tally {
  allowed: number;
  denied: number;
}
interface Change extends Tally {
  readonly peerId: string;
  readonly agent: string;
  readonly tool: string;
  lastAt: number;
}

const Row = z.object({ allowed: z.int(), denied: z.int() });
const CACHED = 1000;
const keyOf = (peerId: string, agent: string, tool: string): string => JSON.stringify([peerId, agent, tool]);

/** Whether a call counts as allowed or denied. A question that expired or was withdrawn is neither. */
function sideOf(call: CallView): keyof Tally | null {
  if (call.direction !== 'in' || call.decision === null) return null;
  if (call.decision.effect === 'allow') return 'allowed';
  return ['rule', 'default', 'person'].includes(call.decision.by) ? 'denied' : null;
}

/** How often each peer was let in to each tool, and how often not. */
export class Tallies {
  readonly #select: StatementSync;
  readonly #add: StatementSync;
  readonly #cache = new Map<string, Tally>();
  #changes = new Map<string, Change>();

  constructor(database: DatabaseSync) {
    this.#select = database.prepare(
      'SELECT CAST(allowed AS REAL) AS allowed, CAST(denied AS REAL) AS denied FROM tallies WHERE peer_id = ? AND agent = ? AND tool = ?',
    );
    this.#add = database.prepare(`
      INSERT INTO tallies (peer_id, agent, tool, allowed, denied, last_at) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET allowed = allowed + excluded.allowed, denied = denied + excluded.denied,
        last_at = excluded.last_at`);
  }

  count(peerId: PeerId, agent: string, tool: string): Tally {
    const key = keyOf(peerId, agent, tool);
    let tally = this.#cache.get(key);
    if (tally === undefined) {
      const row = this.#select.get(peerId, agent, tool);
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
    const key = keyOf(call.peerId, call.agent, call.tool);
    let change = this.#changes.get(key);
    if (change === undefined) {
      change = { peerId: call.peerId, agent: call.agent, tool: call.tool, allowed: 0, denied: 0, lastAt: 0 };
      this.#changes.set(key, change);
    }
    change[side] += 1;
    change.lastAt = call.at;
  }

  /** Writes what was noted; inside the transaction. */
  write(): void {
    for (const c of this.#changes.values()) {
      this.#add.run(c.peerId, c.agent, c.tool, c.allowed, c.denied, c.lastAt);
    }
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
