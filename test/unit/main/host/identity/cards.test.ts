import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import { FlattenedSign, flattenedVerify, importJWK } from 'jose';
import canonicalize from 'canonicalize';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CardError,
  describeAgent,
  openIdentity,
  signCard,
  verifyCard,
} from '../../../../../main/host/identity/index.ts';
import type { Identity, UnsignedCard } from '../../../../../main/host/identity/index.ts';
import type { AgentCard } from '../../../../../shared/cards.ts';
import { AgentName } from '../../../../../shared/ids.ts';
import type { PeerId } from '../../../../../shared/ids.ts';

let own: Identity;
let other: Identity;
let card: AgentCard;

const newIdentity = async (): Promise<Identity> => {
  const key = privateKeyToProtobuf(await generateKeyPair('Ed25519'));
  return openIdentity({ kind: 'plain', load: async () => key, create: async () => undefined });
};

const describeEcho = (peerId: PeerId, expires = new Date(Date.now() + 60_000)): UnsignedCard =>
  describeAgent(
    {
      name: AgentName.parse('echo'),
      description: 'Says it again. Grüße 🌍',
      version: '1.2.3',
      tags: ['test'],
      tools: [{ name: 'echo', title: null, description: 'Echoes', pin: 'a'.repeat(64) }],
    },
    { peerId, sequence: 7, expires },
  );

const refusal = (value: unknown, peerId: PeerId): string => {
  try {
    verifyCard(value, peerId);
    return 'accepted';
  } catch (error) {
    return error instanceof CardError ? error.code : String(error);
  }
};

beforeAll(async () => {
  [own, other] = await Promise.all([newIdentity(), newIdentity()]);
  card = signCard(describeEcho(own.peerId), own);
});

