/** The identity room: one Ed25519 key per installation and its three spellings. */
import type { PrivateKey } from '@libp2p/interface';
import type { PeerId } from '../../../shared/ids.ts';

/** Where the key is kept; each shell brings its own. */
export interface KeyStore {
  readonly kind: 'file' | 'os' | 'plain';
  /** Where a person finds the key, for the sentences of errors: a file path or the like. */
  readonly place?: string;
  /** The key as a libp2p protobuf, or null where there is none yet. @throws {IdentityError} */
  load(): Promise<Uint8Array | null>;
  /** Writes a new key. Never overwrites. @throws {IdentityError} */
  create(key: Uint8Array): Promise<void>;
}

export interface Identity {
  readonly privateKey: PrivateKey;
  readonly peerId: PeerId;
  readonly did: string;
  /** The raw public key, 64 hex characters. */
  readonly dawnNodeId: string;
  readonly keyKeptBy: KeyStore['kind'];
}

export { IdentityError } from './identity-error.ts';
export { openIdentity, signingKey } from './identity.ts';
export { createFileKeyStore } from './file-key-store.ts';
export { keyFromSeed } from './key-from-seed.ts';
export { didOfPeerId, peerIdOfPublicKey, publicKeyOf } from './did.ts';
export { openSignedText, payloadOf, SignedTextError, signText } from './signed-text.ts';
export { CardError, describeAgent, mcpFacts, signCard, verifyCard } from './cards.ts';
export type { UnsignedCard } from './cards.ts';
