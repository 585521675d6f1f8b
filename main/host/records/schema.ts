import { MIGRATION_5 } from './migration-5.ts';

/** "Gate" in ASCII, at offset 68 of the file, where `file(1)` looks for it too. */
export const APPLICATION_ID = 0x47617465;

/**
 * One entry for each version of the schema, applied in order; `user_version` counts them. Never change an entry
 * that has been released: add one.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE peers (
    peer_id TEXT PRIMARY KEY,
    trust TEXT NOT NULL,
    alias TEXT,
    name TEXT,
    contact_since REAL,
    addresses TEXT NOT NULL,
    request TEXT,
    last_seen REAL NOT NULL
  ) STRICT;
  CREATE TABLE agents (name TEXT PRIMARY KEY, spec TEXT NOT NULL, confirmed_digest TEXT) STRICT;
  CREATE TABLE rules (
    id TEXT PRIMARY KEY,
    peer_id TEXT,
    agent TEXT,
    tool TEXT,
    effect TEXT NOT NULL,
    created_at REAL NOT NULL,
    expires_at REAL,
    pin TEXT
  ) STRICT;
  CREATE TABLE pins (
    agent TEXT NOT NULL, tool TEXT NOT NULL, pin TEXT NOT NULL, PRIMARY KEY (agent, tool)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    direction TEXT NOT NULL,
    peer_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    tool TEXT NOT NULL,
    path TEXT,
    transport TEXT,
    status TEXT NOT NULL,
    effect TEXT,
    decided_by TEXT,
    rule_id TEXT,
    at REAL NOT NULL,
    wait_ms REAL NOT NULL,
    run_ms REAL,
    request_bytes INTEGER NOT NULL,
    response_bytes INTEGER NOT NULL,
    error_code INTEGER,
    error TEXT,
    tool_error INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX calls_by_peer ON calls (peer_id);
  CREATE INDEX calls_by_rule ON calls (rule_id) WHERE rule_id IS NOT NULL;
  -- Most calls end as "answered": leaving them out keeps this index small.
  CREATE INDEX calls_by_status ON calls (status) WHERE status <> 'answered';
  CREATE INDEX calls_out ON calls (id) WHERE direction = 'out';
  CREATE TABLE bodies (
    call_id INTEGER PRIMARY KEY REFERENCES calls (id) ON DELETE CASCADE,
    request TEXT,
    response TEXT,
    request_hash TEXT,
    response_hash TEXT
  ) STRICT;
  -- Kept apart from the calls, so that counting is one look-up and outlives their deletion by age.
  CREATE TABLE tallies (
    peer_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    tool TEXT NOT NULL,
    allowed INTEGER NOT NULL,
    denied INTEGER NOT NULL,
    last_at REAL NOT NULL,
    PRIMARY KEY (peer_id, agent, tool)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE verdicts (at REAL NOT NULL, verdict TEXT NOT NULL, why TEXT NOT NULL) STRICT;
  CREATE TABLE invites (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    trust TEXT NOT NULL,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    used_by TEXT,
    used_at REAL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE peers ADD COLUMN transport TEXT;
  ALTER TABLE peers ADD COLUMN legacy_allowed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE peers ADD COLUMN speaks_gatehouse INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE peers ADD COLUMN libp2p_at REAL;
  ALTER TABLE peers ADD COLUMN websocket_at REAL;
  -- As tallies, of the calls of ours that a person decided on here.
  CREATE TABLE outgoing_tallies (
    peer_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    tool TEXT NOT NULL,
    allowed INTEGER NOT NULL,
    denied INTEGER NOT NULL,
    last_at REAL NOT NULL,
    PRIMARY KEY (peer_id, agent, tool)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Kept apart from the peers, since it outlives what a person keeps of one. The order of the rows is that of meeting.
  CREATE TABLE gatehouses (peer_id TEXT PRIMARY KEY) STRICT;
  INSERT INTO gatehouses SELECT peer_id FROM peers WHERE speaks_gatehouse = 1 ORDER BY last_seen;
  `,
  MIGRATION_5,
];
