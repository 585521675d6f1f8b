import { peerIdFromString } from '@libp2p/peer-id';
import { base58btc } from 'multiformats/bases/base58';
import type { PeerId } from '../../../shared/ids.ts';

/** The varint of the multicodec `ed25519-pub` (0xed). */
const ED25519_PUB = Uint8Array.of(0xed, 0x01);

/** The raw 32-byte Ed25519 public key that a peer id spells. */
export function publicKeyOf(peerId: PeerId): Uint8Array {
  const key = peerIdFromString(peerId).publicKey;
  if (key?.type !== 'Ed25519') throw new TypeError('Only Ed25519 peer ids are used.');
  return key.raw;
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
