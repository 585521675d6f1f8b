import { INVITE_PREFIX, MAX_INVITE_TEXT } from '../../shared/invites.ts';
import { Page } from '../../shared/pages.ts';

/** Where in the interface to go. */
export interface Place {
  readonly page: Page;
  /** The invite to open there: hostile text, of the right form and length. */
  readonly invite?: string;
}

/**
 * Reads `gatehouse://show/<page>` and `gatehouse://invite/<code>`. Links come from web pages and mails, so all they
 * can do is show a page; there is none that acts. An invite is shown with what it says, and the person decides.
 *
 * @returns null for everything else
 */
export function parseLink(link: string): Place | null {
  if (link.length > MAX_INVITE_TEXT) return null;
  const code = /^gatehouse:\/\/invite\/([A-Za-z0-9_-]+)\/?$/i.exec(link)?.[1];
  if (code !== undefined) return { page: 'peers', invite: `${INVITE_PREFIX}${code}` };
  const name = /^gatehouse:\/\/show\/([a-z]{1,20})\/?$/i.exec(link)?.[1];
  const page = Page.safeParse(name?.toLowerCase()).data;
  return page === undefined ? null : { page };
}
