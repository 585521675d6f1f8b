import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { readAnchor, type Anchor } from './chain-anchor.ts';
import type { ChainFindings } from './chain-findings.ts';
import { anchorText, headText, isSignedBy } from './chain-signature.ts';

/** The host signs within a minute; what waits for longer than this, in milliseconds, was signed once. */
export const UNSIGNED_MS = 180_000;

const Head = z.object({
  seq: z.int().positive(),
  hash: z.instanceof(Uint8Array),
  at: z.number(),
  signer: z.string(),
  signature: z.string(),
});
type Head = z.infer<typeof Head>;

/** The signatures over the chain: whether they are right, and how far they reach. */
export class ChainSigned {
  readonly #findings: ChainFindings;
  readonly #expected: string | null;
  readonly #heads = new Map<number, Head>();
  readonly anchor: Anchor | null;
  #isSomeSound = false;
  until: number | null = null;
  /** Of what no signature covers: the first entry, when that was, and the newest time. */
  #open: { readonly seq: number; readonly at: number; newest: number } | null = null;

  /** @param expected peer id of who should have signed; null: whoever did, as long as it is always the same */
  constructor(database: DatabaseSync, expected: string | null, findings: ChainFindings) {
    this.#findings = findings;
    const heads = database
      .prepare(
        'SELECT CAST(seq AS REAL) AS seq, hash, at, signer, signature FROM chain_heads ORDER BY seq LIMIT 10000',
      )
      .all()
      .map((row) => Head.safeParse(row).data);
    this.anchor = readAnchor(database);
    this.#expected =
      expected ?? heads.find((head) => head !== undefined)?.signer ?? this.anchor?.signer ?? null;
    for (const head of heads) {
      if (head === undefined) findings.add('unreadable', null, null, 'A signature cannot be read.');
      else if (this.#isSigned(head.signer, headText(head.seq, head.hash, head.at), head.signature))
        this.#heads.set(head.seq, head);
      else
        findings.add('bad-signature', head.seq, null, `The signature over entry ${head.seq} is not right.`);
    }
    if (this.anchor !== null) this.#checkAnchor(this.anchor, expected);
  }

  /** Each entry as it is passed. */
  entry(seq: number, at: number, hash: Uint8Array): void {
    const head = this.#heads.get(seq);
    if (head !== undefined) {
      this.#heads.delete(seq);
      if (Buffer.compare(head.hash, hash) === 0) {
        this.until = head.at;
        this.#isSomeSound = true;
        this.#open = null;
        return;
      }
      this.#findings.add('changed', seq, null, `Entry ${seq} is not the one that was signed.`);
    }
    if (this.#open === null) this.#open = { seq, at, newest: at };
    else this.#open.newest = Math.max(this.#open.newest, at);
  }

  /** @param isRequired somebody is known who should have signed */
  conclude(last: number, isRequired: boolean, now: number): void {
    for (const { seq } of this.#heads.values())
      if (seq > last)
        this.#findings.add(
          'cut-off',
          seq,
          null,
          `The chain ends at entry ${last}, but entry ${seq} was signed.`,
        );
    if (!isRequired || this.#open === null) return;
    const { seq, at, newest } = this.#open;
    if (!this.#isSomeSound) {
      if (newest - at > UNSIGNED_MS || Math.abs(now - at) > UNSIGNED_MS)
        this.#findings.add('bad-signature', seq, null, `Nothing of it is signed, from entry ${seq} on.`);
    } else if (newest - at > UNSIGNED_MS) {
      const text = `Entries ${seq} to ${last} are not signed, though there was time: their signatures were cut off.`;
      this.#findings.add('cut-off', seq, null, text);
    }
  }

  #checkAnchor({ seq, hash, calls, signer, signature }: Anchor, expected: string | null): void {
    const isSound =
      signer === null
        ? this.#heads.size === 0 && expected === null
        : this.#isSigned(signer, anchorText(seq, hash, calls), signature ?? '');
    if (isSound) this.#isSomeSound = signer !== null;
    else
      this.#findings.add(
        'bad-signature',
        seq,
        null,
        `What stands for entries 1 to ${seq} is not signed as it should be.`,
      );
  }

  #isSigned(signer: string, text: string, signature: string): boolean {
    return signer === (this.#expected ?? signer) && isSignedBy(signer, text, signature);
  }
}
