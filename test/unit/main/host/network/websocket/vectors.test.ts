import { describe, expect, it } from 'vitest';
import { NodeKey } from '../../../../../../main/host/network/websocket/ed25519.ts';
import { Opener, Sealer } from '../../../../../../main/host/network/websocket/envelope.ts';
import {
  readKeyExchange,
  signedTextOf,
  writeKeyExchange,
} from '../../../../../../main/host/network/websocket/key-exchange.ts';
import { NonceGuard } from '../../../../../../main/host/network/websocket/nonces.ts';
import { pythonJson } from '../../../../../../main/host/network/websocket/python-json.ts';
import { sessionKey } from '../../../../../../main/host/network/websocket/session-key.ts';
import { privateKeyOf, vectors } from '../../../../../fixtures/dawn/vectors.ts';

const { client, server } = vectors;
const ownOf = (side: typeof client) => ({
  nodeId: side.node_id,
  key: privateKeyOf('ed25519', side.ed25519_seed_hex),
});
const session = (side: typeof client, other: typeof client) =>
  sessionKey(privateKeyOf('x25519', side.x25519_private_hex), other.handshake_frame['public_key'] ?? '');

describe.each([
  ['client', client],
  ['server', server],
])('the handshake of the %s, as Dawn made it', (_, side) => {
  const frame = readKeyExchange(JSON.stringify(side.handshake_frame)).frame;

  it('is signed over the same text', () => {
    expect(signedTextOf(frame)).toBe(side.handshake_signed_bytes_utf8);
  });

  it('is made byte for byte, and verified', () => {
    expect(writeKeyExchange(frame.public_key, ownOf(side))).toStrictEqual(side.handshake_frame);
  });

  it('is refused with any character of it changed', () => {
    for (const field of ['public_key', 'node_id', 'signature'] as const) {
      const changed = { ...frame, [field]: frame[field].replace(/.$/, (last) => (last === '0' ? '1' : '0')) };
      expect(() => readKeyExchange(JSON.stringify(changed))).toThrow('not signed by the node');
    }
  });
});

it('the answer of a live Dawn server is verified', () => {
  const [handshake] = vectors.live_session_against_a_dawn_server;
  const { frame, key } = readKeyExchange(JSON.stringify(handshake?.server_replies));
  expect(frame).toStrictEqual(handshake?.server_replies);
  expect(key.nodeId).toBe(server.node_id);
});

it('both sides come to the session key of the vectors', () => {
  for (const [side, other] of [
    [client, server],
    [server, client],
  ] as const) {
    expect(session(side, other).export().toString('hex')).toBe(vectors.session_key_hex);
  }
});

describe.each(vectors.client_envelopes.map((one, at) => [at, one] as const))('envelope %i', (_, envelope) => {
  it('is sealed byte for byte as Dawn seals it', () => {
    const nonces = { next: () => envelope.nonce_hex };
    const sealer = new Sealer(session(client, server), ownOf(client), 'dialler', nonces);
    expect(JSON.parse(sealer.seal(envelope.plaintext))).toStrictEqual(envelope.frame);
  });

  it('is opened', () => {
    const opener = new Opener(session(server, client), new NodeKey(client.node_id), 'listener');
    expect(opener.open(JSON.stringify(envelope.frame))).toBe(envelope.plaintext);
    expect(opener.counts).toBe(false);
  });

  it('has a signature over the same text', () => {
    const { ciphertext = '', nonce = '', type = '' } = envelope.frame;
    expect(pythonJson({ type, nonce, ciphertext })).toBe(envelope.signed_bytes_utf8);
  });

  it('is refused a second time, from another sender, and with any field changed', () => {
    const opener = (): Opener =>
      new Opener(session(server, client), new NodeKey(client.node_id), 'listener', new NonceGuard('dialler'));
    const once = opener();
    once.open(JSON.stringify(envelope.frame));
    expect(() => once.open(JSON.stringify(envelope.frame))).toThrow('nonce was used twice');
    for (const field of ['nonce', 'ciphertext', 'signature', 'sender']) {
      const text = envelope.frame[field] ?? '';
      const changed = {
        ...envelope.frame,
        [field]: text.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      };
      expect(() => opener().open(JSON.stringify(changed)), field).toThrow(/signed|another sender/);
    }
  });
});

it('writes text as Python does', () => {
  expect(pythonJson({ b: 'héllo 👋 \u202e', a: '"\\\n\r\t\b\f\u0001\u007f/<>' })).toBe(
    '{"a": "\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u007f/<>", "b": "h\\u00e9llo \\ud83d\\udc4b \\u202e"}',
  );
});
