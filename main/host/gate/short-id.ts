import { randomBytes } from 'node:crypto';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Eight lower-case base32 characters (RFC 4648 alphabet), 40 random bits: easy to read out and to type. */
export function shortId(): string {
  let id = '';
  // A byte holds eight alphabets, so the low five bits are evenly spread.
  for (const byte of randomBytes(8)) id += BASE32.charAt(byte & 31);
  return id;
}
