/** What a peer, or all of them together, may take. Each is chosen, not inherited. */

/** Links of all peers together; enough for a big circle of contacts, and a bound on memory. */
export const MAX_LINKS = 300;
/** Not yet authenticated at one time. A burst of hosts behind one router, or a demo, must pass. */
export const MAX_PENDING_INBOUND = 32;
/**
 * New links per second from one IP address. libp2p's 5 would turn away hosts that share a machine or a router and
 * come back all at once; the cost of a handshake still bounds an attacker to a small part of one core.
 */
export const MAX_INBOUND_PER_SECOND = 20;
/** Dials under way at one time; each may hold a socket for seconds. */
export const MAX_PARALLEL_DIALS = 8;
/** One address: a dead one must not use up the time of the others. */
export const ADDRESS_DIAL_TIMEOUT_MS = 4000;
/** One address by way of a relay, which may have to be linked first. */
export const CIRCUIT_DIAL_TIMEOUT_MS = 8000;
/** Addresses of one peer that are tried in one dial. */
export const MAX_DIAL_TARGETS = 24;
/** Addresses of all peers that are tried at one time. */
export const MAX_PARALLEL_SOCKETS = 32;
/** All addresses of one peer. */
export const DIAL_TIMEOUT_MS = 20_000;

/** How long the distributed tables are asked for one peer. */
export const LOOKUP_TIMEOUT_MS = 10_000;
/** Of one distributed table, on one link. */
export const MAX_TABLE_STREAMS = 16;
/** What libp2p remembers of peers, and keeps for them in the distributed tables. */
export const MAX_DATASTORE_BYTES = 16 * 1024 * 1024;

/** Of all protocols on one link, opened by the peer; the rest is reset. */
export const MAX_STREAMS_PER_LINK = 512;
/** Streams to agents from one peer: one for each agent is the rule. The rest is refused with an answer. */
export const MAX_MCP_STREAMS_PER_PEER = 256;
/** Requests to connect back, and proofs of it, on one link. */
export const MAX_DIAL_BACK_STREAMS = 4;
/** Requests for cards that one link may have under way. */
export const MAX_CARDS_STREAMS = 8;
/** On one link: connections for a comparison are announced there. */
export const MAX_ECHO_STREAMS = 8;

/**
 * How much a peer may send on one stream before we have read it. Less than libp2p would buffer, so that a reader
 * who pauses slows the peer down and does not lose the stream.
 */
export const STREAM_WINDOW_BYTES = 1024 * 1024;
/** A peer cannot announce more in one frame than the window that we gave it, and this is the largest. */
export const MAX_FRAME_BYTES = STREAM_WINDOW_BYTES;
/** Answers (to pings, to streams that were refused) that wait for a peer which does not read them. */
export const MAX_LINK_BACKLOG_BYTES = 16 * 1024 * 1024;
/** Held for a reader that pauses. Only QUIC, which cannot be paused, gets that far; beyond, the stream is cut. */
export const MAX_READ_BUFFER_BYTES = 16 * 1024 * 1024;

/** What is held of unread messages of one peer, and of all: see `byte-budget.ts`. */
export const PEER_UNREAD_BYTES = 64 * 1024 * 1024;
export const ALL_UNREAD_BYTES = 256 * 1024 * 1024;

/** Links of a relay: many hosts hold one to it all the time. */
export const MAX_RELAY_LINKS = 1024;
export const MAX_RELAY_PENDING_INBOUND = 128;
/** Hosts behind one router come back to their relay all at once. */
export const MAX_RELAY_INBOUND_PER_SECOND = 60;
/**
 * How long a relay says that it keeps a place. Long, since it is free as soon as the link is gone, and since clocks that
 * are off by hours would take a short one for one that has ended.
 */
export const RESERVATION_MS = 24 * 60 * 60 * 1000;
/** Circuits that one peer may ask a relay for, or have under way, on one link. */
export const MAX_HOP_STREAMS_PER_LINK = 64;
/** Circuits to one peer. */
export const MAX_STOP_STREAMS_PER_LINK = 64;
/** Questions for what a relay offers that one link may have under way; one is the rule. */
export const MAX_RELAY_QUESTIONS = 2;
/** Places of a relay that strangers behind one IPv4 address, or one /64 of IPv6, may have. A school may share one. */
export const MAX_RESERVATIONS_PER_SOURCE = 32;
/** Circuits that one peer may have asked for, on all of its links. */
export const MAX_CIRCUITS_PER_CALLER = 64;
/** And strangers behind one address together. */
export const MAX_CIRCUITS_PER_SOURCE = 128;
/** Circuits of a relay in all, for each place that it gives. */
export const MAX_CIRCUITS_PER_RESERVATION = 4;
