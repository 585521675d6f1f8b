import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { CallStatus } from '../../../shared/calls.ts';
import { CallId, PeerId, Time } from '../../../shared/ids.ts';
import { LinkTransport, Path } from '../../../shared/peers.ts';
import type { CallOutcome } from './index.ts';

/** The id is read as REAL for the same reason as in `call-rows.ts`. */
const OUTGOING = `
  SELECT CAST(id AS REAL) AS id, peer_id AS peerId, path, transport, status, at, run_ms AS runMs,
    CAST(request_bytes + response_bytes AS REAL) AS bytes, error
  FROM calls INDEXED BY calls_out WHERE direction = 'out' AND id < ? ORDER BY id DESC LIMIT ?`;

const Row = z.object({
  id: CallId,
  peerId: PeerId,
  path: Path.nullable(),
  transport: LinkTransport.nullable(),
  status: CallStatus,
  at: Time,
  runMs: z.number().nonnegative().nullable(),
  bytes: z.int().nonnegative(),
  error: z.string().nullable(),
});

/** Reads how outgoing calls went, newest first, and no more of them than that. */
export class CallOutcomes {
  readonly #database: DatabaseSync;
  #statement: StatementSync | null = null;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  page(before: CallId | null, limit: number): { outcomes: CallOutcome[]; next: CallId | null } {
    this.#statement ??= this.#database.prepare(OUTGOING);
    const rows = this.#statement.all(before ?? Number.MAX_SAFE_INTEGER, limit);
    // A row that no longer fits the schema is left out rather than hiding all others.
    const outcomes = rows.flatMap((row) => Row.safeParse(row).data ?? []);
    const next = rows.length < limit ? undefined : CallId.safeParse(rows.at(-1)?.['id']).data;
    return { outcomes, next: next ?? null };
  }
}
