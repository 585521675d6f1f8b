import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate as breathe } from 'node:timers/promises';
import { z } from 'zod';
import type { ChainCheck } from '../../../shared/receipts.ts';
import { readAnchor } from './chain-anchor.ts';
import { ChainCalls } from './chain-calls.ts';
import { deletedIn } from './chain-deleted.ts';
import { BEGINNING, entryHash, LISTS_CALLS } from './chain-entry.ts';
import { ChainFacts } from './chain-facts.ts';
import { ChainFindings, misplaced, type BrokenEntry } from './chain-findings.ts';
import { ChainSigned } from './chain-signed.ts';

interface VerifierOptions {
  /** Who signs here; null: whoever did, as long as it is always the same. */
  readonly signer: string | null;
  /** The newest entry as the host that writes knows it; null where no host is asked. */
  readonly newest: (() => { readonly seq: number; readonly hash: Uint8Array }) | null;
  readonly now: () => number;
}

/** Others have their turn after so long, in milliseconds. */
const PIECE_MS = 4;
const ENTRIES = 64;
/** No entry of ours is nearly so long, in bytes. */
const MAX_BODY = 1024 * 1024;
/** Broken entries that are looked at closely. */
const MAX_CLOSE = 100;
/** How often the check begins anew because a host beside it forgot entries. */
const MAX_TRIES = 5;

const Entry = z.object({
  seq: z.number(),
  kind: z.string(),
  at: z.number(),
  body: z.instanceof(Uint8Array),
  hash: z.instanceof(Uint8Array),
});
type Entry = z.infer<typeof Entry>;
const Odd = z.object({ odd: z.number() });

/**
 * Checks the chain from its first entry: that each follows from the one before, that each final call is as its newest entry
 * says and none is there that no entry knows of, that the signatures fit and reach far enough, that rules and panic
 * switch are as noted. In pieces, beside whatever else writes.
 */
export async function verifyChain(
  database: DatabaseSync,
  options: VerifierOptions,
  signal?: AbortSignal,
): Promise<ChainCheck> {
  for (let tries = 1; ; tries += 1) {
    const found = await new ChainVerifier(database, options, tries < MAX_TRIES).run(signal);
    if (found !== null) return found;
  }
}

class ChainVerifier {
  readonly #options: VerifierOptions;
  readonly #database: DatabaseSync;
  readonly #mayBeginAnew: boolean;
  readonly #findings = new ChainFindings();
  readonly #facts: ChainFacts;
  readonly #calls: ChainCalls;
  readonly #signed: ChainSigned;
  readonly #entries: StatementSync;
  readonly #broken: BrokenEntry[] = [];
  #seq: number;
  #previous: Uint8Array;
  /** What the entry before should have been stored with, where it was not. */
  #instead: Uint8Array | null = null;
  #checked = 0;
  #missing = 0;
  #isOutOfDate = false;
  #pieceBegan = 0;

