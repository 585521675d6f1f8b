/** What one connection of the WebSocket transport may take, beside what `../limits.ts` says for all links. */

/** All that a peer may send after the upgrade and before its key exchange is read. A key exchange has 371 bytes. */
export const MAX_UNPROVEN_BYTES = 4096;
/** How long a connection may take from its first packet until its peer is proven, in ms. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** One frame of a peer. It holds half of that in plain text, since the wire spells bytes as hex. */
export const MAX_FRAME_BYTES = 1024 * 1024;
/** What fits such a frame with its signature and names. */
export const MAX_PLAINTEXT_BYTES = MAX_FRAME_BYTES / 2 - 1024;
/** One answer of a node that knows no streams: a whole MCP message, in hex where it is encrypted. */
export const MAX_DAWN_FRAME_BYTES = 17 * 1024 * 1024;
/** One answer to a Dawn-style client, in plain text: one MCP message and what is around it. */
export const MAX_DAWN_ANSWER_BYTES = 8 * 1024 * 1024 + 64 * 1024;

/** Messages are put into one envelope up to about this much. */
export const ENVELOPE_BYTES = 256 * 1024;
/** Bytes of a stream in one message, before base64. */
export const MAX_PIECE_BYTES = 64 * 1024;
/** Messages of one envelope. */
export const MAX_BATCH = 8192;
/** JSON nests no deeper. */
export const MAX_NESTING = 64;

/** Above this much unsent, streams hold back what they have. */
export const HIGH_WATER_BYTES = 1024 * 1024;
/** Below this much they go on. */
export const LOW_WATER_BYTES = 256 * 1024;
/** A Dawn-style client whose answers wait for it: two of the largest, in hex. */
export const MAX_DAWN_BACKLOG_BYTES = 34 * 1024 * 1024;

/** Envelopes of a sender whose nonces do not count up; the connection is closed after so many. */
export const MAX_SEEN_NONCES = 16_384;
/**
 * How many envelopes are opened in a second. Opening one takes 0.2 ms of our only thread, and 4 ms for each MiB that it has.
 * A contact is bounded by that alone; a busy one sends some thousands.
 */
export const ENVELOPE_RATES = {
  /** Two or three are the rule: who are you, and hello. */
  unproven: { perSecond: 2, burst: 8 },
  /** Each of them up to 6 % of our time. */
  stranger: { perSecond: 300, burst: 600 },
  kept: { perSecond: 50_000, burst: 50_000 },
} as const;
/** All who are not kept, together: up to 30 % of our time. */
export const STRANGERS_ENVELOPE_RATE = { perSecond: 1500, burst: 1500 } as const;
/** So many characters cost as much as opening an envelope does. */
export const CHARS_PER_ENVELOPE_COST = 48 * 1024;
/** Who waits for that is let go on no sooner than after so many ms. */
export const ENVELOPE_PAUSE_MS = 20;

/** Of `MAX_LINKS`, those that strangers may have made to us. The rest is for contacts. */
export const MAX_LINKS_OF_STRANGERS = 200;
/** And behind one IPv4 address, or one /64 of IPv6: a school, or all that come through a proxy. */
export const MAX_STRANGERS_PER_SOURCE = 32;
/** A stranger on whose link nothing has run for so long gives way to another, in ms. */
export const STRANGER_IDLE_MS = 10_000;
/** Links that one peer may have made to us. One is the rule; a comparison makes some more. */
export const MAX_LINKS_FROM_PEER = 16;
/** Requests for Dawn's methods under way on one connection. */
export const MAX_REQUESTS = 64;
/** Pings that wait for their pongs. */
export const MAX_PINGS = 8;
/** How long a socket may take to be closed in good order, in ms. */
export const CLOSE_GRACE_MS = 1000;
/** Addresses that a peer may tell of itself. */
export const MAX_ADDRESSES = 8;
