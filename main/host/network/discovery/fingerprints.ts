import { createHash } from 'node:crypto';

/** Characters of one: 48 bits, of SHA-256. */
export const FINGERPRINT_LENGTH = 8;
/** Announcements that are held, ours and those of others, and some. */
const MAX_KNOWN = 6000;
const known = new Map<string, string>();

/** A short name of an announcement, the same everywhere. */
export function fingerprintOf(text: string): string {
  let fingerprint = known.get(text);
  if (fingerprint !== undefined) return fingerprint;
  fingerprint = createHash('sha256').update(text).digest('base64url').slice(0, FINGERPRINT_LENGTH);
  const [oldest] = known.keys();
  if (known.size >= MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  known.set(text, fingerprint);
  return fingerprint;
}
