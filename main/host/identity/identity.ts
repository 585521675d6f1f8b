import { createPrivateKey, createPublicKey } from 'node:crypto';
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import type { Ed25519PrivateKey } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { PeerId } from '../../../shared/ids.ts';
import { didFromPublicKey } from './did.ts';
import { IdentityError } from './identity-error.ts';
import type { Identity, KeyStore } from './index.ts';

/**
 * Opens the identity of this installation, and creates it at first start. A key that cannot be read or does not
 * make sense is left as it is.
 * @throws {IdentityError}
 */
export async function openIdentity(keyStore: KeyStore): Promise<Identity> {
  const stored = await keyStore.load();
  const privateKey = stored === null ? await createKey(keyStore) : readKey(stored, keyStore.place);
  return {
    privateKey,
    peerId: PeerId.parse(peerIdFromPrivateKey(privateKey).toString()),
    did: didFromPublicKey(privateKey.publicKey.raw),
    dawnNodeId: Buffer.from(privateKey.publicKey.raw).toString('hex'),
    keyKeptBy: keyStore.kind,
  };
}

async function createKey(keyStore: KeyStore): Promise<Ed25519PrivateKey> {
  const key = await generateKeyPair('Ed25519');
  await keyStore.create(privateKeyToProtobuf(key));
  return key;
}

function readKey(protobuf: Uint8Array, place: string | undefined): Ed25519PrivateKey {
  try {
    const key = privateKeyFromProtobuf(protobuf);
    if (key.type !== 'Ed25519') throw new TypeError(`The key is of type ${key.type}, not Ed25519.`);
    if (!halvesBelongTogether(key)) throw new TypeError('The two halves of the key do not belong together.');
    return key;
  } catch (cause) {
    throw damagedKey(place, cause);
  }
}

/** The stored public half is used to name us; make sure that it is the one that our signatures fit. */
function halvesBelongTogether(key: Ed25519PrivateKey): boolean {
  const derived = createPublicKey(signingKey(key)).export({ format: 'jwk' }).x;
  return derived === Buffer.from(key.publicKey.raw).toString('base64url');
}

/** The key in the form that node:crypto signs with. */
export function signingKey(key: { readonly raw: Uint8Array }): ReturnType<typeof createPrivateKey> {
  const seed = Buffer.from(key.raw.subarray(0, 32));
  // RFC 8410: the fixed head of a PKCS #8 Ed25519 key, followed by the seed.
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
}

/** The one sentence for a key that is there but is not a key. */
export function damagedKey(place: string | undefined, cause?: unknown): IdentityError {
  const where = place === undefined ? 'The stored key' : `The key in ${place}`;
  return new IdentityError(
    'DAMAGED',
    `${where} is damaged. Restore it from a backup, or move it away to start as a new peer that nobody knows.`,
    { cause },
  );
}
