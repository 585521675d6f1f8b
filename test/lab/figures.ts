import { appendFile } from 'node:fs/promises';
import { z } from 'zod';

/** Something that a scenario measured. */
export const Figure = z.strictObject({ scenario: z.string(), what: z.string(), value: z.string() });
export type Figure = z.infer<typeof Figure>;

/** Keeps a figure for the table at the end. */
export async function record(scenario: string, what: string, value: string): Promise<void> {
  const file = process.env['GATEHOUSE_FIGURES'];
  if (file === undefined) return;
  await appendFile(file, `${JSON.stringify({ scenario, what, value } satisfies Figure)}\n`);
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** The middle of a few values; the lower one of two. */
export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}
