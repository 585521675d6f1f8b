import { createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { peerIdOfPublicKey } from '../../identity/index.ts';
import type { PeerId } from '../../../../shared/ids.ts';

/** RFC 8410: the fixed head of an Ed25519 public key, followed by its 32 bytes. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** A Dawn node id is a raw Ed25519 public key in hex. The key object is made once, since making one costs as much as its use. */
export class NodeKey {
  readonly nodeId: string;
  readonly peerId: PeerId;
  readonly #key: KeyObject;

  /** @throws where it is no key */
  constructor(nodeId: string) {
    const raw = Buffer.from(nodeId, 'hex');
    const peerId = peerIdOfPublicKey(raw);
    if (peerId === null) throw new TypeError('A node id is the hex of a public key.');
    this.nodeId = nodeId;
    this.peerId = peerId;
    this.#key = createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: 'der', type: 'spki' });
  }

  /** @param signature in hex */
  verifies(text: Buffer, signature: string): boolean {
    return verify(null, text, this.#key, Buffer.from(signature, 'hex'));
  }
}

/** @returns the signature in hex */
export const signHex = (text: Buffer, key: KeyObject): string => sign(null, text, key).toString('hex');
