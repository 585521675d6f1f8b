import { z } from 'zod';
import { AgentName } from './ids.ts';
import { NatMapping } from './reachability.ts';
import { WebSocketAddress } from './transports.ts';

export const CARDS_PROTOCOL = '/gatehouse/cards/1.0.0';
export const MCP_PROTOCOL = '/gatehouse/mcp/1.0.0';
/** Asks a peer to connect to addresses of ours, to find out whether they work. */
export const DIAL_BACK_PROTOCOL = '/gatehouse/dial-back/1.0.0';
/** Asks a relay for what it offers beside circuits. */
export const RELAY_PROTOCOL = '/gatehouse/relay/1.0.0';
/** Asks a peer for the announcements of others that it holds, for who came too late to hear them. */
export const ANNOUNCEMENTS_PROTOCOL = '/gatehouse/announcements/1.0.0';
/** Tells announcements, a line each, over links that GossipSub does not run on. */
export const ANNOUNCE_PROTOCOL = '/gatehouse/announce/1.0.0';
/** Sends every line back, to contacts only: for comparing ways to a peer. */
export const ECHO_PROTOCOL = '/gatehouse/echo/1.0.0';
/** GossipSub topic of announcements and tombstones. */
export const CARDS_TOPIC = 'gatehouse/cards/1';
/** Longest announcement, in bytes. */
export const MAX_ANNOUNCEMENT_BYTES = 8 * 1024;
/** How long an announcement counts; it is said again after a third of that. */
export const ANNOUNCEMENT_LIFETIME_MS = 30 * 60 * 1000;

/** Longest first line of a stream, in bytes. */
export const MAX_HELLO_BYTES = 4096;
/** Longest MCP message in either direction, in bytes, newline not counted. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Longest answer to a cards request, in bytes. */
export const MAX_CARDS_BYTES = 2 * 1024 * 1024;
/** How long either side waits for the other's first line. */
export const HELLO_TIMEOUT_MS = 10_000;

/** First line of a `/gatehouse/mcp/1.0.0` stream. */
export const McpHello = z.object({
  agent: AgentName,
  /** The channel goes on here, from the link where it ran so far: the `channel` of an earlier answer. */
  move: z.string().max(64).optional(),
});
export type McpHello = z.infer<typeof McpHello>;

const WireError = z.object({
  code: z.int(),
  message: z.string().max(2000),
  data: z.looseObject({ reason: z.string().max(100) }).optional(),
});

/** The answer to it. After `ok: true` the stream carries newline-delimited MCP. */
export const McpHelloAnswer = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    /** Names this channel in a later `move`. Only this peer may use it. Absent: the channel cannot be moved. */
    channel: z.string().max(64).optional(),
  }),
  z.object({ ok: z.literal(false), error: WireError }),
]);
export type McpHelloAnswer = z.infer<typeof McpHelloAnswer>;

/**
 * First line of a `/gatehouse/echo/1.0.0` stream.
 * - `expect`: a connection is about to be made that is no link, and will show this
 * - `show`: this is that connection
 * - `lines`: send back every line from now on
 */
export const EchoHello = z.union([
  z.object({ expect: z.string().min(16).max(64) }),
  z.object({ show: z.string().min(16).max(64) }),
  z.object({ lines: z.literal(true) }),
]);
export type EchoHello = z.infer<typeof EchoHello>;

/** The answer to it. `refused`: the asker is no contact. `busy`: it has too many of them already. */
export const EchoAnswer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), error: z.enum(['refused', 'busy', 'unknown']) }),
]);
export type EchoAnswer = z.infer<typeof EchoAnswer>;
/** Longest line that is sent back, in bytes. */
export const MAX_ECHO_BYTES = 1024 * 1024;

const WebSocketHints = z.array(WebSocketAddress).max(8).optional().catch(undefined);
const Libp2pHints = z.array(z.string().max(300)).max(16).optional().catch(undefined);

/** The one line that asks on `/gatehouse/cards/1.0.0`. */
export const CardsRequest = z.object({
  /** What the asker calls itself: hostile text. */
  name: z.string().max(60),
  /** True: the asker would like to be a contact. Leaves one pending request with the asked. */
  introduce: z.boolean().default(false),
  /** The secret of an invite that the asked made: whoever brings it first becomes a contact. Base64url. */
  invite: z.string().max(64).optional(),
  /** How the asker's router maps UDP, which decides whether a hole can be punched. */
  nat: NatMapping.optional().catch(undefined),
  /** Multiaddrs of the asker without its id, told over WebSocket: over libp2p, identify tells them. */
  libp2p: Libp2pHints,
  /** Where the asker's WebSocket transport can be dialled. Hints: dialled as an address of the asker only. */
  webSocket: WebSocketHints,
});
export type CardsRequest = z.infer<typeof CardsRequest>;

