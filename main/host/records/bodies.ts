import { hash } from 'node:crypto';

/** Longest body that is kept whole, in bytes of UTF-8. Of longer ones the hash is kept; the call has the length. */
const MAX_BODY_BYTES = 64 * 1024;

export interface KeptBody {
  readonly text: string | null;
  /** Null where the text is kept: the hash is then computed when it is asked for, not on the hot path. */
  readonly hash: string | null;
}

/** SHA-256 of the bytes of a text in UTF-8, as lower-case hex. */
export const hashOf = (text: string): string => hash('sha256', text, 'hex');

/** What is kept of a body: the whole, or its hash. */
export function keepBody(text: string, bodies: 'whole' | 'hash'): KeptBody {
  const fits =
    text.length * 3 <= MAX_BODY_BYTES ||
    (text.length <= MAX_BODY_BYTES && Buffer.byteLength(text) <= MAX_BODY_BYTES);
  return bodies === 'whole' && fits ? { text, hash: null } : { text: null, hash: hashOf(text) };
}
