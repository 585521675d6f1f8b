import type { Session } from 'electron';
import { APP_ORIGIN } from './content-policy.ts';

/** What the page may ask for, each with the reason why. Everything else is denied. */
const ALLOWED: ReadonlyMap<string, string> = new Map([
  ['clipboard-sanitized-write', 'The copy buttons beside peer ids, addresses and results.'],
]);

/** Denies devices, screens, sensors, notifications and the like to the page, and all traffic but our own. */
export function setupPermissions(session: Session): void {
  const allowed = (permission: string, origin: string): boolean =>
    ALLOWED.has(permission) && originOf(origin) === APP_ORIGIN;

  session.setPermissionRequestHandler((_contents, permission, callback, details) => {
    callback(details.isMainFrame && allowed(permission, details.requestingUrl));
  });
  session.setPermissionCheckHandler((_contents, permission, origin, details) =>
    details.isMainFrame ? allowed(permission, origin) : false,
  );
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, callback) => {
    callback(null);
  });
  // No paired device is ever confirmed; without a handler Chromium would fall back to its own.
  session.setBluetoothPairingHandler((_details, callback) => {
    callback({ confirmed: false });
  });
  session.on('will-download', (event, item) => {
    // What the page made itself, and the person saves where the dialog says. Nothing else is ever fetched.
    if (!isOwnBlob(item.getURL())) event.preventDefault();
  });
  // It would fetch dictionaries from the network.
  session.setSpellCheckerEnabled(false);
}

/** Cuts the page off from every network: what it knows comes through its port. */
export function setupRequestFilter(session: Session, options: { devTools: boolean }): void {
  const local = ['app:', 'data:', 'blob:', ...(options.devTools ? ['devtools:'] : [])];
  session.webRequest.onBeforeRequest((details, callback) => {
    callback({ cancel: !local.includes(URL.parse(details.url)?.protocol ?? '') });
  });
}

/** `blob:app://gatehouse/…`: the origin is that of the page that made it. */
const isOwnBlob = (url: string): boolean =>
  url.startsWith('blob:') && originOf(url.slice('blob:'.length)) === APP_ORIGIN;

/** `app://gatehouse` of `app://gatehouse/index.html`; Node's own `origin` is opaque for our scheme. */
function originOf(url: string): string | null {
  const parsed = URL.parse(url);
  return parsed === null ? null : `${parsed.protocol}//${parsed.host}`;
}
