import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from 'electron';
import { setupPermissions, setupRequestFilter } from '../../../../main/electron/permissions.ts';
import { FakeEvent, resetElectron, session } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(resetElectron);

const OURS = 'app://gatehouse/index.html';

/** What the page asked for, and whether it got it: by request and by check. */
function ask(permission: string, url: string, isMainFrame = true): { request: unknown; check: unknown } {
  const { handlers } = session.defaultSession;
  const granted = vi.fn();
  handlers.get('permissionRequest')?.(
    null as never,
    permission as never,
    granted as never,
    {
      isMainFrame,
      requestingUrl: url,
    } as never,
  );
  const check = handlers.get('permissionCheck')?.(
    null as never,
    permission as never,
    url as never,
    {
      isMainFrame,
    } as never,
  );
  expect(granted).toHaveBeenCalledOnce();
  return { request: granted.mock.calls[0]?.[0], check };
}

describe('what the page may do', () => {
  beforeEach(() => {
    setupPermissions(session.defaultSession as unknown as Session);
  });

  it.each([
    'media',
    'display-capture',
    'geolocation',
    'notifications',
    'clipboard-read',
    'fullscreen',
    'openExternal',
    'hid',
    'serial',
    'usb',
    'local-network-access',
    'fileSystem',
    'persistent-storage',
    'unknown',
    'one-that-is-not-invented-yet',
  ])('does not include %s', (permission) => {
    expect(ask(permission, OURS)).toEqual({ request: false, check: false });
  });

  it('includes copying text, for our own page only', () => {
    const permission = 'clipboard-sanitized-write';
    expect(ask(permission, OURS)).toEqual({ request: true, check: true });
    expect(ask(permission, OURS, false)).toEqual({ request: false, check: false });
    expect(ask(permission, 'https://example.org/')).toEqual({ request: false, check: false });
    expect(ask(permission, 'app://elsewhere/')).toEqual({ request: false, check: false });
    expect(ask(permission, '')).toEqual({ request: false, check: false });
  });

  it('includes no device, no screen, no pairing and no spell checker', () => {
    const { handlers } = session.defaultSession;
    expect(handlers.get('device')?.()).toBe(false);
    const streams = vi.fn();
    handlers.get('displayMedia')?.({} as never, streams as never);
    expect(streams).toHaveBeenCalledExactlyOnceWith(null);
    const pairing = vi.fn();
    handlers.get('bluetooth')?.({} as never, pairing as never);
    expect(pairing).toHaveBeenCalledExactlyOnceWith({ confirmed: false });
    expect(session.defaultSession.spellChecker).toBe(false);
  });

  const isSaved = (url: string): boolean => {
    const download = new FakeEvent();
    session.defaultSession.emit('will-download', download, { getURL: () => url });
    return !download.defaultPrevented;
  };

  it('includes saving what the page made itself', () => {
    expect(isSaved('blob:app://gatehouse/0a1b2c3d-0000-4000-8000-000000000000')).toBe(true);
  });

  it.each([
    'https://example.org/program.exe',
    'app://gatehouse/index.html',
    'blob:https://example.org/0a1b',
    'blob:app://elsewhere/0a1b',
    'blob:null/0a1b',
    'blob:blob:app://gatehouse/0a1b',
    'blob:app://gatehouse@example.org/0a1b',
    'blob:app://gatehouse.example.org/0a1b',
    'data:text/plain,hello',
    'file:///etc/passwd',
    '',
  ])('includes no download of %s', (url) => {
    expect(isSaved(url)).toBe(false);
  });
});

describe('the request filter', () => {
  const isCancelled = (url: string, devTools = false): boolean => {
    setupRequestFilter(session.defaultSession as unknown as Session, { devTools });
    const callback = vi.fn<(answer: { cancel: boolean }) => void>();
    session.defaultSession.handlers.get('beforeRequest')?.({ url } as never, callback as never);
    return callback.mock.calls[0]?.[0].cancel ?? false;
  };

  it('lets our own files and inlined pictures through', () => {
    expect(isCancelled('app://gatehouse/assets/main.js')).toBe(false);
    expect(isCancelled('data:image/png;base64,AA')).toBe(false);
  });

  it.each([
    'https://example.org/',
    'http://127.0.0.1:4280/',
    'ws://127.0.0.1:9/',
    'wss://example.org/',
    'file:///etc/passwd',
    'devtools://devtools/x',
    'not an address',
  ])('cuts off %s', (url) => {
    expect(isCancelled(url)).toBe(true);
  });

  it('opens the developer tools in a checkout only', () => {
    expect(isCancelled('devtools://devtools/x', true)).toBe(false);
  });
});
