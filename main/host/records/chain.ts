import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import {
  BEGINNING,
  entryHash,
  packCalls,
  type CallDigest,
  type CallsKind,
  type EntryKind,
} from './chain-entry.ts';
import { readAnchor } from './chain-anchor.ts';
import { headText, type ChainSigner } from './chain-signature.ts';
import { unsignedTail } from './chain-tail.ts';

const SIGN_EVERY_MS = 60_000;
/** Older signatures are forgotten: the newest covers all that they do. */
const KEPT_HEADS = 100;

const Newest = z.object({ seq: z.number(), hash: z.instanceof(Uint8Array) });

/**
 * The hash chain over the records: each transaction that makes calls final, deletes some, or changes the rules adds
 * one entry in that same transaction. `note` and `noteCalls` are called inside it, then `committed` or `rolledBack`.
 */
export class Chain {
  readonly #database: DatabaseSync;
  readonly #now: () => number;
  readonly #insert: StatementSync;
  readonly #insertHead: StatementSync;
  readonly #forgetHeads: StatementSync;
  #head: { readonly seq: number; readonly hash: Uint8Array };
  #next: { readonly seq: number; readonly hash: Uint8Array };
  #signedSeq: number;
  /** The newest entry that this start found. */
  readonly #foundSeq: number;
  /** Since when there is something unsigned: as the clock says, which goes on while the machine sleeps. */
  #unsignedSince: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  #signer: ChainSigner | null = null;
  /** Writes a signature; set once there is a way to write. */
  onSign: ((write: () => void) => void) | null = null;

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database;
    this.#now = now;
    this.#insert = database.prepare('INSERT INTO chain (seq, kind, at, body, hash) VALUES (?, ?, ?, ?, ?)');
    this.#insertHead = database.prepare(
      'INSERT OR REPLACE INTO chain_heads (seq, hash, at, signer, signature) VALUES (?, ?, ?, ?, ?)',
    );
    this.#forgetHeads = database.prepare(
      'DELETE FROM chain_heads WHERE seq NOT IN (SELECT seq FROM chain_heads ORDER BY seq DESC LIMIT ?)',
    );
    const newest = (table: string) =>
      Newest.safeParse(
        database
          .prepare(`SELECT CAST(seq AS REAL) AS seq, hash FROM ${table} ORDER BY seq DESC LIMIT 1`)
          .get(),
      ).data;
    const anchor = readAnchor(database);
    this.#head = newest('chain') ?? {
      seq: anchor?.seq ?? 0,
      hash: anchor === null ? BEGINNING : Buffer.from(anchor.hash, 'hex'),
    };
    this.#next = this.#head;
    this.#foundSeq = this.#head.seq;
    this.#signedSeq = newest('chain_heads')?.seq ?? 0;
  }

  /** Who signs; until there is one, nothing is signed. */
  get signer(): ChainSigner | null {
    return this.#signer;
  }

  /** The newest entry that is kept. */
  get newest(): { readonly seq: number; readonly hash: Uint8Array } {
    return this.#head;
  }

  get seq(): number {
    return this.#next.seq;
  }

  /**
   * Signs from now on. What this start found unsigned, though there had been time, is said in an entry of its own, since
   * the next signature covers it: `write` is called where there is such a thing.
   */
  signAs(signer: ChainSigner, write: (note: () => void) => void): void {
    this.#signer = signer;
    const tail = unsignedTail(this.#database, signer.peerId, this.#foundSeq);
    if (tail !== null) write(() => this.note('unsigned', tail));
    // What the last run left unsigned is signed at once: it may be long ago.
    if (this.#signedSeq < this.#foundSeq) this.#trySign();
    this.#signSoon();
  }

  note(kind: EntryKind, facts: Record<string, unknown>): void {
    this.#add(kind, Buffer.from(JSON.stringify(facts)));
  }

  noteCalls(kind: CallsKind, calls: readonly CallDigest[]): void {
    if (calls.length > 0) this.#add(kind, packCalls(calls));
  }

  committed(): void {
    if (this.#head === this.#next) return;
    this.#head = this.#next;
    this.#signSoon();
  }

  rolledBack(): void {
    this.#next = this.#head;
  }

  #signSoon(): void {
    if (this.#stopped || this.#signer === null || this.#head.seq === this.#signedSeq) return;
    const now = this.#now();
    this.#unsignedSince ??= now;
    const waited = now - this.#unsignedSince;
    if (this.#timer !== null && waited < 2 * SIGN_EVERY_MS) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#unsignedSince = null;
        this.#trySign();
      },
      Math.max(0, SIGN_EVERY_MS - Math.max(0, waited)),
    ).unref();
  }

  #trySign(): void {
    try {
      this.sign();
    } catch {
      // The person has been told that the disk refuses; the next entry asks for a signature again.
    }
  }

  /** Signs the head, where it is not signed yet. */
  sign(): void {
    const signer = this.#signer;
    const { seq, hash } = this.#head;
    if (signer === null || seq === this.#signedSeq || this.onSign === null) return;
    const at = this.#now();
    const signature = signer.sign(headText(seq, hash, at));
    this.onSign(() => {
      this.#insertHead.run(seq, hash, at, signer.peerId, signature);
      this.#forgetHeads.run(KEPT_HEADS);
    });
    this.#signedSeq = seq;
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #add(kind: EntryKind, body: Buffer): void {
    const seq = this.#next.seq + 1;
    const at = this.#now();
    const hash = entryHash(this.#next.hash, { seq, kind, at, body });
    this.#insert.run(seq, kind, at, body, hash);
    this.#next = { seq, hash };
  }
}
