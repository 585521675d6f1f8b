import { z } from 'zod';

/** Links come from web pages and mails: hostile. Longer ones are dropped unread. */
const LONGEST_LINK = 1200;

const Multiaddr = z
  .string()
  .max(1000)
  .regex(/^(?:\/[A-Za-z0-9._:%-]+)+\/p2p\/12D3Koo[1-9A-HJ-NP-Za-km-z]{45}$/);

/** The pages that the shell may open by itself. */
export const Page = z.enum([
  'overview',
  'peers',
  'agents',
  'approvals',
  'calls',
  'network',
  'rules',
  'settings',
]);
export type Page = z.infer<typeof Page>;

/** What a link may do: show a page, or put an address into the form for dialling. Never act by itself. */
export interface Place {
  readonly page: Page;
  /** A multiaddr to offer for dialling; the person still presses the button. */
  readonly dial: string | null;
}

/**
 * Reads `gatehouse://show/<page>` and `gatehouse://dial/<multiaddr>`.
 *
 * @returns null for everything else
 */
export function parseLink(link: string): Place | null {
  if (link.length > LONGEST_LINK) return null;
  const parts = /^gatehouse:\/\/(show|dial)(\/.*?)\/?$/i.exec(link);
  const [, verb, rest] = parts ?? [];
  if (verb === undefined || rest === undefined) return null;
  if (verb.toLowerCase() === 'show') {
    const page = Page.safeParse(rest.slice(1));
    return page.success ? { page: page.data, dial: null } : null;
  }
  const address = Multiaddr.safeParse(rest);
  return address.success ? { page: 'peers', dial: address.data } : null;
}
