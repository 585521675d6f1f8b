import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate as breathe } from 'node:timers/promises';
import { z } from 'zod';
import type { ChainCheck } from '../../../shared/receipts.ts';
import { fieldsOf, SELECT_FIELDS } from './call-fields.ts';
import { OPEN } from './call-writer.ts';
import { readAnchor } from './chain-anchor.ts';
import { BEGINNING, entryHash, rowDigest, unpackCalls } from './chain-entry.ts';
import { ChainFacts } from './chain-facts.ts';
import { ChainFindings, misplaced, type BrokenEntry } from './chain-findings.ts';
import { anchorText, headText, isSignedBy } from './chain-signature.ts';
import { IdSet } from './id-set.ts';
import { COLUMNS } from './call-rows.ts';
import { spanToTakeUp } from './taking-up.ts';

interface VerifierOptions {
  /** Who signs here; null: whoever did, as long as it is always the same. */
  readonly signer: string | null;
}

/** Others have their turn after so long, in milliseconds. */
const PIECE_MS = 4;
const ENTRIES = 64;
const ROWS = 256;
/** Broken entries and unlike rows that are looked at closely. */
const MAX_CLOSE = 100;

const Entry = z.object({
  seq: z.number(),
  kind: z.string(),
  at: z.number(),
  body: z.instanceof(Uint8Array),
  hash: z.instanceof(Uint8Array),
});
type Entry = z.infer<typeof Entry>;
const Head = z.object({
  seq: z.number(),
  hash: z.instanceof(Uint8Array),
  at: z.number(),
  signer: z.string(),
  signature: z.string(),
});
const ID = COLUMNS.indexOf('id');

interface Unlike {
  readonly entry: number;
  readonly kind: 'removed' | 'changed' | 'added';
  readonly expected: Uint8Array | null;
}

/**
 * Checks the chain from its first entry: that each follows from the one before, that each final call is as its newest entry
 * says and none is there that no entry knows of, that the signatures fit. In pieces, beside whatever else writes.
 */
export class ChainVerifier {
  readonly #options: VerifierOptions;
  readonly #database: DatabaseSync;
  readonly #findings = new ChainFindings();
  readonly #facts: ChainFacts;
  readonly #entries: StatementSync;
  readonly #row: StatementSync;
  readonly #calls = new IdSet();
  /** Calls that are not as their newest entry says. */
  readonly #unlike = new Map<number, Unlike>();
  readonly #broken: BrokenEntry[] = [];
  readonly #heads = new Map<number, z.infer<typeof Head>>();
  #seq = 0;
  #previous: Uint8Array = BEGINNING;
  /** What the entry before should have been stored with, where it was not. */
  #instead: Uint8Array | null = null;
  #checked = 0;
  #missing = 0;
  #deleted = 0;
  #signedUntil: number | null = null;
  #pieceBegan = 0;

