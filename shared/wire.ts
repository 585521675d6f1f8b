import { z } from 'zod';
import { AgentName } from './ids.ts';

export const CARDS_PROTOCOL = '/gatehouse/cards/1.0.0';
export const MCP_PROTOCOL = '/gatehouse/mcp/1.0.0';
/** Asks a peer to connect to addresses of ours, to find out whether they work. */
export const DIAL_BACK_PROTOCOL = '/gatehouse/dial-back/1.0.0';
/** Asks a relay for what it offers beside circuits. */
export const RELAY_PROTOCOL = '/gatehouse/relay/1.0.0';
/** Asks a peer for the announcements of others that it holds, for who came too late to hear them. */
export const ANNOUNCEMENTS_PROTOCOL = '/gatehouse/announcements/1.0.0';
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

/** The one line that asks on `/gatehouse/cards/1.0.0`. */
export const CardsRequest = z.object({
  /** What the asker calls itself: hostile text. */
  name: z.string().max(60),
  /** True: the asker would like to be a contact. Leaves one pending request with the asked. */
  introduce: z.boolean().default(false),
  /** The secret of an invite that the asked made: whoever brings it first becomes a contact. Base64url. */
  invite: z.string().max(64).optional(),
});
export type CardsRequest = z.infer<typeof CardsRequest>;

/** The one line that answers. Each card is a signed A2A agent card; see `cards.ts`. */
export const CardsAnswer = z.object({
  name: z.string().max(60),
  /** Whether the asked has the asker as a contact. Others get the cards of announced agents only. */
  contact: z.boolean(),
  cards: z.array(z.unknown()).max(256),
});
export type CardsAnswer = z.infer<typeof CardsAnswer>;
