/** The first frame of each side: an ephemeral key, signed by the key that is its node's id. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { NodeKey, signHex } from './ed25519.ts';
import type { OwnKey } from './own-key.ts';
import { pythonJson } from './python-json.ts';
import { CloseCode, WireViolation } from './wire-violation.ts';

/** Longer than any that keeps to the schema, and short enough to be parsed without a thought. */
const MAX_BYTES = 1024;

const KeyExchange = z.strictObject({
  type: z.literal('key_exchange'),
  /** An ephemeral X25519 key. */
  public_key: z.string().regex(/^[0-9a-f]{64}$/),
  node_id: z.string().regex(/^[0-9a-f]{64}$/),
  signature: z.string().regex(/^[0-9a-f]{128}$/),
});
export type KeyExchange = z.infer<typeof KeyExchange>;

type Unsigned = Omit<KeyExchange, 'signature'>;

export const signedTextOf = ({ type, public_key, node_id }: Unsigned): string =>
  pythonJson({ type, public_key, node_id });

/** @param publicKey ours for this connection, in hex */
export function writeKeyExchange(publicKey: string, own: OwnKey): KeyExchange {
  const unsigned = { type: 'key_exchange', public_key: publicKey, node_id: own.nodeId } as const;
  return { ...unsigned, signature: signHex(Buffer.from(signedTextOf(unsigned)), own.key) };
}

/** Reads the frame of a peer. @throws {WireViolation} where it is none, or is not signed by the node that it names */
export function readKeyExchange(text: string): { frame: KeyExchange; key: NodeKey } {
  const frame = text.length > MAX_BYTES ? null : parse(text);
  if (frame === null) {
    throw new WireViolation(CloseCode.protocol, 'The first frame must be a signed key_exchange.');
  }
  const key = keyOf(frame.node_id);
  if (key === null || !key.verifies(Buffer.from(signedTextOf(frame)), frame.signature)) {
    throw new WireViolation(CloseCode.policy, 'The key exchange is not signed by the node that it names.');
  }
  return { frame, key };
}

/**
 * What both ends have seen of the handshake, hashed. The handshake itself does not bind the two frames to each other:
 * somebody between could sign the other's ephemeral key as its own, and pass for the one who speaks. Both ends tell
 * each other this, inside the encryption, and come to the same only where they saw the same two frames.
 * @returns hex
 */
export function transcriptOf(dialler: KeyExchange, listener: KeyExchange): string {
  const hash = createHash('sha256').update('gatehouse websocket transcript 1\n');
  for (const frame of [dialler, listener]) hash.update(`${pythonJson(frame)}\n`);
  return hash.digest('hex');
}

function parse(text: string): KeyExchange | null {
  try {
    return KeyExchange.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function keyOf(nodeId: string): NodeKey | null {
  try {
    return new NodeKey(nodeId);
  } catch {
    return null;
  }
}
