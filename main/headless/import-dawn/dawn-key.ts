import { createPrivateKey, createPublicKey } from 'node:crypto';
import { signingKey } from '../../host/identity/index.ts';
import type { DawnFile } from './dawn-folder.ts';
import { fieldsOf, parseJson, type JsonObject } from './dawn-json.ts';
import { refused } from './refusal.ts';

export interface DawnKey {
  readonly file: string;
  /** How it was written there, in words. */
  readonly as: string;
  /** 32 bytes: the private key, from which the rest follows. Never shown. */
  readonly seed: Buffer;
  /** The raw public key in hex. */
  readonly nodeId: string;
}

const FIELDS = [
  'private_key',
  'signing_key',
  'ed25519_private_key',
  'signing_private_key',
  'identity_key',
  'secret_key',
  'seed',
];
const PRINTABLE = /^[\x20-\x7e\r\n\t]+$/;
const EXPECTED =
  'An Ed25519 private key is expected: 32 raw bytes, 64 or 128 hex characters, base64, PKCS #8 in PEM, or JSON that has one of those as private_key, signing_key, ed25519_private_key or seed.';

/** What a file says of the identity. */
export interface KeyReading {
  readonly keys: readonly DawnKey[];
  /** The node id that it names, in hex. */
  readonly nodeId: string | null;
  /** Why it was passed over, as a sentence. */
  readonly note: string | null;
}

/**
 * The key in a file, where there is one.
 * @throws {CliError} where a file that should hold the key does not
 */
export function readKeyFile(file: DawnFile): KeyReading {
  const text = file.bytes.toString('utf8').trim();
  const json = text.startsWith('{') ? parseJson(text) : undefined;
  // Raw bytes may begin with a brace, too.
  const isJson = json !== undefined || (text.startsWith('{') && PRINTABLE.test(text));
  if (isJson || file.kind === 'config') return readJsonKey(file, json);
  const read = keyIn(file.bytes, text);
  if ('seed' in read) return { keys: [keyOf(file.name, read.as, read.seed)], nodeId: null, note: null };
  if (file.kind === 'maybe-key') return passedOver(`${file.name} was passed over: ${read.problem}.`);
  throw refused(`${file.name} cannot be the key of a Dawn node: ${read.problem}. ${EXPECTED}`);
}

const passedOver = (note: string): KeyReading => ({ keys: [], nodeId: null, note });

function readJsonKey(file: DawnFile, json: unknown): KeyReading {
  const objects = fieldsOf(json);
  if (objects === null) {
    if (file.kind === 'config') throw refused(`${file.name} is no JSON object that can be read.`);
    if (file.kind === 'key') throw refused(`${file.name} is no JSON object that can be read. ${EXPECTED}`);
    return passedOver(`${file.name} was passed over: it is no JSON that can be read.`);
  }
  // The object itself, and those in it: {"identity": {"private_key": …}}.
  const nested = [...objects.values()].flatMap((value) => fieldsOf(value) ?? []);
  const all = [objects, ...nested];
  const keys = all.flatMap((fields) => keysAmong(file, fields));
  const [nodeId = null, ...others] = [...new Set(all.flatMap((fields) => nodeIdIn(fields)))];
  if (others.length > 0)
    throw refused(`${file.name} names more than one node id, so it is not clear which counts.`);
  if (keys.length === 0 && file.kind !== 'config')
    return { keys, nodeId, note: `${file.name} was passed over: it holds no private key.` };
  return { keys, nodeId, note: null };
}

const keysAmong = (file: DawnFile, fields: JsonObject): DawnKey[] =>
  FIELDS.flatMap((field) => {
    const value = fields.get(field);
    if (value === undefined || value === null || typeof value === 'object') return [];
    const read = typeof value === 'string' ? keyInText(value.trim()) : { problem: 'it is no text' };
    if ('problem' in read)
      throw refused(
        `${file.name} has a ${field} that is no key of a Dawn node: ${read.problem}. ${EXPECTED}`,
      );
    return [keyOf(file.name, `${read.as} as ${field}`, read.seed)];
  });

function nodeIdIn(fields: JsonObject): string[] {
  const value = fields.get('node_id');
  return typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value) ? [value.toLowerCase()] : [];
}

type Read = { readonly seed: Buffer; readonly as: string } | { readonly problem: string };

function keyIn(bytes: Buffer, text: string): Read {
  if (bytes.length === 0) return { problem: 'it is empty' };
  if (PRINTABLE.test(text)) return keyInText(text);
  if (bytes.length === 32 || bytes.length === 64) return ofRaw(bytes, `${bytes.length} raw bytes`);
  return { problem: `it has ${bytes.length} bytes that are no text` };
}

function keyInText(text: string): Read {
  if (text.includes('-----BEGIN')) return ofPem(text);
  if (/^([0-9a-f]{64}|[0-9a-f]{128})$/i.test(text))
    return ofRaw(Buffer.from(text, 'hex'), `${text.length} hex characters`);
  if (/^[A-Za-z0-9+/_-]{43,88}={0,2}$/.test(text)) {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length === 32 || bytes.length === 64) return ofRaw(bytes, 'base64');
  }
  if (text.startsWith('gatehouse-')) return { problem: 'it is a key of Gatehouse itself' };
  return { problem: `it has ${text.length} characters that are no key` };
}

/** 32 bytes, or with the public key behind them. */
function ofRaw(bytes: Buffer, as: string): Read {
  const seed = Buffer.from(bytes.subarray(0, 32));
  if (seed.every((byte) => byte === seed[0])) return { problem: 'all its bytes are the same' };
  if (bytes.length === 64 && !publicKeyOf(seed).equals(bytes.subarray(32)))
    return { problem: 'its two halves do not belong together' };
  return { seed, as };
}

function ofPem(text: string): Read {
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType !== 'ed25519')
      return { problem: `its key is of type ${key.asymmetricKeyType ?? 'unknown'}, not Ed25519` };
    const { d } = key.export({ format: 'jwk' });
    if (d === undefined) return { problem: 'it holds no private key' };
    return { seed: Buffer.from(d, 'base64url'), as: 'PKCS #8 in PEM' };
  } catch {
    return {
      problem: /ENCRYPTED/.test(text)
        ? 'it is encrypted'
        : 'it is PEM without a private key that can be read',
    };
  }
}

const keyOf = (file: string, as: string, seed: Buffer): DawnKey => ({
  file,
  as,
  seed,
  nodeId: publicKeyOf(seed).toString('hex'),
});

const publicKeyOf = (seed: Buffer): Buffer =>
  Buffer.from(createPublicKey(signingKey({ raw: seed })).export({ format: 'jwk' }).x ?? '', 'base64url');
