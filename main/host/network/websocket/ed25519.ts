import { createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { peerIdOfPublicKey } from '../../identity/index.ts';
import type { PeerId } from '../../../../shared/ids.ts';

/** RFC 8410: the fixed head of an Ed25519 public key, followed by its 32 bytes. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * The points of small order, without their sign: signatures by them fit whatever text, so they are nobody's. The last two
 * are spellings of the first two that are not canonical.
 */
const NOBODY = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
]);

/** A Dawn node id is a raw Ed25519 public key in hex. The key object is made once, since making one costs as much as its use. */
export class NodeKey {
  readonly nodeId: string;
  readonly peerId: PeerId;
  readonly #key: KeyObject;

  /** @throws where it is no key */
  constructor(nodeId: string) {
    const raw = Buffer.from(nodeId, 'hex');
    const peerId = peerIdOfPublicKey(raw);
    if (peerId === null || isNobody(raw)) throw new TypeError('A node id is the hex of a public key.');
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

function isNobody(raw: Buffer): boolean {
  const unsigned = Buffer.from(raw);
  unsigned.writeUInt8(unsigned.readUInt8(31) & 0x7f, 31);
  return NOBODY.has(unsigned.toString('hex'));
}
