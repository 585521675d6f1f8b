const FIRST_MS = 1000;
const LONGEST_MS = 5 * 60 * 1000;
/** A peer that was lost a moment ago is expected back, and with it the network. */
const LOST_RECENTLY_MS = 10 * 60 * 1000;
const LONGEST_RECENTLY_MS = 3000;

/**
 * How long to wait before the next dial, after so many that failed: 1 s doubling to 5 min, of which a random half
 * is left out, so that peers which lost each other together do not all come back together.
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 30));
  return Math.round(whole * (0.5 + random() / 2));
}

/** The longest wait for a peer whose link was lost so long ago, in ms; null where it never had one. */
export const longestWaitMs = (lostForMs: number | null): number =>
  lostForMs !== null && lostForMs < LOST_RECENTLY_MS ? LONGEST_RECENTLY_MS : LONGEST_MS;
