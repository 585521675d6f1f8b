import { z } from 'zod';
import { bodyMark } from './chain-entry.ts';

export const SELECT_BODIES = `
  SELECT request, request_hash, response, response_hash, edited, edited_hash FROM bodies WHERE call_id = ?`;

/** What the records hold of the bodies of a call. */
export const StoredBodies = z.object({
  request: z.string().nullable(),
  request_hash: z.string().nullable(),
  response: z.string().nullable(),
  response_hash: z.string().nullable(),
  edited: z.string().nullable(),
  edited_hash: z.string().nullable(),
});
export type StoredBodies = z.infer<typeof StoredBodies>;

export const NO_BODIES: StoredBodies = {
  request: null,
  request_hash: null,
  response: null,
  response_hash: null,
  edited: null,
  edited_hash: null,
};

/** Of request, response and edited: what the digest of a row says of them. */
export type Marks = readonly [string | null, string | null, string | null];
export const NO_MARKS: Marks = [null, null, null];

export function marksOf(row: unknown): Marks {
  const stored = row === undefined ? undefined : StoredBodies.safeParse(row).data;
  if (stored === undefined) return NO_MARKS;
  return [
    bodyMark(stored.request, stored.request_hash),
    bodyMark(stored.response, stored.response_hash),
    bodyMark(stored.edited, stored.edited_hash),
  ];
}
