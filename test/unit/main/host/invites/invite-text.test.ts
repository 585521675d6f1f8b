import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { InviteError } from '../../../../../main/host/invites/invite-error.ts';
import { decodeInvite, encodeInvite, type Invite } from '../../../../../main/host/invites/invite-text.ts';
import { PeerId } from '../../../../../shared/ids.ts';
import { INVITE_PREFIX, MAX_INVITE_TEXT } from '../../../../../shared/invites.ts';

const alice = PeerId.parse('12D3KooWMvPXYR7kkC1XSZzjFTyuTYGWE4bzTQbLbTt3jMdJFQe6');
const relay = PeerId.parse('12D3KooWHFrmLWTTDD4NodngtRMEVYgxrsDMp4F9iSwYntZ9WjHa');

const invite = (change: Partial<Invite> = {}): Invite => ({
  peerId: alice,
  expiresAt: 1_800_000_000_000,
  secret: Uint8Array.from(randomBytes(16)),
  name: 'Alice’s 💻',
  addresses: [
    '/ip4/192.0.2.7/tcp/4001',
    '/ip6/2001:db8::1/udp/4001/quic-v1',
    '/dns4/example.org/tcp/443/tls/ws',
  ],
  relays: [`/ip4/198.51.100.1/tcp/4001/p2p/${relay}`],
  ...change,
});
const why = (text: string): string => {
  try {
    decodeInvite(text);
    return 'taken';
  } catch (error) {
    if (!(error instanceof InviteError)) throw error;
    expect(error.code).toBe('INVALID');
    return error.message;
  }
};
/** Changes the bytes and makes the checksum right again, as a hostile inviter would. */
const forged = (text: string, change: (bytes: Buffer) => Buffer): string => {
  const content = change(Buffer.from(text.slice(INVITE_PREFIX.length), 'base64url').subarray(0, -4));
  const checksum = createHash('sha256').update(content).digest().subarray(0, 4);
  return INVITE_PREFIX + Buffer.concat([content, checksum]).toString('base64url');
};

