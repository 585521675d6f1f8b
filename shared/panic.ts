import { z } from 'zod';
import { AgentName, PeerId, Time } from './ids.ts';

/** What "Stop all" stopped, and how that was checked. */
export const PanicReport = z.strictObject({
  at: Time,
  /** When all of it was done and checked; null while it is under way. */
  doneAt: Time.nullable(),
  /** Questions and reviews that waited, and were refused. */
  refused: z.int().nonnegative(),
  /** Incoming and outgoing calls that ran, and were ended. */
  ended: z.int().nonnegative(),
  /** Calls that had still not ended when all else had; none when all is well. */
  running: z.int().nonnegative(),
  agents: z.array(
    z.strictObject({
      name: AgentName,
      /** `unknown`: it runs elsewhere (HTTP): nothing more is sent to it, and what it still does cannot be seen from here. */
      outcome: z.enum(['stopped', 'still-running', 'unknown']),
      /** How that was checked, as a sentence. */
      checked: z.string(),
    }),
  ),
  links: z.strictObject({ cut: z.int().nonnegative(), left: z.array(PeerId) }),

  /** What could not be done, or could not be looked at, as sentences. */
  problems: z.array(z.string()),
  /** It is written down, so that it holds over a restart. */
  written: z.boolean(),
});
export type PanicReport = z.infer<typeof PanicReport>;
