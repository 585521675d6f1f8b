import { hash } from 'node:crypto';
import { maskText } from '../../../shared/masking.ts';
import type { Bodies } from '../../../shared/settings.ts';

/** Longest body that is kept whole, in bytes of UTF-8. Of longer ones the hash is kept; the call has the length. */
const MAX_BODY_BYTES = 64 * 1024;

export interface KeptBody {
  readonly text: string | null;
  /** Null where the text is kept: the hash is then computed when it is asked for, not on the hot path. */
  readonly hash: string | null;
}

/** SHA-256 of the bytes of a text in UTF-8, as lower-case hex. */
export const hashOf = (text: string | Uint8Array): string => hash('sha256', text, 'hex');

/**
 * What is kept of a body: the whole; or with its secrets masked, and the hash of the whole; or that hash alone. What
 * holds no secret is kept whole where it is to be masked.
 */
export function keepBody(text: string, bodies: Bodies): KeptBody {
  const fits =
    text.length * 3 <= MAX_BODY_BYTES ||
    (text.length <= MAX_BODY_BYTES && Buffer.byteLength(text) <= MAX_BODY_BYTES);
  if (bodies === 'hash' || !fits) return { text: null, hash: hashOf(text) };
  if (bodies === 'whole') return { text, hash: null };
  const masked = maskedOf(text);
  if (masked === null) return { text: null, hash: hashOf(text) };
  return masked.masked === 0 ? { text, hash: null } : { text: masked.text, hash: hashOf(text) };
}

/** Null where it cannot be masked: nothing that a peer sends may stop the records. */
function maskedOf(text: string): ReturnType<typeof maskText> | null {
  try {
    return maskText(text);
  } catch {
    return null;
  }
}
