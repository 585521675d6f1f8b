import { createPublicKey, sign, verify } from 'node:crypto';
import { z } from 'zod';
import type { PeerId } from '../../../shared/ids.ts';
import { didOfPeerId, peerIdOfDid, publicKeyOf } from './did.ts';
import { signingKey } from './identity.ts';
import type { Identity } from './index.ts';

/** The text is not signed as it says, or is no signed text at all. */
export class SignedTextError extends Error {
  override readonly name = 'SignedTextError';
  readonly code: 'NOT_SIGNED_TEXT' | 'BAD_SIGNATURE';
  constructor(code: SignedTextError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Signs a value as a compact JWS (RFC 7515) with EdDSA (RFC 8037). `typ` says what it is for, and is signed too. */
export function signText(value: object, typ: string, identity: Identity): string {
  const header = base64url(JSON.stringify({ alg: 'EdDSA', kid: keyIdOf(identity.did), typ }));
  const input = `${header}.${base64url(JSON.stringify(value))}`;
  const signature = sign(null, Buffer.from(input, 'latin1'), signingKey(identity.privateKey));
  return `${input}.${signature.toString('base64url')}`;
}

/**
 * Checks the signature of a compact JWS by the key that it names, which is the signer's peer id in other letters.
 * @returns who signed it, and what was signed, still to be parsed
 * @throws {SignedTextError}
 */
export function openSignedText(
  text: string,
  typ: string,
): { readonly signer: PeerId; readonly value: unknown } {
  const [header, payload, signature, ...rest] = text.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    throw notSigned();
  }
  const signer = signerIn(header, typ);
  const x = Buffer.from(publicKeyOf(signer)).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  if (!verify(null, Buffer.from(`${header}.${payload}`, 'latin1'), key, bytesOf(signature))) {
    throw new SignedTextError('BAD_SIGNATURE', 'The text was changed after it was signed.');
  }
  return { signer, value: jsonIn(payload) };
}

/** What such a text says, whoever wrote it: nothing is verified. Undefined where it cannot be read. */
export function payloadOf(text: string): unknown {
  try {
    return jsonIn(text.split('.', 2)[1] ?? '');
  } catch {
    return undefined;
  }
}

/** Strict: a header that demands what we do not do (`crit`) is refused. */
const Header = z.strictObject({ alg: z.literal('EdDSA'), kid: z.string().max(200), typ: z.string() });

function signerIn(part: string, typ: string): PeerId {
  const header = Header.safeParse(jsonIn(part));
  if (!header.success || header.data.typ !== typ) throw notSigned(header.error);
  const { kid } = header.data;
  const signer = peerIdOfDid(kid.split('#')[0] ?? '');
  if (signer === null || kid !== keyIdOf(didOfPeerId(signer))) throw notSigned();
  return signer;
}

function jsonIn(part: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(part)));
  } catch (cause) {
    if (cause instanceof SignedTextError) throw cause;
    throw notSigned(cause);
  }
}

/** One spelling for the same bytes, so that nobody makes many texts of one. */
function bytesOf(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) throw notSigned();
  return bytes;
}

const base64url = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');

/** The id of the one key of a did:key: the DID and its own last part again. */
const keyIdOf = (did: string): string => `${did}#${did.slice('did:key:'.length)}`;

const notSigned = (cause?: unknown): SignedTextError =>
  new SignedTextError('NOT_SIGNED_TEXT', 'This is not a signed text that Gatehouse can read.', { cause });
