import type { Used } from '../../../shared/rules.ts';
import type { UsageOf, UsageStore } from './index.ts';

/** Of one begun five minutes. Times are in milliseconds. */
export const PIECE_MS = 300_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
/** Peers and rules that are counted at once. Beyond them the one that was used longest ago is forgotten. */
const MAX_SUBJECTS = 20_000;
/** Pieces that wait for the disk; beyond them they are counted here, and forgotten by a restart. */
const MAX_UNWRITTEN = 50_000;

type Piece = { -readonly [Key in 'at' | 'calls' | 'bytes' | 'seconds']: UsageOf[Key] };
interface Subject {
  /** Oldest first, one for each five minutes in which something was used, at most 289. */
  pieces: Piece[];
  /** The five minutes for which the sums below hold, and what is added to them as it is used. */
  summedAt: number;
  hour: Piece;
  day: Piece;
}
export interface Usage {
  readonly hour: Used;
  readonly day: Used;
}
/** What is used at once. */
export type Use = Used;

const none = (at: number): Piece => ({ at, calls: 0, bytes: 0, seconds: 0 });
const begin = (at: number): number => Math.floor(at / PIECE_MS) * PIECE_MS;
/** A piece counts for as long as any part of it is within the window, so that nothing is freed too early. */
const counts = (piece: Piece, now: number, windowMs: number): boolean =>
  piece.at <= now && piece.at + PIECE_MS > now - windowMs;

function add(to: Piece, { calls, bytes, seconds }: Use): void {
  to.calls += calls;
  to.bytes += bytes;
  to.seconds += seconds;
}

/**
 * Counts what peers and rules use over the last hour and the last day, in pieces of five minutes. The sums are kept, so
 * that asking costs a look-up. What is counted goes to the store by `flush`.
 */
export class UsageMeter {
  readonly #now: () => number;
  readonly #subjects = new Map<string, Subject>();
  readonly #unwritten = new Map<string, Piece & { readonly subject: string }>();
  readonly #changed = new Set<string>();
  #sweptAt = 0;

  /** @param now never goes back, see `UsageClock` */
  constructor(now: () => number, stored: readonly UsageOf[]) {
    this.#now = now;
    for (const use of stored.toSorted((a, b) => a.at - b.at)) this.#count(use.subject, use.at, use);
  }

  add(subject: string, use: Use): void {
    const at = this.#now();
    this.#count(subject, at, use);
    this.#changed.add(subject);
    const key = `${begin(at)} ${subject}`;
    let piece = this.#unwritten.get(key);
    if (piece === undefined) {
      if (this.#unwritten.size >= MAX_UNWRITTEN) return;
      piece = { subject, ...none(begin(at)) };
      this.#unwritten.set(key, piece);
    }
    add(piece, use);
  }

  used(subject: string): Usage | null {
    const known = this.#subjects.get(subject);
    return known === undefined ? null : this.#sums(known, begin(this.#now()));
  }

  /** As `used`, at another time: of what is known by now. */
  usedAt(subject: string, at: number): Usage | null {
    const known = this.#subjects.get(subject);
    return known === undefined ? null : { hour: sum(known, at, HOUR_MS), day: sum(known, at, DAY_MS) };
  }

  /**
   * When as much is free again as makes `isFree` true of the window. Null: it is now, or never will be.
   * @param isFree is asked of what will be used then, if nothing more is
   */
  freeAt(subject: string, windowMs: number, isFree: (used: Used) => boolean): number | null {
    const known = this.#subjects.get(subject);
    const now = this.#now();
    if (known === undefined || isFree(sum(known, now, windowMs))) return null;
    for (const { at } of known.pieces) {
      const then = at + PIECE_MS + windowMs;
      if (then > now && isFree(sum(known, then, windowMs))) return then;
    }
    return null;
  }

  /** Those whose usage has changed since this was asked last. */
  takeChanged(): string[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /** Writes what was not yet. Where the disk refuses it is tried again the next time. */
  flush(store: UsageStore): void {
    if (this.#unwritten.size === 0) return;
    try {
      store.add([...this.#unwritten.values()]);
    } catch {
      // The records report their own trouble. It is counted here all the same.
      return;
    }
    this.#unwritten.clear();
  }

  /** Lets go of those of which nothing counts any more. Looks once in five minutes. */
  sweep(): void {
    const now = this.#now();
    if (begin(now) === this.#sweptAt) return;
    this.#sweptAt = begin(now);
    for (const [subject, { pieces }] of this.#subjects) {
      const last = pieces.at(-1);
      if (last === undefined || last.at + PIECE_MS <= now - DAY_MS) this.#subjects.delete(subject);
    }
  }

  #count(subject: string, at: number, use: Use): void {
    const known = this.#subjectOf(subject, begin(at));
    this.#sums(known, begin(at));
    let piece = known.pieces.at(-1);
    if (piece === undefined || piece.at < begin(at)) {
      piece = none(begin(at));
      known.pieces.push(piece);
    }
    add(piece, use);
    add(known.hour, use);
    add(known.day, use);
  }

  #subjectOf(subject: string, at: number): Subject {
    let known = this.#subjects.get(subject);
    if (known === undefined) {
      if (this.#subjects.size >= MAX_SUBJECTS) this.#dropIdlest();
      known = { pieces: [], summedAt: at, hour: none(at), day: none(at) };
      this.#subjects.set(subject, known);
    }
    return known;
  }

  #sums(known: Subject, at: number): Subject {
    if (known.summedAt !== at) {
      known.pieces = known.pieces.filter((piece) => counts(piece, at, DAY_MS));
      known.hour = { ...none(at), ...sum(known, at, HOUR_MS) };
      known.day = { ...none(at), ...sum(known, at, DAY_MS) };
      known.summedAt = at;
    }
    return known;
  }

  #dropIdlest(): void {
    let idlest: string | null = null;
    let since = Number.POSITIVE_INFINITY;
    for (const [subject, { pieces }] of this.#subjects) {
      const at = pieces.at(-1)?.at ?? 0;
      if (at < since) [idlest, since] = [subject, at];
    }
    if (idlest !== null) this.#subjects.delete(idlest);
  }
}

function sum({ pieces }: Subject, now: number, windowMs: number): Used {
  const all = none(now);
  for (const piece of pieces) if (counts(piece, now, windowMs)) add(all, piece);
  const { calls, bytes, seconds } = all;
  return { calls, bytes, seconds };
}
