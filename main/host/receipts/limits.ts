/** How long ended calls are collected before they are signed together. */
export const BATCH_MS = 100;
/** What is held of arguments and answers before it is hashed; then it is done at once, so that no batch takes long. */
export const BATCH_BYTES = 1024 * 1024;
/** How long the other side may take to sign, while its stream is open. */
export const COUNTERSIGN_MS = 60_000;
/** After this time it is told once more. */
export const TELL_AGAIN_MS = 15_000;
/** How long a caller waits for an answer that a notice of receipts overtook. */
export const EARLY_MS = 5000;
/** Notices that wait like that on one stream. */
export const MAX_EARLY = 16;
/** How long either side keeps what a lost stream left unsigned. */
export const LATE_MS = 15 * 60_000;
/** When it is spoken of on the next stream: after the greetings. */
export const TELL_LATE_MS = 1000;
/** Receipts that wait for the caller's signature, of all streams of all peers. */
export const MAX_UNSIGNED_CALLS = 32_768;
/** Calls that lost streams left unsigned, of all peers: as many at a host, and as many at a caller. */
export const MAX_LATE_CALLS = 16_384;
/** Answered calls of one stream that no receipt has come of yet. */
export const MAX_ANSWERED = 8192;
/** Signatures of ours that are remembered, to be said again where they were lost on the way. */
export const MAX_SAID = 4096;
/** How far the clock of a host may be off before its times are not signed. */
export const CLOCK_MS = 5 * 60_000;
