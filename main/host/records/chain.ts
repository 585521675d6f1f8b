import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { BEGINNING, entryHash, packCalls, type CallDigest, type EntryKind } from './chain-entry.ts';
import { readAnchor } from './chain-anchor.ts';
import { headText, type ChainSigner } from './chain-signature.ts';

const SIGN_EVERY_MS = 60_000;
/** Older signatures are forgotten: the newest covers all that they do. */
const KEPT_HEADS = 100;

const Newest = z.object({ seq: z.number(), hash: z.instanceof(Uint8Array) });

/**
 * The hash chain over the records: each transaction that makes calls final, deletes some, or changes the rules adds
 * one entry in that same transaction. `note` and `noteCalls` are called inside it, then `committed` or `rolledBack`.
 */
export class Chain {
  readonly #now: () => number;
  readonly #insert: StatementSync;
  readonly #insertHead: StatementSync;
  readonly #forgetHeads: StatementSync;
  #head: { readonly seq: number; readonly hash: Uint8Array };
  #next: { readonly seq: number; readonly hash: Uint8Array };
  #signedSeq: number;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  /** Who signs; until there is one, nothing is signed. */
  signer: ChainSigner | null = null;
  /** Writes a signature; set once there is a way to write. */
  onSign: ((write: () => void) => void) | null = null;

  constructor(database: DatabaseSync, now: () => number) {
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
    this.#signedSeq = newest('chain_heads')?.seq ?? 0;
  }

  note(kind: EntryKind, facts: Record<string, unknown>): void {
    this.#add(kind, Buffer.from(JSON.stringify(facts)));
  }

  noteCalls(kind: 'calls' | 'taken-up', calls: readonly CallDigest[]): void {
    if (calls.length > 0) this.#add(kind, packCalls(calls));
  }

  committed(): void {
    if (this.#head === this.#next) return;
    this.#head = this.#next;
    if (this.#stopped) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      try {
        this.sign();
      } catch {
        // The person has been told that the disk refuses; the next entry asks for a signature again.
      }
    }, SIGN_EVERY_MS).unref();
  }

  rolledBack(): void {
    this.#next = this.#head;
  }

  /** Signs the head, where it is not signed yet. */
  sign(): void {
    const { signer } = this;
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
