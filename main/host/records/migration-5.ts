/**
 * The records of the gate in full: rules with all their scope and a history, pins with definitions, budgets, usage,
 * receipts, tickets, the chain; and a search that is quick in a million calls (see decision 31).
 */
export const MIGRATION_5 = `
  ALTER TABLE peers ADD COLUMN budget TEXT;
  ALTER TABLE pins ADD COLUMN definition TEXT;
  ALTER TABLE pins ADD COLUMN at REAL;

  ALTER TABLE rules RENAME TO old_rules;
  CREATE TABLE rules (
    id TEXT PRIMARY KEY, effect TEXT NOT NULL, created_at REAL NOT NULL, rule TEXT NOT NULL
  ) STRICT;
  INSERT INTO rules SELECT id, effect, created_at, json_object(
    'peerId', peer_id, 'trust', NULL, 'agent', agent, 'tool', tool, 'arguments', json('[]'), 'hours', NULL,
    'effect', effect, 'limits', NULL, 'expiresAt', expires_at, 'untilQuit', json('false'), 'id', id,
    'createdAt', created_at, 'pin', pin) FROM old_rules;
  DROP TABLE old_rules;
  CREATE TABLE rule_versions (
    version INTEGER PRIMARY KEY, at REAL NOT NULL, reason TEXT NOT NULL, change TEXT NOT NULL
  ) STRICT;
  -- What was there before there were versions is the first of them.
  INSERT INTO rule_versions SELECT 1, unixepoch('subsec') * 1000, 'person',
    json_object('added', json_group_array(json(rule)), 'removed', json('[]'), 'changed', json('[]'))
    FROM rules HAVING count(*) > 0;

  CREATE TABLE usage (
    subject TEXT NOT NULL, at REAL NOT NULL, calls REAL NOT NULL, bytes REAL NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (subject, at)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tickets (call_id INTEGER PRIMARY KEY, ticket TEXT NOT NULL, epoch TEXT NOT NULL) STRICT;

  CREATE TABLE receipt_trees (
    -- Never given twice, since the chain names it.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    direction TEXT NOT NULL,
    peer_id TEXT NOT NULL,
    root_hash TEXT NOT NULL,
    root TEXT NOT NULL,
    host_signature TEXT NOT NULL,
    caller_signature TEXT,
    -- The youngest call in it: the tree goes when that is gone.
    last_call INTEGER NOT NULL,
    -- A line for each: call id, space, body. Compressed (zstd).
    bodies BLOB NOT NULL
  ) STRICT;
  CREATE INDEX receipt_trees_by_root ON receipt_trees (root_hash);
  CREATE INDEX receipt_trees_by_call ON receipt_trees (last_call);
  CREATE TABLE receipt_calls (
    call_id INTEGER NOT NULL, tree_id INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (call_id, tree_id)
  ) STRICT, WITHOUT ROWID;

  ALTER TABLE bodies ADD COLUMN edited TEXT;
  ALTER TABLE bodies ADD COLUMN edited_hash TEXT;

  ALTER TABLE calls ADD COLUMN changed TEXT NOT NULL DEFAULT 'no';
  ALTER TABLE calls ADD COLUMN deadline REAL;
  ALTER TABLE calls ADD COLUMN redeemable INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE calls ADD COLUMN kind_id INTEGER;
  -- All that calls can be searched by, once for each combination that occurs. Calls of a kind lie between two ids.
  CREATE TABLE kinds (
    id INTEGER PRIMARY KEY,
    direction TEXT NOT NULL,
    peer_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    tool TEXT NOT NULL,
    status TEXT NOT NULL,
    rule_id TEXT NOT NULL,
    error TEXT NOT NULL,
    first_id INTEGER NOT NULL,
    -- All calls of the kind have a smaller id than this.
    end_id INTEGER NOT NULL
  ) STRICT;
  INSERT INTO kinds (direction, peer_id, agent, tool, status, rule_id, error, first_id, end_id)
    SELECT direction, peer_id, agent, tool, status, ifnull(rule_id, ''), ifnull(error, ''), min(id), max(id) + 1
    FROM calls GROUP BY 1, 2, 3, 4, 5, 6, 7;
  CREATE UNIQUE INDEX kinds_by_all ON kinds (peer_id, tool, agent, status, direction, rule_id, error);
  UPDATE calls SET kind_id = (
    SELECT id FROM kinds WHERE kinds.peer_id = calls.peer_id AND kinds.tool = calls.tool
      AND kinds.agent = calls.agent AND kinds.status = calls.status AND kinds.direction = calls.direction
      AND kinds.rule_id = ifnull(calls.rule_id, '') AND kinds.error = ifnull(calls.error, ''));
  DROP INDEX calls_by_peer;
  DROP INDEX calls_by_rule;
  DROP INDEX calls_by_status;
  CREATE INDEX calls_by_kind ON calls (kind_id);

  CREATE TABLE chain (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, at REAL NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL
  ) STRICT;
  CREATE INDEX chain_by_kind ON chain (kind, seq) WHERE kind <> 'calls';
  CREATE TABLE chain_heads (
    seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, at REAL NOT NULL, signer TEXT NOT NULL, signature TEXT NOT NULL
  ) STRICT;
  -- Calls from before there was a chain are taken up in it little by little, up to this one.
  INSERT INTO facts (key, value) SELECT 'chainTakesUp', '0 ' || max(id) FROM calls WHERE id < 9e15 HAVING count(*) > 0;
`;
