import { Page } from '../../shared/pages.ts';

/**
 * Reads `gatehouse://show/<page>`. Links come from web pages and mails, so all they can do is show a page; there
 * is none that acts.
 *
 * @returns null for everything else
 */
export function parseLink(link: string): Page | null {
  const name = /^gatehouse:\/\/show\/([a-z]{1,20})\/?$/i.exec(link)?.[1];
  return Page.safeParse(name?.toLowerCase()).data ?? null;
}
