/** Nonces of one direction of one connection. None may be used twice with one key. */
import { MAX_SEEN_NONCES } from './wire-limits.ts';
import { CloseCode, WireViolation } from './wire-violation.ts';

/** Which end somebody is. Both directions share one key, so their nonces are kept apart by this. */
export type End = 'dialler' | 'listener';

export const otherEnd = (end: End): End => (end === 'dialler' ? 'listener' : 'dialler');

/** `GH`, the direction, a zero, and a counter of 8 bytes, big-endian: in hex. */
function counted(end: End, count: number): string {
  return `4748${end === 'dialler' ? '01' : '02'}00${count.toString(16).padStart(16, '0')}`;
}

/** Counts up from zero. */
export class NonceSource {
  readonly #end: End;
  #count = 0;

  constructor(end: End) {
    this.#end = end;
  }

  /** @returns hex */
  next(): string {
    const nonce = counted(this.#end, this.#count);
    this.#count += 1;
    return nonce;
  }
}

/**
 * Refuses what was sent before. A sender whose first nonce is that of a Gatehouse must count on without a gap, so that
 * nothing can be left out or reordered either; all others must not repeat themselves.
 */
export class NonceGuard {
  readonly #from: End;
  readonly #maxSeen: number;
  #expected = 0;
  #seen: Set<string> | null = null;

  constructor(from: End, maxSeen = MAX_SEEN_NONCES) {
    this.#from = from;
    this.#maxSeen = maxSeen;
  }

  /** Whether the sender counts, which only a Gatehouse does. Null before its first envelope. */
  get counts(): boolean | null {
    if (this.#seen !== null) return false;
    return this.#expected > 0 ? true : null;
  }

  /** @param nonce 24 hex characters, of an envelope whose signature was verified @throws {WireViolation} */
  accept(nonce: string): void {
    if (this.#seen === null && nonce === counted(this.#from, this.#expected)) {
      this.#expected += 1;
      return;
    }
    if (this.#expected > 0) {
      throw new WireViolation(CloseCode.policy, 'An envelope was repeated, left out or reordered.');
    }
    this.#seen ??= new Set();
    const key = Buffer.from(nonce, 'hex').toString('latin1');
    if (this.#seen.has(key)) throw new WireViolation(CloseCode.policy, 'A nonce was used twice.');
    if (this.#seen.size >= this.#maxSeen) {
      throw new WireViolation(CloseCode.tryAgainLater, 'This session is used up. Connect again.');
    }
    this.#seen.add(key);
  }
}
