/** What the entries of the chain look like, in bytes: the same for whoever writes, checks or documents them. */
import { createHash, hash } from 'node:crypto';
import { hashOf } from './bodies.ts';

/**
 * - `calls`: rows that became final in one transaction; `interrupted`: those that a start found under way; `taken-up`:
 *   rows from before there was a chain; `reopened`: those that are asked about again. The body is 40 bytes for each: 1
 *   where its answer can still be had, so that it may end once more, else 0; its id (56 bits, big-endian); the digest of
 *   the row.
 * - the others: JSON
 */
export type CallsKind = 'calls' | 'interrupted' | 'taken-up' | 'reopened';
export type EntryKind =
  CallsKind | 'begins' | 'took-up' | 'unsigned' | 'deleted' | 'rules' | 'panic' | 'receipts' | 'pruned';
export const LISTS_CALLS: ReadonlySet<string> = new Set<CallsKind>([
  'calls',
  'interrupted',
  'taken-up',
  'reopened',
]);

export interface ChainEntry {
  readonly seq: number;
  readonly kind: string;
  readonly at: number;
  readonly body: Uint8Array;
}

export const DIGEST_BYTES = 32;
const ID_BYTES = 8;
const REDEEMABLE = 2 ** 24;
const CALL_BYTES = ID_BYTES + DIGEST_BYTES;
/** What the first entry follows from. */
export const BEGINNING: Buffer = Buffer.alloc(DIGEST_BYTES);

/** SHA-256 over the hash of the entry before and this entry. */
export function entryHash(previous: Uint8Array, { seq, kind, at, body }: ChainEntry): Buffer {
  return createHash('sha256').update(previous).update(`${seq}\n${kind}\n${at}\n`).update(body).digest();
}

export interface CallDigest {
  readonly id: number;
  readonly digest: Uint8Array;
  /** Its answer can still be had. */
  readonly redeemable: boolean;
}

export function packCalls(calls: readonly CallDigest[]): Buffer {
  const packed = Buffer.allocUnsafe(calls.length * CALL_BYTES);
  let at = 0;
  for (const { id, digest, redeemable } of calls) {
    packed.writeUInt32BE(Math.floor(id / 2 ** 32) + (redeemable ? REDEEMABLE : 0), at);
    packed.writeUInt32BE(id % 2 ** 32, at + 4);
    packed.set(digest, at + ID_BYTES);
    at += CALL_BYTES;
  }
  return packed;
}

/** Null where it is no such body. */
export function unpackCalls(body: Uint8Array): CallDigest[] | null {
  if (body.length % CALL_BYTES !== 0) return null;
  const view = Buffer.from(body.buffer, body.byteOffset, body.length);
  const calls: CallDigest[] = [];
  for (let at = 0; at < view.length; at += CALL_BYTES) {
    const flags = view.readUInt8(at);
    const id = (view.readUInt32BE(at) % REDEEMABLE) * 2 ** 32 + view.readUInt32BE(at + 4);
    if (flags > 1 || id === 0 || !Number.isSafeInteger(id)) return null;
    calls.push({ id, digest: view.subarray(at + ID_BYTES, at + CALL_BYTES), redeemable: flags === 1 });
  }
  return calls;
}

/**
 * What stands for a stored body in the digest of its row. The three forms differ, so that a text cannot give way to its
 * hash, nor the other way round: `t:` hash of the text; `h:` hash that was kept in its place; `m:` hash of the masked
 * text that was kept, then of the whole.
 */
export function bodyMark(text: string | null, wholeHash: string | null): string | null {
  if (text === null) return wholeHash === null ? null : `h:${wholeHash}`;
  return wholeHash === null ? `t:${hashOf(text)}` : `m:${hashOf(text)}:${wholeHash}`;
}

/** SHA-256 of the stored fields, in the order of the columns, and of the marks of request, response and edited. */
export const rowDigest = (fields: readonly unknown[]): Buffer =>
  hash('sha256', JSON.stringify(fields), 'buffer');
