import { publicKeyFromRaw } from '@libp2p/crypto/keys';
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id';
import { base58btc } from 'multiformats/bases/base58';
import { PeerId } from '../../../shared/ids.ts';

/** The varint of the multicodec `ed25519-pub` (0xed). */
const ED25519_PUB = Uint8Array.of(0xed, 0x01);

/** The raw 32-byte Ed25519 public key that a peer id spells. */
export function publicKeyOf(peerId: PeerId): Uint8Array {
  const key = peerIdFromString(peerId).publicKey;
  if (key?.type !== 'Ed25519') throw new TypeError('Only Ed25519 peer ids are used.');
  return key.raw;
}

/** The peer id that a raw 32-byte Ed25519 public key spells; null where the bytes are none. */
export function peerIdOfPublicKey(publicKey: Uint8Array): PeerId | null {
  if (publicKey.length !== 32) return null;
  const key = publicKeyFromRaw(publicKey);
  return PeerId.safeParse(peerIdFromPublicKey(key).toString()).data ?? null;
}

/** The did:key of a raw Ed25519 public key (W3C did:key v0.7, multibase base58btc). */
export function didFromPublicKey(publicKey: Uint8Array): string {
  const bytes = new Uint8Array(ED25519_PUB.length + publicKey.length);
  bytes.set(ED25519_PUB);
  bytes.set(publicKey, ED25519_PUB.length);
  return `did:key:${base58btc.encode(bytes)}`;
}

/** The did:key spelling of a peer id. */
export const didOfPeerId = (peerId: PeerId): string => didFromPublicKey(publicKeyOf(peerId));

/** The peer id that a did:key spells; null where it is no did:key of an Ed25519 key. */
export function peerIdOfDid(did: string): PeerId | null {
  if (!did.startsWith('did:key:') || did.length > 100) return null;
  try {
    const bytes = base58btc.decode(did.slice('did:key:'.length));
    if (bytes.length !== ED25519_PUB.length + 32 || !ED25519_PUB.every((byte, at) => bytes[at] === byte)) {
      return null;
    }
    return peerIdOfPublicKey(bytes.subarray(ED25519_PUB.length));
  } catch {
    return null;
  }
}
