import { randomBytes } from 'node:crypto';
import { landingToken, sameSecret } from './access.ts';

/** How long an address that works once may wait to be opened, in milliseconds. */
const ONCE_MS = 10 * 60_000;
/** Unused ones at most; beyond it the oldest stop to work. */
const MAX_ONCE = 16;

export type Landed = 'fine' | 'used' | 'unknown';

/**
 * What the addresses that sign a browser in hold. The one that is printed is good while the host runs. One that
 * is handed to another program stands in its argument list, which other accounts can read: it works once, and
 * where the system tells whose program asks, for our own account only.
 */
export class Landings {
  readonly printed: string;
  readonly #now: () => number;
  readonly #once: { readonly token: string; readonly until: number; used: boolean }[] = [];

  constructor(token: string, now: () => number = Date.now) {
    this.printed = landingToken(token);
    this.#now = now;
  }

  /** A token that works once, within ten minutes. */
  issueOnce(): string {
    const token = randomBytes(32).toString('base64url');
    this.#once.push({ token, until: this.#now() + ONCE_MS, used: false });
    if (this.#once.length > MAX_ONCE) this.#once.shift();
    return token;
  }

  /**
   * Uses up what works once; `used` tells that somebody has been quicker.
   * @param isOurs whether the one who asks runs under our account; asked only for what works once
   */
  async redeem(given: string, isOurs: () => Promise<boolean>): Promise<Landed> {
    if (sameSecret(given, this.printed)) return 'fine';
    const found = this.#once.find(({ token }) => sameSecret(given, token));
    if (found === undefined || this.#now() > found.until || !(await isOurs())) return 'unknown';
    if (found.used) return 'used';
    found.used = true;
    return 'fine';
  }
}
