import type { DatabaseSync } from 'node:sqlite';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Chain } from './chain.ts';
import { jsonOf } from './json-column.ts';
import { TAKES_UP } from './taking-up.ts';

/** What the newest entries say of things that are not calls. */
const Standing = z.object({
  /** The newest version of the rules and the digest of all rules; null: there never were any. */
  rules: z.object({ version: z.int().nonnegative(), table: z.string() }).nullable(),
  /** The panic switch. */
  stoppedAt: z.string().nullable(),
});
export type Standing = z.infer<typeof Standing>;

const Body = z.object({ body: z.instanceof(Uint8Array).transform((body) => Buffer.from(body).toString()) });
const Rules = Body.extend({ kind: z.string() });
const RulesNote = jsonOf(Standing.shape.rules.unwrap());
const Carried = jsonOf(Standing);
const PanicNote = jsonOf(Standing.pick({ stoppedAt: true }));
const Version = z.object({ version: z.number().nullable() });
const Fact = z.object({ value: z.string() });
const Count = z.object({ entries: z.number() });

/** What one entry says; undefined where it says nothing of it. */
export function standingIn(kind: string, text: string): Partial<Standing> {
  if (kind === 'begins' || kind === 'pruned') return Carried.safeParse(text).data ?? {};
  if (kind === 'panic') return PanicNote.safeParse(text).data ?? {};
  const rules = kind === 'rules' ? RulesNote.safeParse(text).data : undefined;
  return rules === undefined ? {} : { rules };
}

/** As the newest entries say, for one that takes their place. */
export function notedStanding(database: DatabaseSync): Standing {
  const newest = (kind: string): Partial<Standing> => {
    const row = database
      .prepare(
        `SELECT kind, body FROM chain WHERE kind <> 'calls' AND kind IN (?, 'begins', 'pruned') ORDER BY seq DESC LIMIT 1`,
      )
      .get(kind);
    const found = Rules.safeParse(row).data;
    return found === undefined ? {} : standingIn(found.kind, found.body);
  };
  return { rules: newest('rules').rules ?? null, stoppedAt: newest('panic').stoppedAt ?? null };
}

/** As the tables are. */
export function presentStanding(database: DatabaseSync): Standing {
  const newest = database.prepare('SELECT CAST(max(version) AS REAL) AS version FROM rule_versions').get();
  const version = Version.parse(newest).version ?? 0;
  const table = rulesTableDigest(database);
  const stopped = database.prepare(`SELECT value FROM facts WHERE key = 'stoppedAt'`).get();
  return {
    rules: version === 0 && table === NO_RULES ? null : { version, table },
    stoppedAt: Fact.safeParse(stopped).data?.value ?? null,
  };
}

/** SHA-256 over all rows of the rules that outlive the host, in hex. */
export function rulesTableDigest(database: DatabaseSync): string {
  const rows = database.prepare('SELECT id, effect, created_at, rule FROM rules ORDER BY id');
  rows.setReturnArrays(true);
  const digest = createHash('sha256');
  for (const row of rows.all()) digest.update(`${JSON.stringify(row)}\n`);
  return digest.digest('hex');
}
export const NO_RULES: string = createHash('sha256').digest('hex');

/**
 * The first entry binds what was there before there was a chain: the rules, the panic switch, and which calls are still to
 * be taken up. In a transaction; where there is nothing of it, there is no such entry.
 */
export function beginChain(database: DatabaseSync, chain: Chain): void {
  const { entries } = Count.parse(
    database
      .prepare('SELECT EXISTS (SELECT 1 FROM chain) OR EXISTS (SELECT 1 FROM chain_heads) AS entries')
      .get(),
  );
  if (entries !== 0 || chain.seq !== 0) return;
  const fact = Fact.safeParse(database.prepare('SELECT value FROM facts WHERE key = ?').get(TAKES_UP)).data;
  const takesUp = fact === undefined ? 0 : Number(fact.value.split(' ')[1] ?? 0);
  const standing = presentStanding(database);
  if (takesUp === 0 && standing.rules === null && standing.stoppedAt === null) return;
  chain.note('begins', { takesUp, ...standing });
}
