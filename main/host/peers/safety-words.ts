import { pbkdf2Sync } from 'node:crypto';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import type { PeerId } from '../../../shared/ids.ts';
import { publicKeyOf } from '../identity/index.ts';

const DOMAIN = 'gatehouse-safety-words/1\n';
const WORDS = 6;
/** Each word says 11 bits: the list has 2,048. */
const BITS = 11n;
/**
 * Half a millisecond for each pair. Whoever stands between two people chooses both keys that they see, so of 66 bits
 * only 33 are in the way; each try is to cost something.
 */
const ROUNDS = 2048;
/** Pairs whose words are remembered. */
const MAX_KNOWN = 4096;

/**
 * Six words of two Ed25519 keys, the same from both sides: PBKDF2 (RFC 8018) with HMAC-SHA-256 over both public keys, the lesser
 * first. People read them to each other, to notice that somebody stands between them. Words of BIP 39. Pure.
 */
export function safetyWords(one: PeerId, other: PeerId): string[] {
  const keys = [publicKeyOf(one), publicKeyOf(other)].sort((a, b) => Buffer.compare(a, b));
  const digest = pbkdf2Sync(Buffer.concat(keys), DOMAIN, ROUNDS, 32, 'sha256');
  let bits = (digest.readBigUInt64BE(0) << 64n) | digest.readBigUInt64BE(8);
  const words: string[] = [];
  for (let at = 0; at < WORDS; at += 1) {
    words.push(wordlist[Number(bits & ((1n << BITS) - 1n))] ?? '');
    bits >>= BITS;
  }
  return words;
}

/** The words for us and each peer, worked out once. */
export class SafetyWords {
  readonly #own: PeerId;
  readonly #known = new Map<PeerId, string[]>();

  constructor(own: PeerId) {
    this.#own = own;
  }

  of(peerId: PeerId): string[] {
    const known = this.#known.get(peerId);
    if (known !== undefined) return known;
    const words = safetyWords(this.#own, peerId);
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(peerId, words);
    return words;
  }
}
