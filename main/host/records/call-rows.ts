import { CallView } from '../../../shared/calls.ts';

/** The columns of `calls`, in the order of {@link valuesOf}. */
export const COLUMNS = [
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
  'changed',
  'deadline',
  'redeemable',
  'id',
] as const;

/** The kind goes first, since it is not one of the fields that the chain is about. */
export const INSERT_CALL = `INSERT INTO calls (kind_id, ${COLUMNS.join(', ')}) VALUES (?, ${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (id) DO NOTHING`;
export const UPDATE_CALL = `UPDATE calls SET kind_id = ?, ${COLUMNS.filter((name) => name !== 'id')
  .map((name) => `${name} = ?`)
  .join(', ')} WHERE id = ?`;

/** Read as REAL, because an integer beyond 2^53 would make SQLite's reader throw, for all rows with it. */
const INTEGERS: ReadonlySet<string> = new Set<(typeof COLUMNS)[number]>([
  'id',
  'request_bytes',
  'response_bytes',
  'error_code',
  'tool_error',
  'redeemable',
]);
export const SELECT_CALL = `SELECT ${COLUMNS.map((name) =>
  INTEGERS.has(name) ? `CAST(calls.${name} AS REAL) AS ${name}` : `calls.${name}`,
).join(', ')}`;

/** In characters. */
const MAX_ERROR = 2000;
/** The longest target that a call can have: its method and up to 2,048 characters of name or address. */
const MAX_NAME = 2300;

/**
 * The call with what others wrote in it cut to what the records take: agent and tool to 2,300 characters, the error
 * to 2,000, half characters replaced; an error code that is no integer up to 2^53 is left out.
 */
export const fitting = (call: CallView): CallView => ({
  ...call,
  agent: cut(call.agent.toWellFormed(), MAX_NAME),
  tool: cut(call.tool.toWellFormed(), MAX_NAME),
  errorCode: Number.isSafeInteger(call.errorCode) ? call.errorCode : null,
  error: call.error === null ? null : cut(call.error.toWellFormed(), MAX_ERROR),
});

/** Cuts without leaving half a character. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(length - 1)) ? length - 1 : length;
  return text.slice(0, end);
}

type Value = string | number | null;

/** The fields as they are stored, in the order of the columns. */
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
    call.changed,
    call.deadline,
    call.redeemable ? 1 : 0,
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
    errorCode: Number.isSafeInteger(row['error_code']) ? row['error_code'] : null,
    error: row['error'],
    toolError: row['tool_error'] === 1,
    changed: row['changed'],
    deadline: row['deadline'],
    redeemable: row['redeemable'] === 1,
  });
  return parsed.success ? parsed.data : null;
}
