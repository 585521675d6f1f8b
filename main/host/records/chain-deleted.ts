import { z } from 'zod';
import { jsonOf } from './json-column.ts';

const Id = z.int().positive();
const Run = z.tuple([Id, Id]).refine(([from, to]) => from <= to && to - from < 1_000_000);
const Deleted = jsonOf(z.object({ calls: z.array(Run).max(10_000) }));

/** Runs of calls, the first and the last of each, that an entry about a deletion names. */
export const deletedIn = (body: Uint8Array): readonly (readonly [number, number])[] =>
  Deleted.safeParse(Buffer.from(body).toString()).data?.calls ?? [];
