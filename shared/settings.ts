import { z } from 'zod';

/** What the person can change while the host runs. */
export const Settings = z.strictObject({
  /** What this host calls itself to its peers. */
  name: z.string().trim().min(1, 'Give this machine a name.').max(60),
  mdns: z.boolean(),
  /** How long a question waits for the person, in seconds. */
  approvalSeconds: z.int().min(10).max(3600),
  /** How long an agent may work on one allowed call, in seconds. */
  executionSeconds: z.int().min(1).max(3600),
  /** Trusted peers may use tools that state they only read, unasked. */
  trustedMayRead: z.boolean(),
  /** What is kept of arguments and results. */
  bodies: z.enum(['whole', 'hash']),
  /** Calls older than this many days are deleted. */
  keepDays: z.int().min(1).max(3650),
  theme: z.enum(['system', 'light', 'dark']),
});
export type Settings = z.infer<typeof Settings>;

/** What is left out, or undefined, stays as it is. */
export const SettingsChange = Settings.partial();
export type SettingsChange = z.infer<typeof SettingsChange>;

export const defaultSettings = (name: string): Settings => ({
  name,
  mdns: true,
  approvalSeconds: 300,
  executionSeconds: 60,
  trustedMayRead: false,
  bodies: 'whole',
  keepDays: 90,
  theme: 'system',
});
