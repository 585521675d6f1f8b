import { createHash } from 'node:crypto';
import { multiaddr } from '@multiformats/multiaddr';
import { PeerId } from '../../../shared/ids.ts';
import { INVITE_PREFIX, MAX_INVITE_TEXT } from '../../../shared/invites.ts';
import { isWebSocketAddress, WebSocketAddress } from '../../../shared/transports.ts';
import { peerIdOfPublicKey, publicKeyOf } from '../identity/index.ts';
import { ByteReader } from './byte-reader.ts';
import { InviteError } from './invite-error.ts';

/** What an invite holds. */
export interface Invite {
  readonly peerId: PeerId;
  /** Milliseconds since 1970; whole seconds are kept. */
  readonly expiresAt: number;
  /** 16 bytes. */
  readonly secret: Uint8Array;
  /** What the inviter calls itself: hostile text. */
  readonly name: string;
  /** Multiaddrs without `/p2p/…`, and `ws://` addresses without `#…`, the best first. */
  readonly addresses: readonly string[];
  /** Multiaddrs of relays, `/p2p/<relay>` at their end. */
  readonly relays: readonly string[];
}

const VERSION = 1;
const SECRET_BYTES = 16;
const CHECKSUM_BYTES = 4;
const MAX_NAME = 60;
const MAX_ADDRESSES = 8;
const MAX_RELAYS = 2;
/** The length of one is a byte. */
const MAX_ADDRESS_BYTES = 255;

/**
 * `gatehouse://invite/` and base64url (RFC 4648, section 5) of: version (1 byte), Ed25519 key (32), expiry in
 * seconds since 1970 (4, big-endian), secret (16), name (length, UTF-8), addresses (count; each length, multiaddr
 * bytes, or a `ws://` address as text), relays likewise, and the first 4 bytes of the SHA-256 of all that. Addresses that would make it longer
 * than {@link MAX_INVITE_TEXT} are left out, the last first, and so is what is none.
 */
export function encodeInvite(invite: Invite): string {
  const relays = fitting(invite.relays, MAX_RELAYS);
  const addresses = fitting(invite.addresses, MAX_ADDRESSES);
  for (;;) {
    const text = `${INVITE_PREFIX}${withChecksum(bytesOf(invite, addresses, relays)).toString('base64url')}`;
    if (text.length <= MAX_INVITE_TEXT) return text;
    if (addresses.pop() === undefined) relays.pop();
  }
}

/**
 * Reads an invite as a person pasted it, with white space around it and line breaks within.
 * @throws {InviteError} INVALID
 */
export function decodeInvite(pasted: string): Invite {
  if (pasted.length > 2 * MAX_INVITE_TEXT) throw notWhole();
  const text = pasted.replaceAll(/\s+/g, '');
  if (text.slice(0, INVITE_PREFIX.length).toLowerCase() !== INVITE_PREFIX) {
    throw new InviteError('INVALID', `This is no invite: one starts with ${INVITE_PREFIX}`);
  }
  const code = text.slice(INVITE_PREFIX.length);
  const bytes = Buffer.from(code, 'base64url');
  // Buffer passes over what is no base64url, and over stray bits at the end.
  if (text.length > MAX_INVITE_TEXT || bytes.toString('base64url') !== code) throw notWhole();
  const content = bytes.subarray(0, -CHECKSUM_BYTES);
  if (bytes.length <= CHECKSUM_BYTES || !withChecksum(content).equals(bytes)) throw notWhole();
  if (content[0] !== VERSION) {
    throw new InviteError('INVALID', 'This invite is from a newer Gatehouse. Update this one to use it.');
  }
  try {
    return read(new ByteReader(content.subarray(1)));
  } catch (cause) {
    throw new InviteError('INVALID', 'This invite makes no sense. Ask for another one.', { cause });
  }
}

const notWhole = (): InviteError =>
  new InviteError('INVALID', 'This invite is cut short or mistyped. Copy the whole of it again.');

function bytesOf(invite: Invite, addresses: readonly Uint8Array[], relays: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(1 + 32 + 4 + SECRET_BYTES);
  head.writeUInt8(VERSION, 0);
  head.set(publicKeyOf(invite.peerId), 1);
  head.writeUInt32BE(Math.floor(invite.expiresAt / 1000), 33);
  head.set(invite.secret.subarray(0, SECRET_BYTES), 37);
  const name = Buffer.from([...invite.name.toWellFormed()].slice(0, MAX_NAME).join('').slice(0, MAX_NAME));
  const list = (entries: readonly Uint8Array[]): Uint8Array[] => [
    Uint8Array.of(entries.length),
    ...entries.flatMap((entry) => [Uint8Array.of(entry.length), entry]),
  ];
  return Buffer.concat([head, Uint8Array.of(name.length), name, ...list(addresses), ...list(relays)]);
}

const withChecksum = (content: Uint8Array): Buffer =>
  Buffer.concat([content, createHash('sha256').update(content).digest().subarray(0, CHECKSUM_BYTES)]);

const fitting = (texts: readonly string[], most: number): Uint8Array[] =>
  texts.flatMap((text) => addressBytes(text) ?? []).slice(0, most);

/** Null for what is no address, or does not fit into an invite. */
export function addressBytes(text: string): Uint8Array | null {
  try {
    const bytes = isWebSocketAddress(text)
      ? Buffer.from(WebSocketAddress.parse(text).replace(/#.*$/, ''))
      : multiaddr(text).bytes;
    return bytes.length <= MAX_ADDRESS_BYTES ? bytes : null;
  } catch {
    return null;
  }
}

function read(reader: ByteReader): Invite {
  const peerId = peerIdOfPublicKey(reader.take(32));
  if (peerId === null) throw new RangeError('The key is none.');
  const expiresAt = Buffer.from(reader.take(4)).readUInt32BE(0) * 1000;
  const secret = reader.take(SECRET_BYTES);
  const name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(reader.takeCounted());
  if (name.length > MAX_NAME) throw new RangeError('The name is too long.');
  const addresses = readAddresses(
    reader,
    MAX_ADDRESSES,
    (names) => !names.includes('p2p'),
    readWebSocketAddress,
  );
  const relays = readAddresses(reader, MAX_RELAYS, (names) => names.indexOf('p2p') === names.length - 1);
  if (!reader.isAtEnd) throw new RangeError('There is more than belongs to it.');
  return { peerId, expiresAt, secret, name, addresses, relays };
}

function readAddresses(
  reader: ByteReader,
  most: number,
  isSuch: (names: readonly string[]) => boolean,
  readOther: (bytes: Uint8Array) => string | null = () => null,
): string[] {
  const [count = 0] = reader.take(1);
  if (count > most) throw new RangeError('There are too many addresses.');
  return Array.from({ length: count }, () => {
    const bytes = reader.takeCounted();
    const other = readOther(bytes);
    if (other !== null) return other;
    const address = multiaddr(bytes);
    const parts = address.getComponents();
    const names = parts.map(({ name }) => name);
    if (names.includes('p2p-circuit') || names.length < 2 || !isSuch(names)) {
      throw new RangeError('An address is of another kind.');
    }
    for (const { name, value } of parts) if (name === 'p2p') PeerId.parse(value);
    return address.toString();
  });
}

/** No multiaddr begins as `ws` does: 0x77 names no protocol. */
function readWebSocketAddress(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes).toString('latin1');
  if (!isWebSocketAddress(text)) return null;
  if (text.includes('#')) throw new RangeError('An address is of another kind.');
  return WebSocketAddress.parse(text);
}
