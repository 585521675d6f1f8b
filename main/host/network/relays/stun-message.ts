/** STUN as far as the Binding method goes (RFC 8489, sections 5, 14.1, 14.2 and 14.7). Both kinds of IP address. */
import { isIPv4, isIPv6 } from 'node:net';
import { crc32 } from 'node:zlib';

const MAGIC_COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
const TRANSACTION_BYTES = 12;
/** Longer ones are not read: what is sent over UDP without knowing the path stays below this. */
const MAX_BYTES = 1280;

const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const BINDING_ERROR = 0x0111;

const MAPPED_ADDRESS = 0x0001;
const ERROR_CODE = 0x0009;
const UNKNOWN_ATTRIBUTES = 0x000a;
const XOR_MAPPED_ADDRESS = 0x0020;
const FINGERPRINT = 0x8028;
const FINGERPRINT_XOR = 0x5354554e;
/**
 * Attributes of a request that must be understood, and are: user name, integrity, realm, nonce, and those of ICE.
 * Whoever asks an open server proves nothing with them, so they are passed over.
 */
const UNDERSTOOD = new Set([0x0006, 0x0008, 0x0014, 0x0015, 0x001c, 0x001d, 0x001e, 0x0024, 0x0025]);
const MAX_UNKNOWN = 4;

const IPV4 = 0x01;
const IPV6 = 0x02;

/** An IP address without brackets or zone, and a UDP port. */
export interface UdpAddress {
  readonly host: string;
  readonly port: number;
}

export interface BindingRequest {
  /** 12 bytes, chosen at random by the asker; the answer repeats them. */
  readonly transaction: Uint8Array;
  /** Attributes that must be understood and are not: such a request is refused. */
  readonly unknown: readonly number[];
}

export interface BindingSuccess {
  readonly transaction: Uint8Array;
  /** How the asker looks from there. */
  readonly mapped: UdpAddress;
}

/** A Binding request. `transaction`: 12 random bytes. @throws {RangeError} where there are not 12 */
export function bindingRequest(transaction: Uint8Array): Uint8Array {
  return message(BINDING_REQUEST, transaction, new Uint8Array());
}

/** The answer to a request from `mapped`. Null where that is no IP address. */
export function bindingSuccess(transaction: Uint8Array, mapped: UdpAddress): Uint8Array | null {
  const ip = ipBytes(mapped.host);
  if (ip === null) return null;
  const value = Buffer.alloc(4 + ip.length);
  value[1] = ip.length === 4 ? IPV4 : IPV6;
  value.writeUInt16BE(mapped.port ^ (MAGIC_COOKIE >>> 16), 2);
  value.set(masked(ip, transaction), 4);
  return message(BINDING_SUCCESS, transaction, attribute(XOR_MAPPED_ADDRESS, value));
}

/** The answer to a request that holds attributes which must be understood and are not (420). */
export function bindingRefusal({ transaction, unknown }: BindingRequest): Uint8Array {
  const types = Buffer.alloc(unknown.length * 2);
  for (const [index, type] of unknown.entries()) types.writeUInt16BE(type, index * 2);
  const code = attribute(ERROR_CODE, Buffer.from([0, 0, 4, 20]));
  return message(BINDING_ERROR, transaction, Buffer.concat([code, attribute(UNKNOWN_ATTRIBUTES, types)]));
}

/** Null for everything that is not a whole, well-formed Binding request. */
export function parseBindingRequest(datagram: Uint8Array): BindingRequest | null {
  const parsed = parse(datagram, BINDING_REQUEST);
  if (parsed === null) return null;
  const unknown = parsed.attributes
    .map(({ type }) => type)
    .filter((type) => type < 0x8000 && !UNDERSTOOD.has(type));
  return { transaction: parsed.transaction, unknown: [...new Set(unknown)].slice(0, MAX_UNKNOWN) };
}

/**
 * Null for everything that is not a whole, well-formed answer with an address. The asker compares the transaction with
 * its own: that, and nothing else, ties an answer to a question.
 */
