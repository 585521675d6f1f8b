import { createPublicKey, sign, verify } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { AgentCard, MCP_EXTENSION, McpFacts } from '../../../shared/cards.ts';
import type { AgentName, PeerId } from '../../../shared/ids.ts';
import { cutText } from '../cut-text.ts';
import { didOfPeerId, publicKeyOf } from './did.ts';
import { signingKey } from './identity.ts';
import type { Identity } from './index.ts';

/** How a card says that its agent is reached by MCP over `/gatehouse/mcp/1.0.0`. */
const MCP_BINDING = 'https://gatehouse.app/a2a/bindings/mcp/v1';

export type UnsignedCard = Omit<AgentCard, 'signatures'>;

/** What a card is made of. Texts that are too long for a card are cut. */
export interface AgentDescription {
  readonly name: AgentName;
  readonly description: string;
  readonly version: string;
  readonly tags: readonly string[];
  readonly tools: readonly {
    readonly name: string;
    readonly title: string | null;
    readonly description: string;
    readonly pin: string;
  }[];
}

/** What makes one card of an agent differ from the next. */
export interface CardIssue {
  readonly peerId: PeerId;
  /** Counts up with each change. */
  readonly sequence: number;
  readonly expires: Date;
}

/** The card was not made by the peer that sent it, is out of date, or is no card at all. */
export class CardError extends Error {
  override readonly name = 'CardError';
  readonly code: 'NOT_A_CARD' | 'BAD_SIGNATURE' | 'WRONG_PEER' | 'EXPIRED';
  constructor(code: CardError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Describes an agent as an A2A v1.0 agent card. What MCP adds is in {@link MCP_EXTENSION}. */
export function describeAgent(agent: AgentDescription, issue: CardIssue): UnsignedCard {
  const tags = agent.tags.slice(0, 64).map((tag) => cutText(tag, 100));
  const tools = agent.tools.slice(0, 1000).map((tool) => ({
    name: cutText(tool.name, 256),
    ...(tool.title === null ? {} : { title: cutText(tool.title, 256) }),
    description: cutText(tool.description, 4000),
    pin: tool.pin,
  }));
  const facts: McpFacts = {
    peerId: issue.peerId,
    agent: agent.name,
    sequence: issue.sequence,
    expires: issue.expires.toISOString(),
    tools,
  };
  return {
    name: agent.name,
    description: cutText(agent.description, 4000),
    version: cutText(agent.version, 100),
    supportedInterfaces: [
      {
        url: `gatehouse://${issue.peerId}/${agent.name}`,
        protocolBinding: MCP_BINDING,
        protocolVersion: '1.0.0',
      },
    ],
    capabilities: { extensions: [{ uri: MCP_EXTENSION, required: true, params: { ...facts } }] },
    defaultInputModes: ['application/json'],
    defaultOutputModes: ['application/json', 'text/plain'],
    skills: tools.map((tool) => ({
      id: tool.name,
      name: tool.title ?? tool.name,
      description: tool.description,
      tags,
    })),
  };
}

/** Signs a card: JWS (RFC 7515) with EdDSA over the canonical JSON (RFC 8785) of all but `signatures`. */
export function signCard(card: UnsignedCard, identity: Identity): AgentCard {
  const header = { alg: 'EdDSA', kid: keyIdOf(identity.did), typ: 'JOSE' };
  const protectedPart = base64url(canonicalText(header));
  const signature = sign(null, signingInput(protectedPart, card), signingKey(identity.privateKey));
  return { ...card, signatures: [{ protected: protectedPart, signature: signature.toString('base64url') }] };
}

/**
 * Checks that a card was signed by the peer that is expected, speaks of that peer and has not expired.
 * @returns the parsed card; only what it holds was looked at, so use nothing else
 * @throws {CardError}
 */
export function verifyCard(value: unknown, expectedPeerId: PeerId, now: number = Date.now()): AgentCard {
  const signed = SignedObject.safeParse(value);
  if (!signed.success) throw notACard(signed.error);
  checkSignature(signed.data, expectedPeerId);
  const parsed = AgentCard.safeParse(value);
  if (!parsed.success) throw notACard(parsed.error);
  const facts = mcpFacts(parsed.data);
  if (facts.peerId !== expectedPeerId) {
    throw new CardError('WRONG_PEER', 'The card speaks of another peer than the one that signed it.');
  }
  if (Date.parse(facts.expires) <= now) throw new CardError('EXPIRED', 'The card has expired.');
  return parsed.data;
}

/** The MCP facts of a card. @throws {CardError} NOT_A_CARD where they are missing or stand there twice */
export function mcpFacts(card: AgentCard): McpFacts {
  const extensions = card.capabilities.extensions.filter((extension) => extension.uri === MCP_EXTENSION);
  const [extension] = extensions;
  if (extension === undefined || extensions.length > 1) throw notACard();
  const facts = McpFacts.safeParse(extension.params);
  if (!facts.success) throw notACard(facts.error);
  return facts.data;
}

/** The signature covers fields that we do not know, so it is checked on what came, not on what was parsed. */
const SignedObject = z.looseObject({ signatures: AgentCard.shape.signatures });

/** `crit` is absent on purpose: strict, so that a header which demands what we do not do is refused. */
const ProtectedHeader = z.strictObject({
  alg: z.literal('EdDSA'),
  kid: z.string(),
  typ: z.literal('JOSE').optional(),
});

function checkSignature(signed: z.infer<typeof SignedObject>, peerId: PeerId): void {
  const { signatures, ...content } = signed;
  const kid = keyIdOf(didOfPeerId(peerId));
  const own = signatures.find((signature) => headerOf(signature.protected)?.kid === kid);
  if (own === undefined)
    throw new CardError('WRONG_PEER', 'The card is not signed by the peer that sent it.');
  const raw = Buffer.from(publicKeyOf(peerId)).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw }, format: 'jwk' });
  const input = signingInput(own.protected, content);
  if (!verify(null, input, key, Buffer.from(own.signature, 'base64url'))) {
    throw new CardError('BAD_SIGNATURE', 'The card was changed after it was signed.');
  }
}

function headerOf(protectedPart: string): z.infer<typeof ProtectedHeader> | null {
  try {
    return ProtectedHeader.parse(JSON.parse(Buffer.from(protectedPart, 'base64url').toString('utf8')));
  } catch {
    // Somebody else's signature, of a kind that we cannot check: it counts for nothing.
    return null;
  }
}

const signingInput = (protectedPart: string, content: object): Buffer =>
  Buffer.from(`${protectedPart}.${base64url(canonicalText(content))}`, 'latin1');

function canonicalText(value: object): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (cause) {
    // Such as nesting deeper than the stack.
    throw notACard(cause);
  }
  if (text === undefined) throw notACard();
  return text;
}

const base64url = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');

/** The id of the one key of a did:key: the DID and its own last part again. */
const keyIdOf = (did: string): string => `${did}#${did.slice('did:key:'.length)}`;

const notACard = (cause?: unknown): CardError =>
  new CardError('NOT_A_CARD', 'This is not an agent card that Gatehouse can read.', { cause });
