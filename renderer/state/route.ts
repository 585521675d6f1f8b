import { useSyncExternalStore } from 'react';
import { Page } from '../../shared/pages.ts';

export interface Route {
  readonly page: Page;
  /** What follows the page, such as a peer id and an agent's name. */
  readonly rest: readonly string[];
}

/** Reads `#/page/part/part`. Anything unknown is the overview. Pure. */
export function parseRoute(hash: string): Route {
  const [first, ...rest] = hash.replace(/^#\/?/, '').split('/').map(decode);
  const page = Page.options.find((name) => name === first) ?? 'overview';
  return { page, rest: rest.filter((part) => part !== '') };
}

export const href = (page: Page, ...rest: readonly string[]): string =>
  `#/${[page, ...rest].map(encodeURIComponent).join('/')}`;

export const go = (page: Page, ...rest: readonly string[]): void => {
  window.location.hash = href(page, ...rest);
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
  if (last?.hash !== hash) last = { hash, route: parseRoute(hash) };
  return last.route;
}

export const useRoute = (): Route => useSyncExternalStore(subscribe, snapshot);