describe('a signed card', () => {
  it.each(['', 'x'])('holds long texts, cut wherever half a character stands', (first) => {
    const text = first + '😀'.repeat(5000);
    const tools = [{ name: text, title: text, description: text, pin: 'a'.repeat(64) }];
    const agent = { name: AgentName.parse('echo'), description: text, version: text, tags: [text], tools };
    const issue = { peerId: own.peerId, sequence: 1, expires: new Date(Date.now() + 60_000) };
    const signed = signCard(describeAgent(agent, issue), own);
    expect(verifyCard(JSON.parse(JSON.stringify(signed)), own.peerId)).toEqual(signed);
  });

  it('verifies after a trip over the wire', () => {
    expect(verifyCard(JSON.parse(JSON.stringify(card)), own.peerId)).toEqual(card);
  });

  it('verifies with an implementation of JWS that is not ours', async () => {
    const { signatures, ...content } = card;
    const [signature] = signatures;
    const x = Buffer.from(own.dawnNodeId, 'hex').toString('base64url');
    const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x }, 'EdDSA');
    const payload = Buffer.from(canonicalize(content) ?? '').toString('base64url');
    const verified = await flattenedVerify(
      { ...signature, signature: signature?.signature ?? '', payload },
      key,
    );
    expect(verified.protectedHeader).toEqual({
      alg: 'EdDSA',
      typ: 'JOSE',
      kid: `${own.did}#${own.did.slice(8)}`,
    });
  });

  it('takes a signature that an implementation that is not ours made', async () => {
    const content = describeEcho(own.peerId);
    const d = Buffer.from(own.privateKey.raw.subarray(0, 32)).toString('base64url');
    const x = Buffer.from(own.dawnNodeId, 'hex').toString('base64url');
    const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', d, x }, 'EdDSA');
    const jws = await new FlattenedSign(Buffer.from(canonicalize(content) ?? ''))
      .setProtectedHeader({ alg: 'EdDSA', kid: `${own.did}#${own.did.slice(8)}` })
      .sign(key);
    const signed = { ...content, signatures: [{ protected: jws.protected, signature: jws.signature }] };
    expect(refusal(signed, own.peerId)).toBe('accepted');
  });

  it('does not depend on the order of fields', () => {
    expect(refusal(Object.fromEntries(Object.entries(card).toReversed()), own.peerId)).toBe('accepted');
  });

  it('may hold fields that we do not know; they are covered by the signature and left out of what is used', () => {
    const signed = signCard(
      { ...describeEcho(own.peerId), iconUrl: 'https://example.org/x' } as UnsignedCard,
      own,
    );
    expect(verifyCard(signed, own.peerId)).not.toHaveProperty('iconUrl');
    expect(refusal({ ...signed, iconUrl: 'https://example.org/y' }, own.peerId)).toBe('BAD_SIGNATURE');
  });

  it('is refused when anything was changed, added or left out', () => {
    expect(refusal({ ...card, description: 'Better' }, own.peerId)).toBe('BAD_SIGNATURE');
    expect(refusal({ ...card, extra: 1 }, own.peerId)).toBe('BAD_SIGNATURE');
    const { description: _, ...shorter } = card;
    expect(refusal(shorter, own.peerId)).toBe('BAD_SIGNATURE');
  });

  it('is refused from a peer that did not sign it', () => {
    expect(refusal(card, other.peerId)).toBe('WRONG_PEER');
    expect(refusal(signCard(describeEcho(own.peerId), other), own.peerId)).toBe('WRONG_PEER');
  });

  it('is refused when a peer signs what another one offers', () => {
    expect(refusal(signCard(describeEcho(own.peerId), other), other.peerId)).toBe('WRONG_PEER');
  });

  it('is refused with another algorithm, and with a header that demands more than we do', () => {
    for (const header of [{ alg: 'none' }, { alg: 'HS256' }, { alg: 'EdDSA', crit: ['b64'], b64: false }]) {
      const kid = `${own.did}#${own.did.slice(8)}`;
      const protectedPart = Buffer.from(JSON.stringify({ ...header, kid })).toString('base64url');
      const forged = { ...card, signatures: [{ ...card.signatures[0], protected: protectedPart }] };
      expect(refusal(forged, own.peerId)).toBe('WRONG_PEER');
    }
  });

  it('is refused once it has expired', () => {
    expect(refusal(signCard(describeEcho(own.peerId, new Date(Date.now() - 1)), own), own.peerId)).toBe(
      'EXPIRED',
    );
  });

  it('is refused where it is no card, or has no or two sets of MCP facts', () => {
    for (const value of [null, 'card', [], {}, { signatures: [] }, { ...card, signatures: 'x' }]) {
      expect(['NOT_A_CARD', 'WRONG_PEER']).toContain(refusal(value, own.peerId));
    }
    const { extensions } = card.capabilities;
    for (const list of [[], [...extensions, ...extensions]]) {
      const signed = signCard({ ...describeEcho(own.peerId), capabilities: { extensions: list } }, own);
      expect(refusal(signed, own.peerId)).toBe('NOT_A_CARD');
    }
  });

  it('is refused, and costs no crash, when it is nested without end', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(['NOT_A_CARD', 'BAD_SIGNATURE']).toContain(refusal({ ...card, deep }, own.peerId));
  });

  it('keeps within the limits of a card, however long the texts of the agent are', () => {
    const long = describeAgent(
      {
        name: AgentName.parse('long'),
        description: 'd'.repeat(10_000),
        version: 'v'.repeat(1000),
        tags: Array.from({ length: 100 }, () => 't'.repeat(1000)),
        tools: [
          {
            name: 'n'.repeat(1000),
            title: 't'.repeat(1000),
            description: 'd'.repeat(9999),
            pin: 'b'.repeat(64),
          },
        ],
      },
      { peerId: own.peerId, sequence: 0, expires: new Date(Date.now() + 1000) },
    );
    expect(refusal(signCard(long, own), own.peerId)).toBe('accepted');
  });
});
