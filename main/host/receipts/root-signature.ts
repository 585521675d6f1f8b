/** Ed25519 signatures (RFC 8032) over roots of receipts. What is signed says what it is for, so that it is nothing else. */
import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import type { PeerId } from '../../../shared/ids.ts';
import { publicKeyOf, signingKey, type Identity } from '../identity/index.ts';

const DOMAIN = 'gatehouse-receipts/1\n';

/** Signs texts of roots. The key is unwrapped once. */
export function rootSigner({ privateKey }: Pick<Identity, 'privateKey'>): (rootText: string) => string {
  const key = signingKey(privateKey);
  return (rootText) => sign(null, Buffer.from(DOMAIN + rootText), key).toString('base64url');
}

/** The key that a peer id spells, for many checks. @throws {Error} where it spells none */
export function peerKey(peerId: PeerId): KeyObject {
  const x = Buffer.from(publicKeyOf(peerId)).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

/** Whether this key signed that text. One spelling of a signature only. */
export function isSignedBy(key: KeyObject, rootText: string, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64url');
  if (bytes.length !== 64 || bytes.toString('base64url') !== signature) return false;
  return verify(null, Buffer.from(DOMAIN + rootText), key, bytes);
}
