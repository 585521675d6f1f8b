/** Encrypted frames: AES-256-GCM, and an Ed25519 signature over what is sent. */
import { isUtf8 } from 'node:buffer';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { signHex } from './ed25519.ts';
import type { NodeKey } from './ed25519.ts';
import { NonceGuard, NonceSource, otherEnd } from './nonces.ts';
import type { End } from './nonces.ts';
import type { OwnKey } from './own-key.ts';
import { CloseCode, WireViolation } from './wire-violation.ts';

const TAG_BYTES = 16;

const Envelope = z.strictObject({
  type: z.literal('encrypted'),
  nonce: z.string().regex(/^[0-9a-f]{24}$/),
  ciphertext: z.string().min(2 * TAG_BYTES),
  signature: z.string().regex(/^[0-9a-f]{128}$/),
  sender: z.string().length(64),
});

/** What the signature covers: hex needs no escapes, so this is how Python writes it. */
const signedTextOf = (nonce: string, ciphertext: string): Buffer =>
  Buffer.from(`{"ciphertext": "${ciphertext}", "nonce": "${nonce}", "type": "encrypted"}`, 'latin1');

/** Makes the envelopes of one direction. */
export class Sealer {
  readonly #session: KeyObject;
  readonly #own: OwnKey;
  readonly #nonces: Pick<NonceSource, 'next'>;

  constructor(
    session: KeyObject,
    own: OwnKey,
    end: End,
    nonces: Pick<NonceSource, 'next'> = new NonceSource(end),
  ) {
    this.#session = session;
    this.#own = own;
    this.#nonces = nonces;
  }

  /** @returns the frame, as text */
  seal(plaintext: string): string {
    const nonce = this.#nonces.next();
    const cipher = createCipheriv('aes-256-gcm', this.#session, Buffer.from(nonce, 'hex'));
    const body = cipher.update(plaintext, 'utf8', 'hex') + cipher.final('hex');
    const ciphertext = body + cipher.getAuthTag().toString('hex');
    const signature = signHex(signedTextOf(nonce, ciphertext), this.#own.key);
    return (
      `{"type":"encrypted","nonce":"${nonce}","ciphertext":"${ciphertext}",` +
      `"signature":"${signature}","sender":"${this.#own.nodeId}"}`
    );
  }
}

/** Opens those of the other direction. */
export class Opener {
  readonly #session: KeyObject;
  readonly #peer: NodeKey;
  readonly #nonces: NonceGuard;

  /** @param end which one we are */
  constructor(session: KeyObject, peer: NodeKey, end: End, nonces = new NonceGuard(otherEnd(end))) {
    this.#session = session;
    this.#peer = peer;
    this.#nonces = nonces;
  }

  /** Whether the other side counts its envelopes, as a Gatehouse does. */
  get counts(): boolean | null {
    return this.#nonces.counts;
  }

  /**
   * Opens a frame that is an envelope of the peer, made for this connection, and not seen before.
   * @throws {WireViolation}
   */
  open(text: string): string {
    const { nonce, ciphertext, signature, sender } = parseEnvelope(text);
    // A frame of ours that is sent back to us would carry our own name.
    if (sender !== this.#peer.nodeId) {
      throw new WireViolation(CloseCode.policy, 'The envelope is of another sender than the handshake.');
    }
    const bytes = Buffer.from(ciphertext, 'hex');
    // Hex is read up to the first character that is none.
    if (bytes.length * 2 !== ciphertext.length) throw notAnEnvelope();
    if (!this.#peer.verifies(signedTextOf(nonce, ciphertext), signature)) {
      throw new WireViolation(CloseCode.policy, 'The envelope is not signed by its sender.');
    }
    this.#nonces.accept(nonce);
    return this.#decrypt(nonce, bytes);
  }

  #decrypt(nonce: string, bytes: Buffer): string {
    const decipher = createDecipheriv('aes-256-gcm', this.#session, Buffer.from(nonce, 'hex'), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const plaintext = decipher.update(bytes.subarray(0, -TAG_BYTES));
    try {
      decipher.final();
    } catch (cause) {
      throw new WireViolation(CloseCode.policy, 'The envelope was not made for this session.', { cause });
    }
    if (!isUtf8(plaintext)) throw new WireViolation(CloseCode.protocol, 'The text is not UTF-8.');
    return plaintext.toString('utf8');
  }
}

/** Whether a frame looks like an envelope, without parsing it. */
export const looksSealed = (text: string): boolean => /^\s*\{\s*"type"\s*:\s*"encrypted"/.test(text);

function parseEnvelope(text: string): z.infer<typeof Envelope> {
  // An envelope is flat. This is found out at the speed of a search, before a parser builds what is nested in it.
  if (text.indexOf('{', 1) !== -1 || text.includes('[')) throw notAnEnvelope();
  try {
    return Envelope.parse(JSON.parse(text));
  } catch (cause) {
    throw notAnEnvelope(cause);
  }
}

const notAnEnvelope = (cause?: unknown): WireViolation =>
  new WireViolation(CloseCode.protocol, 'Only signed, encrypted envelopes are taken here.', { cause });
