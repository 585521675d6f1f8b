/** The protocol that the host answers with; a page's secret follows it, after a dot, in what the page offers. */
const SUBPROTOCOL = 'gatehouse';
const KEY = 'gatehouse-page';
const FRAGMENT = /^#session=([\w-]{20,200})$/;

/** What of the browser's window keeps a page's secret. */
export interface PageWindow {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly history: { readonly state: unknown; replaceState(state: unknown, unused: '', url: string): void };
  readonly sessionStorage: {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
  };
}

/**
 * The secret that shows the host one of its own pages, or null where the host never gave it to this tab. A
 * cookie would not do: the browser shows it to every server on this machine. The host gives the secret behind
 * the `#` of the address that the page is opened at; it goes into this tab's storage, which belongs to this
 * origin with its port, and out of the address bar.
 */
export function pageSecret({ location, history, sessionStorage }: PageWindow): string | null {
  const given = FRAGMENT.exec(location.hash)?.[1];
  if (given === undefined) return sessionStorage.getItem(KEY);
  sessionStorage.setItem(KEY, given);
  history.replaceState(history.state, '', location.pathname + location.search);
  return given;
}

/** What a page offers at the upgrade; the host answers with the first only. */
export const protocolsOf = (secret: string): string[] => [SUBPROTOCOL, `${SUBPROTOCOL}.${secret}`];