/** The one line that answers. Each card is a signed A2A agent card; see `cards.ts`. */
export const CardsAnswer = z.object({
  name: z.string().max(60),
  /** Whether the asked has the asker as a contact. Others get the cards of announced agents only. */
  contact: z.boolean(),
  /** How the router of the asked maps UDP. */
  nat: NatMapping.optional().catch(undefined),
  /** Multiaddrs of the asked without its id, told over WebSocket. */
  libp2p: Libp2pHints,
  /** Where the WebSocket transport of the asked can be dialled. */
  webSocket: WebSocketHints,
  cards: z.array(z.unknown()).max(256),
});
export type CardsAnswer = z.infer<typeof CardsAnswer>;

/** Addresses that one dial-back may be asked for. */
export const MAX_DIAL_BACK_ADDRESSES = 8;

/** First line of a `/gatehouse/dial-back/1.0.0` stream: the asker's, or, on a connection that was made for it, the asked's. */
export const DialBackHello = z.union([
  z.object({
    /** Random, of the asker's own; shown again on each connection that comes of it. */
    nonce: z.string().min(16).max(64),
    /** Multiaddrs of the asker: an IP address and TCP, WebSocket or QUIC; no names. */
    addresses: z.array(z.string().max(200)).min(1).max(MAX_DIAL_BACK_ADDRESSES),
  }),
  z.object({
    proof: z.string().min(16).max(64),
    /** The address by which this connection was made. */
    address: z.string().max(200),
  }),
]);
export type DialBackHello = z.infer<typeof DialBackHello>;

/**
 * What came of each address. `refused`: the asked does not dial it for this peer. `no-route`: it has no way there itself
 * (no IPv6, say), which tells nothing. `failed`: it tried in vain.
 */
export const DialBackAnswer = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    results: z
      .array(
        z.object({
          address: z.string().max(200),
          ok: z.boolean(),
          error: z.enum(['refused', 'no-route', 'failed']).optional(),
        }),
      )
      .max(MAX_DIAL_BACK_ADDRESSES),
  }),
  z.object({ ok: z.literal(false), error: z.enum(['busy', 'refused']) }),
]);
export type DialBackAnswer = z.infer<typeof DialBackAnswer>;

/**
 * Under this key of `_meta`, a progress notification says where a call stands: `{stage, deadline?, changed?}`, where
 * stage is `waiting`, `running` or `reviewing`.
 */
export const STAGE_META = 'app.gatehouse/stage';

/** Under this key of a request's `_meta`, the caller's name for the call: 22 to 64 characters of base64url, random. */
export const TICKET_META = 'app.gatehouse/ticket';
/** Under this key of a request's `_meta`, how bad the caller thinks the call is (`Risk`). It only ever raises. */
export const RISK_META = 'app.gatehouse/risk';
/** Under this key of a result's `_meta`: what the person changed, as `CallView.changed`, never `no`. */
export const CHANGED_META = 'app.gatehouse/changed';
/**
 * In `capabilities.experimental` of the answer to `initialize`: tickets and receipts are served.
 * `{epoch}`: one run of the host; a ticket of another is not known.
 */
export const TICKETS_CAPABILITY = 'app.gatehouse/tickets';
export const RECEIPTS_CAPABILITY = 'app.gatehouse/receipts';
/** Asks for what came of the call with that ticket: answered as the call itself would have been, once. */
export const REDEEM_METHOD = 'gatehouse/redeem';
/** The agent's host has signed receipts: `ReceiptsMessage`. */
export const RECEIPTS_METHOD = 'notifications/gatehouse/receipts';
/** The caller has signed them too: `CountersignedMessage`. */
export const COUNTERSIGNED_METHOD = 'notifications/gatehouse/countersigned';

/** What a ticket looks like. */
export const TICKET = /^[A-Za-z0-9_-]{22,64}$/;
export const Ticket = z.string().regex(TICKET);

/** Params of {@link REDEEM_METHOD}. */
export const RedeemParams = z.object({
  ticket: Ticket,
  /** Of the host, as it was when the call was sent. */
  epoch: z.string().max(64).optional(),
  /**
   * How long ago the call was sent, in milliseconds: with it the host can tell whether it would still know of it. Only
   * the caller is harmed by a wrong one.
   */
  ageMs: z.number().nonnegative().max(1e12).optional(),
});

/** `TICKETS_CAPABILITY` in the answer to `initialize`. */
export const TicketsCapability = z.object({ epoch: z.string().min(1).max(64) });
