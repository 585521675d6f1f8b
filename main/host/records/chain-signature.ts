/** Ed25519 signatures (RFC 8032) over heads of the chain of records. */
import { createPublicKey, sign, verify } from 'node:crypto';
import { PeerId } from '../../../shared/ids.ts';
import { publicKeyOf, signingKey, type Identity } from '../identity/index.ts';

/** Signs heads of the chain as this installation. */
export interface ChainSigner {
  readonly peerId: PeerId;
  readonly sign: (text: string) => string;
}

/** What is signed says what it is for, so that it is nothing else. */
const DOMAIN = 'gatehouse-chain/1\n';

export function chainSigner({ privateKey, peerId }: Pick<Identity, 'privateKey' | 'peerId'>): ChainSigner {
  const key = signingKey(privateKey);
  return { peerId, sign: (text) => sign(null, Buffer.from(DOMAIN + text), key).toString('base64url') };
}

/** Whether the key that a peer id spells signed that text. */
export function isSignedBy(signer: string, text: string, signature: string): boolean {
  try {
    const x = Buffer.from(publicKeyOf(PeerId.parse(signer))).toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, Buffer.from(DOMAIN + text), key, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}

/** What is signed of a head: this entry, and so all before it. */
export const headText = (seq: number, hash: Uint8Array, at: number): string =>
  JSON.stringify({ v: 1, seq, hash: Buffer.from(hash).toString('hex'), at });

/** What is signed of an anchor: it stands for all entries up to this one, whose calls are deleted. */
export const anchorText = (seq: number, hash: string, calls: number): string =>
  JSON.stringify({ v: 1, anchor: seq, hash, calls });
