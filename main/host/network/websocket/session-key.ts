/** The key of one connection: X25519 (RFC 7748), then HKDF-SHA256 (RFC 5869). */
import { createPublicKey, createSecretKey, diffieHellman, generateKeyPairSync, hkdfSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { CloseCode, WireViolation } from './wire-violation.ts';

/** RFC 8410: the fixed head of an X25519 public key, followed by its 32 bytes. */
const SPKI_HEAD = Buffer.from('302a300506032b656e032100', 'hex');
const SALT = 'project-dawn-v2-key-exchange';
const KEY_BYTES = 32;

/** Made for one connection and forgotten with it. */
export interface EphemeralKey {
  readonly privateKey: KeyObject;
  /** In hex. */
  readonly publicKey: string;
}

export function newEphemeralKey(): EphemeralKey {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_HEAD.length);
  return { privateKey, publicKey: raw.toString('hex') };
}

/**
 * @param theirs the other side's ephemeral key, in hex
 * @throws {WireViolation} for one of the few keys that lead to the same secret with any other (RFC 7748, section 6.1)
 */
export function sessionKey(own: KeyObject, theirs: string): KeyObject {
  try {
    const publicKey = createPublicKey({
      key: Buffer.concat([SPKI_HEAD, Buffer.from(theirs, 'hex')]),
      format: 'der',
      type: 'spki',
    });
    const secret = diffieHellman({ privateKey: own, publicKey });
    return createSecretKey(Buffer.from(hkdfSync('sha256', secret, SALT, '', KEY_BYTES)));
  } catch (cause) {
    throw new WireViolation(CloseCode.protocol, 'The ephemeral key makes no secret.', { cause });
  }
}
