import { z } from 'zod';
import { Time } from './ids.ts';

/** What carries calls: one libp2p node, or JSON-RPC over WebSocket, as the predecessor Dawn speaks it. */
export const TransportName = z.enum(['libp2p', 'websocket']);
export type TransportName = z.infer<typeof TransportName>;

/** `both`: libp2p where it works, and WebSocket where it does not. */
export const TransportChoice = z.enum(['libp2p', 'websocket', 'both']);
export type TransportChoice = z.infer<typeof TransportChoice>;

export const chosenTransports = (choice: TransportChoice): readonly TransportName[] =>
  choice === 'both' ? ['libp2p', 'websocket'] : [choice];

/**
 * An address of the WebSocket transport: `ws://host:port` or `wss://host:port`, and, where it is known who is there,
 * `#` and the peer id or the Dawn node id (64 hex characters). Host names and bracketed IPv6 are fine.
 */
export const WebSocketAddress = z
  .string()
  .trim()
  .max(400)
  .regex(
    /^wss?:\/\/(\[[0-9a-fA-F:.]+\]|[^\s:/?#[\]@]+)(:\d{1,5})?\/?(#(12D3Koo[1-9A-HJ-NP-Za-km-z]{45}|[0-9a-f]{64}))?$/,
    'A WebSocket address looks like ws://192.0.2.7:8000, and may end with # and a peer id.',
  );
export type WebSocketAddress = z.infer<typeof WebSocketAddress>;

export const isWebSocketAddress = (address: string): boolean => /^wss?:\/\//.test(address);

/**
 * - `draining`: nothing new goes over it; calls that are under way end first
 * - `failed`: it could not be started, or cannot listen
 */
export const TransportState = z.enum(['off', 'starting', 'running', 'draining', 'failed']);
export type TransportState = z.infer<typeof TransportState>;

/** One transport of this host. */
export const TransportView = z.strictObject({
  name: TransportName,
  state: TransportState,
  since: Time,
  /** Where it listens: multiaddrs, or `ws://` addresses. */
  addresses: z.array(z.string()),
  links: z.int().nonnegative(),
  /** Channels with calls under way that a drain still waits for. */
  busy: z.int().nonnegative(),
  /** Why it failed, or what is wrong although it runs, as a sentence. */
  error: z.string().nullable(),
});
export type TransportView = z.infer<typeof TransportView>;

/** Why a peer is linked over WebSocket although libp2p is preferred. */
export const Fallback = z.strictObject({
  since: Time,
  /** How long libp2p was tried first; 0 where it failed at once, or the peer came over WebSocket. */
  afterMs: z.number().nonnegative(),
  /** Why libp2p failed, as a sentence. */
  reason: z.string(),
  /** When libp2p is tried again; in the past while it is being tried. Null: not by itself. */
  nextTryAt: Time.nullable(),
});
export type Fallback = z.infer<typeof Fallback>;

/** What is known of one transport to one peer. */
export const PeerTransport = z.strictObject({
  name: TransportName,
  linked: z.boolean(),
  /** When a link over it was last open; kept over restarts for contacts. */
  lastLinkedAt: Time.nullable(),
  /** Why it last failed, as a sentence; null once it worked again. */
  lastError: z.string().nullable(),
  /** Whether an address for it is known. */
  hasAddress: z.boolean(),
});
export type PeerTransport = z.infer<typeof PeerTransport>;

/**
 * Whether a peer may answer without encryption, as Dawn nodes do.
 * - `unknown`: nothing is known of it
 * - `not-needed`: it speaks Gatehouse, and is never spoken to in any lesser way
 * - `offered`: it answers without encryption, and the person has not allowed that; it is not linked for that reason
 * - `allowed`: the person has allowed it
 */
export const Legacy = z.enum(['unknown', 'not-needed', 'offered', 'allowed']);
export type Legacy = z.infer<typeof Legacy>;
