import { CallView } from '../../../shared/calls.ts';

/** The columns of `calls`, in the order of {@link valuesOf}. */
const COLUMNS = [
  'direction',
  'peer_id',
  'agent',
  'tool',
  'path',
  'transport',
  'status',
  'effect',
  'decided_by',
  'rule_id',
  'at',
  'wait_ms',
  'run_ms',
  'request_bytes',
  'response_bytes',
  'error_code',
  'error',
  'tool_error',
  'id',
] as const;

export const INSERT_CALL = `INSERT INTO calls (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (id) DO NOTHING`;
export const UPDATE_CALL = `UPDATE calls SET ${COLUMNS.filter((name) => name !== 'id')
  .map((name) => `${name} = ?`)
  .join(', ')} WHERE id = ?`;

type Value = string | number | null;

export function valuesOf(call: CallView): Value[] {
  const { decision } = call;
  return [
    call.direction,
    call.peerId,
    call.agent,
    call.tool,
    call.path,
    call.transport,
    call.status,
    decision === null ? null : decision.effect,
    decision === null ? null : decision.by,
    decision === null ? null : decision.ruleId,
    call.at,
    call.waitMs,
    call.runMs,
    call.requestBytes,
    call.responseBytes,
    call.errorCode,
    call.error,
    call.toolError ? 1 : 0,
    call.id,
  ];
}

/** Null for a row that no longer fits the schema, which then is left out rather than hiding all others. */
export function callOf(row: Record<string, unknown>): CallView | null {
  const parsed = CallView.safeParse({
    id: row['id'],
    direction: row['direction'],
    peerId: row['peer_id'],
    agent: row['agent'],
    tool: row['tool'],
    path: row['path'],
    transport: row['transport'],
    status: row['status'],
    decision:
      row['effect'] === null
        ? null
        : { effect: row['effect'], by: row['decided_by'], ruleId: row['rule_id'] },
    at: row['at'],
    waitMs: row['wait_ms'],
    runMs: row['run_ms'],
    requestBytes: row['request_bytes'],
    responseBytes: row['response_bytes'],
    errorCode: row['error_code'],
    error: row['error'],
    toolError: row['tool_error'] === 1,
  });
  return parsed.success ? parsed.data : null;
}