  constructor(database: DatabaseSync, options: VerifierOptions) {
    this.#database = database;
    this.#options = options;
    this.#facts = new ChainFacts(database, this.#findings);
    this.#entries = database.prepare(
      `SELECT CAST(seq AS REAL) AS seq, kind, at, body, hash FROM chain WHERE seq > ? ORDER BY seq LIMIT ${ENTRIES}`,
    );
    this.#row = database.prepare(`${SELECT_FIELDS} WHERE calls.id = ?`);
    this.#row.setReturnArrays(true);
  }

  async run(signal?: AbortSignal): Promise<ChainCheck> {
    this.#pieceBegan = performance.now();
    this.#begin();
    while (this.#step()) await this.#pause(signal);
    await this.#lookForAdded(signal);
    // What came meanwhile; nothing is written in between from here on.
    while (this.#step());
    this.#conclude();
    const callsInChain = this.#calls.size;
    return {
      ok: this.#findings.ok,
      entries: this.#checked,
      calls: callsInChain,
      deleted: this.#deleted,
      problems: this.#findings.problems,
      signedUntil: this.#signedUntil,
    };
  }

  #begin(): void {
    const heads = this.#database
      .prepare('SELECT CAST(seq AS REAL) AS seq, hash, at, signer, signature FROM chain_heads ORDER BY seq')
      .all();
    for (const row of heads) {
      const head = Head.safeParse(row).data;
      if (head === undefined) this.#findings.add('unreadable', null, null, 'A signature cannot be read.');
      else this.#checkHead(head);
    }
    const anchor = readAnchor(this.#database);
    if (anchor === null) return;
    this.#seq = anchor.seq;
    this.#previous = Buffer.from(anchor.hash, 'hex');
    this.#deleted = anchor.calls;
    const { seq, hash, calls, signer, signature } = anchor;
    const text = anchorText(seq, hash, calls);
    const sound =
      signer === null ? this.#heads.size === 0 && this.#options.signer === null : signature !== null;
    if (!sound || (signer !== null && !this.#isSigned(signer, text, signature ?? '')))
      this.#findings.add(
        'bad-signature',
        seq,
        null,
        `What stands for entries 1 to ${seq} is not signed as it should be.`,
      );
  }

  #checkHead(head: z.infer<typeof Head>): void {
    if (this.#isSigned(head.signer, headText(head.seq, head.hash, head.at), head.signature)) {
      this.#heads.set(head.seq, head);
      return;
    }
    this.#findings.add('bad-signature', head.seq, null, `The signature over entry ${head.seq} is not right.`);
  }

  #isSigned(signer: string, text: string, signature: string): boolean {
    const expected = this.#options.signer ?? this.#heads.values().next().value?.signer ?? signer;
    return signer === expected && isSignedBy(signer, text, signature);
  }

  /** Some entries; false where there are no more. */
  #step(): boolean {
    const rows = this.#entries.all(this.#seq);
    for (const row of rows) {
      const entry = Entry.safeParse(row).data;
      if (entry === undefined) {
        const seq = Number(row['seq']);
        this.#findings.add('unreadable', seq, null, `Entry ${seq} cannot be read.`);
        this.#seq = Math.max(seq, this.#seq + 1);
        continue;
      }
      this.#entry(entry);
      if (performance.now() - this.#pieceBegan > PIECE_MS) return true;
    }
    return rows.length > 0;
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
    const head = this.#heads.get(seq);
    if (head !== undefined) {
      if (Buffer.compare(head.hash, entry.hash) === 0) this.#signedUntil = head.at;
      else this.#findings.add('changed', seq, null, `Entry ${seq} is not the one that was signed.`);
      this.#heads.delete(seq);
    }
    this.#seq = seq;
    this.#previous = entry.hash;
    this.#checked += 1;
    this.#content(entry);
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

  #content({ seq, kind, body }: Entry): void {
    if (kind !== 'calls' && kind !== 'taken-up') {
      for (const [from, to] of this.#facts.check(seq, kind, body)) this.#wereDeleted(seq, from, to);
      return;
    }
    const calls = unpackCalls(body);
    if (calls === null)
      this.#findings.add('changed', seq, null, `Entry ${seq} does not list calls as it should.`);
    for (const { id, digest } of calls ?? []) {
      this.#calls.add(id);
      const row = Number.isSafeInteger(id) ? this.#row.get(id) : undefined;
      const kindOf = row === undefined ? 'removed' : this.#isAs(row, digest) ? null : 'changed';
      if (kindOf === null) this.#unlike.delete(id);
      else this.#unlike.set(id, { entry: seq, kind: kindOf, expected: digest });
    }
  }

  #isAs(row: unknown, digest: Uint8Array): boolean {
    return rowDigest(fieldsOf(row).fields).equals(digest);
  }

  #wereDeleted(entry: number, from: number, to: number): void {
    for (let id = from; id <= to; id += 1) {
      this.#deleted += 1;
      if (this.#row.get(id) === undefined) this.#unlike.delete(id);
      else this.#unlike.set(id, { entry, kind: 'added', expected: null });
    }
  }

  /** Final calls that no entry knows of. */
  async #lookForAdded(signal?: AbortSignal): Promise<void> {
    const ids = this.#database.prepare(
      `SELECT CAST(id AS REAL), status FROM calls WHERE id > ? ORDER BY id LIMIT ${ROWS}`,
    );
    ids.setReturnArrays(true);
    const Rows = z.array(z.tuple([z.number(), z.string()]));
    const toTakeUp = spanToTakeUp(this.#database);
    for (let after = -1; ;) {
      const rows = Rows.parse(ids.all(after));
      for (const [id, status] of rows) {
        after = id;
        if (OPEN.has(status) || this.#calls.has(id) || this.#unlike.has(id)) continue;
        if (toTakeUp !== null && id > toTakeUp.after && id <= toTakeUp.until) continue;
        this.#unlike.set(id, { entry: 0, kind: 'added', expected: null });
      }
      if (rows.length < ROWS) return;
      await this.#pause(signal);
    }
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
    for (const head of this.#heads.values())
      if (head.seq > this.#seq)
        this.#findings.add(
          'cut-off',
          head.seq,
          null,
          `The chain ends at entry ${this.#seq}, but entry ${head.seq} was signed.`,
        );
    this.#facts.conclude();
    this.#concludeCalls();
  }

  #concludeCalls(): void {
    const swapped = this.#swapped();
    for (const [id, { entry, kind, expected }] of this.#unlike) {
      if (expected === null && this.#row.get(id) === undefined) continue;
      const other = swapped.get(id);
      if (other !== undefined)
        this.#findings.add('reordered', entry, id, `Call ${id} is recorded as call ${other}.`);
      else if (kind === 'removed') this.#findings.add(kind, entry, id, `Call ${id} is missing.`);
      else if (kind === 'changed')
        this.#findings.add(kind, entry, id, `Call ${id} is not as it was recorded in entry ${entry}.`);
      else if (entry > 0)
        this.#findings.add(
          kind,
          entry,
          id,
          `Call ${id} is there, though entry ${entry} says that it was deleted.`,
        );
      else
        this.#findings.add(
          kind,
          null,
          id,
          `Call ${id} is in no entry: it was added, ${this.#missing > 0 ? 'or its entry is among those missing' : 'or its entry was cut off'}.`,
        );
    }
  }

  /** Of the first calls that are not as they should be: those that stand in the place of another. */
  #swapped(): Map<number, number> {
    const close = [...this.#unlike].filter(([, { kind }]) => kind === 'changed').slice(0, MAX_CLOSE);
    const found = new Map<number, number>();
    for (const [id] of close) {
      const row = this.#row.get(id);
      if (row === undefined) continue;
      const { fields } = fieldsOf(row);
      for (const [other, { expected }] of close) {
        if (other === id || expected === null) continue;
        if (rowDigest(fields.with(ID, other)).equals(expected)) found.set(other, id);
      }
    }
    return found;
  }

  async #pause(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (performance.now() - this.#pieceBegan < PIECE_MS) return;
    await breathe();
    this.#pieceBegan = performance.now();
  }
}

const brokenText = (seq: number): string =>
  `Entry ${seq} does not follow from entry ${seq - 1}: one of the two was changed.`;
