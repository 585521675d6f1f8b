const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** A libp2p peer id of an Ed25519 key, before the key: an identity multihash of its protobuf. */
const BEFORE_KEY = '002408011220';

/**
 * The peer id that belongs to a Dawn node id, as text: both spell the same public key. Whether there is such a key at all is
 * not looked into.
 * @param nodeId 64 hex characters
 */
export function peerIdTextOf(nodeId: string): string {
  let rest = BigInt(`0x${BEFORE_KEY}${nodeId}`);
  let text = '';
  while (rest > 0n) {
    text = `${BASE58.charAt(Number(rest % 58n))}${text}`;
    rest /= 58n;
  }
  // The byte at the beginning, which is zero.
  return `1${text}`;
}