export function parseBindingSuccess(datagram: Uint8Array): BindingSuccess | null {
  const parsed = parse(datagram, BINDING_SUCCESS);
  if (parsed === null) return null;
  const { transaction, attributes } = parsed;
  const find = (type: number): Buffer | undefined => attributes.find((found) => found.type === type)?.value;
  const xored = find(XOR_MAPPED_ADDRESS);
  const plain = find(MAPPED_ADDRESS);
  // Servers older than RFC 5389 send the plain one only.
  const mapped = xored !== undefined ? address(xored, transaction) : plain && address(plain, null);
  return mapped ? { transaction, mapped } : null;
}

interface Attribute {
  readonly type: number;
  readonly value: Buffer;
}

function parse(
  datagram: Uint8Array,
  type: number,
): { transaction: Uint8Array; attributes: Attribute[] } | null {
  if (datagram.length < HEADER_BYTES || datagram.length > MAX_BYTES) return null;
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length);
  if (bytes.readUInt16BE(0) !== type || bytes.readUInt32BE(4) !== MAGIC_COOKIE) return null;
  if (bytes.readUInt16BE(2) !== bytes.length - HEADER_BYTES || bytes.length % 4 !== 0) return null;
  const attributes: Attribute[] = [];
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const length = bytes.readUInt16BE(at + 2);
    const next = at + 4 + Math.ceil(length / 4) * 4;
    if (next > bytes.length) return null;
    const found = { type: bytes.readUInt16BE(at), value: bytes.subarray(at + 4, at + 4 + length) };
    if (found.type === FINGERPRINT && !(next === bytes.length && hasFingerprint(bytes, at, found.value)))
      return null;
    attributes.push(found);
    at = next;
  }
  return { transaction: new Uint8Array(bytes.subarray(8, HEADER_BYTES)), attributes };
}

const hasFingerprint = (bytes: Buffer, at: number, value: Buffer): boolean =>
  value.length === 4 && value.readUInt32BE(0) === (crc32(bytes.subarray(0, at)) ^ FINGERPRINT_XOR) >>> 0;

function address(value: Buffer, transaction: Uint8Array | null): UdpAddress | null {
  const length = value.length === 8 ? 4 : 16;
  if (value.length !== 4 + length || value[1] !== (length === 4 ? IPV4 : IPV6)) return null;
  const ip = transaction === null ? value.subarray(4) : masked(value.subarray(4), transaction);
  const port = value.readUInt16BE(2) ^ (transaction === null ? 0 : MAGIC_COOKIE >>> 16);
  return port === 0 ? null : { host: ipText(ip), port };
}

/** An address is hidden from routers that would translate what looks like one: cookie and transaction are the mask. */
function masked(ip: Uint8Array, transaction: Uint8Array): Uint8Array {
  const mask = Buffer.alloc(16);
  mask.writeUInt32BE(MAGIC_COOKIE, 0);
  mask.set(transaction, 4);
  return ip.map((byte, index) => byte ^ (mask[index] ?? 0));
}

function message(type: number, transaction: Uint8Array, attributes: Uint8Array): Uint8Array {
  if (transaction.length !== TRANSACTION_BYTES)
    throw new RangeError('A STUN transaction id has twelve bytes.');
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(attributes.length, 2);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  header.set(transaction, 8);
  return Buffer.concat([header, attributes]);
}

function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

/** Four or sixteen bytes; null where the text is no IP address. A zone (`%eth0`) is left out. */
function ipBytes(host: string): Uint8Array | null {
  const [text = ''] = host.split('%');
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!isIPv6(text)) return null;
  // The URL parser writes every IPv6 address in hexadecimal groups, dotted endings too.
  const [head = '', tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::');
  const groups = (part = ''): string[] => part.split(':').filter((group) => group !== '');
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return Uint8Array.from(
    [...before, ...zeros, ...after].flatMap((group) => {
      const number = Number.parseInt(group, 16);
      return [number >>> 8, number & 0xff];
    }),
  );
}

function ipText(ip: Uint8Array): string {
  if (ip.length === 4) return ip.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((ip[index * 2] ?? 0) << 8) | (ip[index * 2 + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
