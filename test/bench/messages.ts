import { z } from 'zod';
import { Measured } from './measure.ts';

/** What the bench tells one of its processes. */
export const Order = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('measure'), inFlight: z.int().positive(), seconds: z.number().positive() }),
  z.strictObject({ do: z.literal('stop') }),
]);
export type Order = z.infer<typeof Order>;

/** What the process answers. */
export const Report = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('ready'), address: z.string() }),
  z.strictObject({ is: z.literal('measured'), measured: Measured }),
  z.strictObject({ is: z.literal('failed'), message: z.string() }),
]);
export type Report = z.infer<typeof Report>;
