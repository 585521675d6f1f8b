import { generateKeyPairFromSeed, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { PeerId } from '../../../shared/ids.ts';

/** An Ed25519 key that another program made, from its 32-byte seed (RFC 8032), as a key store takes it. */
export async function keyFromSeed(seed: Uint8Array): Promise<{ protobuf: Uint8Array; peerId: PeerId }> {
  const key = await generateKeyPairFromSeed('Ed25519', seed);
  return { protobuf: privateKeyToProtobuf(key), peerId: PeerId.parse(peerIdFromPrivateKey(key).toString()) };
}