describe('the text of an invite', () => {
  it('holds addresses of the WebSocket transport beside multiaddrs, without who is there', () => {
    const addresses = [
      '/ip4/192.0.2.7/tcp/4001',
      `wss://example.org:8000#${alice}`,
      'ws://[2001:db8::1]:8000',
    ];
    expect(decodeInvite(encodeInvite(invite({ addresses }))).addresses).toEqual([
      '/ip4/192.0.2.7/tcp/4001',
      'wss://example.org:8000',
      'ws://[2001:db8::1]:8000',
    ]);
  });

  it('says again what was put in, and is short enough for a QR code', () => {
    for (const given of [
      invite(),
      invite({ name: '', addresses: [], relays: [] }),
      invite({ name: '\u202e\u0000'.repeat(30), expiresAt: 0 }),
      invite({
        relays: [],
        addresses: Array.from({ length: 8 }, (_, index) => `/ip4/192.0.2.${index}/tcp/1`),
      }),
    ]) {
      const text = encodeInvite(given);
      expect(text).toMatch(/^gatehouse:\/\/invite\/[A-Za-z0-9_-]+$/);
      expect(text.length).toBeLessThan(500);
      expect(decodeInvite(text)).toEqual(given);
    }
  });

  it('is found between white space, with line breaks of a mail in it, and with a prefix in capitals', () => {
    const given = invite();
    const text = encodeInvite(given);
    const folded = text.replaceAll(/.{60}/g, '$&\r\n  ');
    expect(decodeInvite(`\n\t ${folded} \n`)).toEqual(given);
    expect(decodeInvite(text.replace('gatehouse', 'GateHouse'))).toEqual(given);
  });

  it('is refused wherever it is cut', () => {
    const text = encodeInvite(invite());
    for (let length = INVITE_PREFIX.length; length < text.length; length += 1) {
      expect(why(text.slice(0, length))).toMatch(/cut short or mistyped/);
    }
    expect(why(text.slice(0, 5))).toMatch(/starts with gatehouse:\/\/invite\//);
    expect(why('')).toMatch(/starts with/);
    expect(why(`${text}A`)).toMatch(/cut short or mistyped/);
    for (const more of ['/', '!', '=', '.', '\u200b'])
      expect(why(text + more)).toMatch(/cut short or mistyped/);
  });

  it('is refused with any one character mistyped, or two swapped', () => {
    const text = encodeInvite(invite());
    for (let at = INVITE_PREFIX.length; at < text.length; at += 1) {
      const other = text[at] === 'A' ? 'B' : 'A';
      expect(why(text.slice(0, at) + other + text.slice(at + 1))).toMatch(/mistyped/);
      expect(why(`${text.slice(0, at)}!${text.slice(at + 1)}`)).toMatch(/mistyped/);
      const [one, two] = [text[at], text[at + 1]];
      if (two !== undefined && one !== two) {
        expect(why(text.slice(0, at) + two + one + text.slice(at + 2))).toMatch(/mistyped/);
      }
    }
  });

  it('is refused with any one bit flipped', () => {
    const bytes = Buffer.from(encodeInvite(invite()).slice(INVITE_PREFIX.length), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8((flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
      expect(why(INVITE_PREFIX + flipped.toString('base64url'))).toMatch(/mistyped/);
    }
  });

  it('is refused when it is too long, however it got so', () => {
    expect(why(INVITE_PREFIX + 'A'.repeat(MAX_INVITE_TEXT))).toMatch(/mistyped/);
    expect(why(`${INVITE_PREFIX}${' '.repeat(10_000_000)}`)).toMatch(/mistyped/);
  });

  it('leaves out addresses rather than grow too long', () => {
    const long = (index: number): string =>
      `/dns4/${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.a${index}/tcp/1`;
    const given = invite({ addresses: [...Array(30).keys()].map(long), relays: [] });
    const text = encodeInvite(given);
    expect(text.length).toBeLessThanOrEqual(MAX_INVITE_TEXT);
    const { addresses } = decodeInvite(text);
    expect(addresses.length).toBeGreaterThan(5);
    expect(addresses).toEqual(given.addresses.slice(0, addresses.length));
    const tooLong = invite({ addresses: [`/dns4/${'x'.repeat(260)}/tcp/1`, '/ip4/192.0.2.1/tcp/1'] });
    expect(decodeInvite(encodeInvite(tooLong)).addresses).toEqual(['/ip4/192.0.2.1/tcp/1']);
    expect(decodeInvite(encodeInvite(invite({ name: '€'.repeat(99) }))).name).toBe('€'.repeat(60));
  });

  it.each([
    [
      'a newer version',
      (bytes: Buffer) => Buffer.concat([Buffer.of(2), bytes.subarray(1)]),
      /newer Gatehouse/,
    ],
    ['more than belongs to it', (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)]), /makes no sense/],
    ['less than belongs to it', (bytes: Buffer) => bytes.subarray(0, 60), /makes no sense/],
    [
      'a name that is no text',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 53), Buffer.of(1, 0xff, 0, 0)]),
      /makes no sense/,
    ],
    [
      'nine addresses',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 53), Buffer.of(0, 9)]),
      /makes no sense/,
    ],
    [
      'an address that is none',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 53), Buffer.of(0, 1, 3, 1, 2, 3, 0)]),
      /makes no sense/,
    ],
    ['nothing at all', () => Buffer.alloc(0), /mistyped|makes no sense/],
  ])('is refused with %s, though the checksum is right', (_, change, message) => {
    expect(why(forged(encodeInvite(invite()), change))).toMatch(message);
  });

  it.each([
    { addresses: [`/ip4/192.0.2.7/tcp/1/p2p/${relay}`] },
    { addresses: [`/ip4/192.0.2.7/tcp/1/p2p/${relay}/p2p-circuit`] },
    { addresses: ['/tcp/1'] },
    { relays: ['/ip4/192.0.2.7/tcp/1'] },
    { relays: [`/ip4/192.0.2.7/tcp/1/p2p/${relay}/p2p-circuit/p2p/${alice}`] },
    { relays: ['/ip4/192.0.2.7/tcp/1/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'] },
  ])('is refused with addresses of another kind: %j', (change) => {
    expect(why(encodeInvite(invite(change)))).toMatch(/makes no sense/);
  });
});

it('leaves out of an invite what is no address', () => {
  const addresses = ['/ip4/9.9.9.9/tcp/70000', '/ip4/192.0.2.7/tcp/4001', 'nonsense'];
  const text = encodeInvite(invite({ addresses, relays: [`/ip4/9.9.9.9/tcp/70000/p2p/${relay}`] }));
  expect(decodeInvite(text)).toMatchObject({ addresses: ['/ip4/192.0.2.7/tcp/4001'], relays: [] });
});
