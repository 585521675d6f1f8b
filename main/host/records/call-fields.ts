import { bodyMark } from './chain-entry.ts';
import { COLUMNS, SELECT_CALL } from './call-rows.ts';

/** The fields of rows of calls with their bodies, for statements that return arrays. */
export const SELECT_FIELDS = `${SELECT_CALL}, request, request_hash, response, response_hash, edited, edited_hash
  FROM calls LEFT JOIN bodies ON call_id = calls.id`;

const STATUS = COLUMNS.indexOf('status');
const ID = COLUMNS.indexOf('id');

/** What the digest of a row is about, from what {@link SELECT_FIELDS} gives: the same as was digested when it was written. */
export function fieldsOf(row: unknown): { id: number; status: string; fields: unknown[] } {
  const values: unknown[] = Array.isArray(row) ? row : [];
  const body = (at: number): string | null => {
    const [text, wholeHash] = [values[COLUMNS.length + 2 * at], values[COLUMNS.length + 2 * at + 1]];
    return bodyMark(typeof text === 'string' ? text : null, typeof wholeHash === 'string' ? wholeHash : null);
  };
  return {
    id: Number(values[ID]),
    status: String(values[STATUS]),
    fields: [...values.slice(0, COLUMNS.length), body(0), body(1), body(2)],
  };
}
