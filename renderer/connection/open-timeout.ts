/** How long a connection may take to open, in milliseconds. */
export const OPEN_TIMEOUT_MS = 10_000;