  constructor(database: DatabaseSync, options: VerifierOptions, mayBeginAnew: boolean) {
    this.#database = database;
    this.#options = options;
    this.#mayBeginAnew = mayBeginAnew;
    this.#facts = new ChainFacts(database, this.#findings);
    this.#calls = new ChainCalls(database, this.#findings);
    this.#signed = new ChainSigned(database, options.signer, this.#findings);
    this.#entries = database.prepare(
      `SELECT CAST(seq AS REAL) AS seq, kind, at, iif(length(body) <= ${MAX_BODY}, body, NULL) AS body, hash FROM chain
       WHERE seq > ? AND seq <= ${Number.MAX_SAFE_INTEGER} ORDER BY seq LIMIT ${ENTRIES}`,
    );
    const { anchor } = this.#signed;
    this.#seq = anchor?.seq ?? 0;
    this.#previous = anchor === null ? BEGINNING : Buffer.from(anchor.hash, 'hex');
    this.#calls.deleted = anchor?.calls ?? 0;
  }

  /** Null: a host beside it forgot entries meanwhile. */
  async run(signal?: AbortSignal): Promise<ChainCheck | null> {
    this.#pieceBegan = performance.now();
    await this.#inPieces(this.#walk(), signal);
    await this.#inPieces(this.#calls.lookForAdded(), signal);
    // What came meanwhile, with all that is compared at the end: as it was at one moment.
    this.#database.exec('BEGIN');
    try {
      for (const _ of this.#walk());
      if (this.#isOutOfDate) return null;
      this.#conclude();
    } finally {
      this.#database.exec('COMMIT');
    }
    return {
      ok: this.#findings.ok,
      entries: this.#checked,
      calls: this.#calls.size,
      deleted: this.#calls.deleted,
      problems: this.#findings.problems,
      signedUntil: this.#signed.until,
    };
  }

  *#walk(): Generator<void> {
    while (!this.#isOutOfDate) {
      const rows = this.#entries.all(this.#seq);
      if (rows.length === 0) return;
      for (const row of rows) {
        const entry = Entry.safeParse(row).data;
        if (entry === undefined) {
          const seq = Number(row['seq']);
          this.#findings.add('unreadable', seq, null, `Entry ${seq} cannot be read.`);
          this.#seq = Math.max(seq, this.#seq + 1);
          continue;
        }
        if (entry.seq !== this.#seq + 1 && this.#wasForgotten()) return;
        this.#entry(entry);
        yield* this.#content(entry);
        yield;
      }
    }
  }

  /** Whether a host beside this check has put an anchor in the place of what is missing. */
  #wasForgotten(): boolean {
    this.#isOutOfDate = this.#mayBeginAnew && (readAnchor(this.#database)?.seq ?? 0) > this.#seq;
    return this.#isOutOfDate;
  }

  #entry(entry: Entry): void {
    const { seq } = entry;
    if (seq !== this.#seq + 1) {
      this.#missing += 1;
      const [from, to] = [this.#seq + 1, seq - 1];
      const which = from === to ? `Entry ${from} is` : `Entries ${from} to ${to} are`;
      this.#findings.add('removed', from, null, `${which} missing.`);
    } else {
      this.#link(entry);
    }
    this.#signed.entry(seq, entry.at, entry.hash);
    this.#seq = seq;
    this.#previous = entry.hash;
    this.#checked += 1;
  }

  /** Whether it follows from the entry before. */
  #link(entry: Entry): void {
    const stored = entry.hash;
    const right = entryHash(this.#previous, entry);
    const follows = right.equals(stored);
    const followsInstead = this.#instead !== null && entryHash(this.#instead, entry).equals(stored);
    const isBroken = !follows && !followsInstead;
    if (isBroken) {
      if (this.#broken.length < MAX_CLOSE) this.#broken.push({ ...entry, stored, previous: this.#previous });
      else this.#findings.add('changed', entry.seq, null, brokenText(entry.seq));
    }
    this.#instead = isBroken ? right : null;
  }

  *#content({ seq, kind, body }: Entry): Generator<void> {
    if (LISTS_CALLS.has(kind)) {
      yield* this.#calls.listed(seq, kind, body);
      return;
    }
    this.#facts.check(seq, kind, body);
    if (kind === 'begins') this.#calls.begins(seq, body);
    if (kind === 'took-up') this.#calls.tookUp();
    if (kind === 'deleted')
      for (const [from, to] of deletedIn(body)) yield* this.#calls.wereDeleted(seq, from, to);
  }

  #conclude(): void {
    const places = misplaced(this.#broken);
    for (const { seq } of this.#broken) {
      const other = places.get(seq);
      if (other === 'sound') continue;
      if (other === undefined) this.#findings.add('changed', seq, null, brokenText(seq));
      else
        this.#findings.add(
          'reordered',
          seq,
          null,
          `In the place of entry ${other} is entry ${seq}, or the other way round.`,
        );
    }
    this.#concludeEnd();
    this.#facts.conclude();
    this.#calls.conclude(
      this.#missing > 0 ? 'or its entry is among those missing' : 'or its entry was cut off',
    );
  }

  #concludeEnd(): void {
    const { signer, newest, now } = this.#options;
    const { odd } = Odd.parse(
      this.#database
        .prepare(
          `SELECT (SELECT count(*) FROM chain WHERE seq < 1) + (SELECT count(*) FROM chain WHERE seq > ${Number.MAX_SAFE_INTEGER}) AS odd`,
        )
        .get(),
    );
    if (odd > 0)
      this.#findings.add('unreadable', null, null, `${odd} entries have numbers that no entry is given.`);
    this.#signed.conclude(this.#seq, signer !== null, now());
    const known = newest?.();
    if (known !== undefined && (known.seq !== this.#seq || Buffer.compare(known.hash, this.#previous) !== 0))
      this.#findings.add(
        'cut-off',
        known.seq,
        null,
        `The chain ends at another entry ${this.#seq} than entry ${known.seq}, which this host wrote last.`,
      );
  }

  async #inPieces(work: Generator<void>, signal: AbortSignal | undefined): Promise<void> {
    for (const _ of work) {
      if (performance.now() - this.#pieceBegan < PIECE_MS) continue;
      signal?.throwIfAborted();
      await breathe();
      this.#pieceBegan = performance.now();
    }
    signal?.throwIfAborted();
  }
}

const brokenText = (seq: number): string =>
  `Entry ${seq} does not follow from entry ${seq - 1}: one of the two was changed.`;
