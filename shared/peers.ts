import { z } from 'zod';
import { AgentName, PeerId, Time } from './ids.ts';
import { Budget, Used } from './rules.ts';
import { Fallback, Legacy, PeerTransport, TransportChoice } from './transports.ts';

export const Trust = z.enum(['unknown', 'known', 'trusted', 'blocked']);
export type Trust = z.infer<typeof Trust>;

/** How a link runs, best first. `legacy`: to a Dawn node, whose answers are neither encrypted nor signed. */
export const Path = z.enum(['lan', 'direct', 'punched', 'relayed', 'legacy']);
export type Path = z.infer<typeof Path>;

/** `ws` is libp2p's own WebSocket, `websocket` the other transport. */
export const LinkTransport = z.enum(['tcp', 'quic', 'ws', 'webrtc', 'websocket']);
export type LinkTransport = z.infer<typeof LinkTransport>;

/** Where an address, or a peer, was first heard of. */
export const FoundBy = z.enum(['mdns', 'dialled', 'inbound', 'contact', 'bootstrap', 'dht', 'gossip']);
export type FoundBy = z.infer<typeof FoundBy>;

/** One authenticated connection to a peer. */
export const LinkView = z.strictObject({
  path: Path,
  transport: LinkTransport,
  address: z.string(),
  direction: z.enum(['inbound', 'outbound']),
  since: Time,
  rttMs: z.number().nullable(),
  /** The relay that a relayed link runs through. */
  relay: PeerId.nullable(),
});
export type LinkView = z.infer<typeof LinkView>;

/** What a peer's card says of one of its agents. */
export const PeerAgent = z.strictObject({
  name: AgentName,
  /** False: a Dawn node said so, and nobody signed it. */
  verified: z.boolean(),
  description: z.string(),
  version: z.string(),
  tools: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string().nullable(),
      description: z.string(),
    }),
  ),
});
export type PeerAgent = z.infer<typeof PeerAgent>;

/** An unknown peer that called, or asked to be a contact, and was denied. One per peer. */
export const ContactRequest = z.strictObject({
  firstAt: Time,
  lastAt: Time,
  attempts: z.int().positive(),
  /** What it last tried, as the peer wrote it: hostile text. Null where it only introduced itself. */
  wanted: z.strictObject({ agent: z.string(), tool: z.string().nullable() }).nullable(),
});
export type ContactRequest = z.infer<typeof ContactRequest>;

export const PeerView = z.strictObject({
  peerId: PeerId,
  did: z.string(),
  /** What I call this peer. */
  alias: z.string().nullable(),
  /** What it calls itself: hostile text. */
  name: z.string().nullable(),
  trust: Trust,
  contactSince: Time.nullable(),
  foundBy: FoundBy,
  firstSeen: Time,
  lastSeen: Time,
  state: z.enum(['connected', 'connecting', 'waiting', 'offline']),
  /** When a lost link is dialled again (state `waiting`). */
  nextDialAt: Time.nullable(),
  /** Why the last dial failed, as a sentence. */
  dialError: z.string().nullable(),
  /** The best link first. */
  links: z.array(LinkView),
  /** Why there is no better path than the one in use, or what is being tried for one: a sentence. */
  pathNote: z.string().nullable(),
  /** It relays for others (Circuit Relay v2); null until identify has answered. */
  isRelay: z.boolean().nullable(),
  addresses: z.array(z.string()),
  /** What it runs, from identify: hostile text. */
  software: z.string().nullable(),
  /** Null until identify has answered. False: a plain libp2p node. */
  speaksGatehouse: z.boolean().nullable(),
  /** Whether this peer has accepted us, as it said itself; null while unknown. */
  acceptsUs: z.boolean().nullable(),
  request: ContactRequest.nullable(),
  agents: z.array(PeerAgent),
  /** Which transports are used for this peer; null: those of the settings. */
  transportChoice: TransportChoice.nullable(),
  /** Both, whether they run here or not. */
  transports: z.array(PeerTransport),
  /** Null unless it is linked over WebSocket because libp2p failed. */
  fallback: Fallback.nullable(),
  legacy: Legacy,
  /** Six words of the two keys, ours and its, the same on both sides: read them to each other. */
  safetyWords: z.array(z.string()),
  /** Its own budget; null: that of the settings. */
  budget: Budget.nullable(),
  /** What it has used in the last 24 hours; null where nothing limits it. */
  used: Used.nullable(),
  /** Its budget is used up, and its calls are refused until about then. */
  pausedUntil: Time.nullable(),
  /** Our budget there is used up, as it said itself, until about then. */
  pausesUsUntil: Time.nullable(),
});
export type PeerView = z.infer<typeof PeerView>;
