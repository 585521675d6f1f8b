import { z } from 'zod';

/** The pages of the interface, by the names they have in an address. */
export const Page = z.enum([
  'overview',
  'peers',
  'agents',
  'approvals',
  'calls',
  'network',
  'compare',
  'rules',
  'settings',
]);
export type Page = z.infer<typeof Page>;
