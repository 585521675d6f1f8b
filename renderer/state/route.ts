import { useSyncExternalStore } from 'react';
import { Page } from '../../shared/pages.ts';

export interface Route {
  readonly page: Page;
  /** What follows the page, such as a peer id and an agent's name. */
  readonly rest: readonly string[];
  /** The invite that a link brought. It holds a secret, so it is never part of `rest`, nor of the address bar. */
  readonly invite: string | null;
}

/**
 * What follows `#/peers/` for the dialogs about invites. A shell that is given a link `gatehouse://invite/…` opens
 * `#/peers/use-invite/<the whole link, percent-encoded>`, in a new window or as the fragment of one that is open.
 * The page reads it once and takes it out of the address and the history; nothing is used before the person says so.
 */
export const MAKE_INVITE = 'invite';
export const USE_INVITE = 'use-invite';

/** Reads `#/page/part/part`. Anything unknown is the overview. Pure. */
export function parseRoute(hash: string): Route {
  const [first, ...rest] = hash.replace(/^#\/?/, '').split('/').map(decode);
  const page = Page.options.find((name) => name === first) ?? 'overview';
  const parts = rest.filter((part) => part !== '');
  const [place, invite] = parts;
  if (page === 'peers' && place === USE_INVITE) return { page, rest: [USE_INVITE], invite: invite ?? null };
  return { page, rest: parts, invite: null };
}

export const href = (page: Page, ...rest: readonly string[]): string =>
  `#/${[page, ...rest].map(encodeURIComponent).join('/')}`;

export const go = (page: Page, ...rest: readonly string[]): void => {
  window.location.hash = href(page, ...rest);
};

/** Opens the dialog that uses an invite, with this text in it, by way of no address. */
export const openInvite = (text: string): void => {
  const hash = href('peers', USE_INVITE);
  last = { hash, route: { page: 'peers', rest: [USE_INVITE], invite: text } };
  if (window.location.hash === hash) window.dispatchEvent(new HashChangeEvent('hashchange'));
  else window.location.hash = hash;
};

/** Changes the selection without a step in the history, as for moving along a list by keys. */
export const slide = (page: Page, ...rest: readonly string[]): void => {
  window.history.replaceState(null, '', href(page, ...rest));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
};

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

const subscribe = (listener: () => void): (() => void) => {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
};

let last: { hash: string; route: Route } | null = null;
function snapshot(): Route {
  const { hash } = window.location;
  if (last?.hash === hash) return last.route;
  const route = parseRoute(hash);
  const shownHash = route.invite === null ? hash : href('peers', USE_INVITE);
  if (shownHash !== hash) window.history.replaceState(null, '', shownHash);
  last = { hash: shownHash, route };
  return route;
}

export const useRoute = (): Route => useSyncExternalStore(subscribe, snapshot);
