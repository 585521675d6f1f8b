import { beforeEach, describe, expect, it, vi } from 'vitest';
import { setupContentsGuard } from '../../../../main/electron/contents-guard.ts';
import { BrowserWindow, FakeEvent, resetElectron } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(() => {
  resetElectron();
  setupContentsGuard();
});

describe('every page, whoever made it', () => {
  it.each(['will-frame-navigate', 'will-redirect', 'will-attach-webview'])('is kept from %s', (name) => {
    const event = new FakeEvent();
    new BrowserWindow().webContents.emit(name, event);
    expect(event.defaultPrevented).toBe(true);
  });

  it('opens no window, not even for https', () => {
    const { openHandler } = new BrowserWindow().webContents;
    expect(openHandler?.({ url: 'https://example.org/' })).toEqual({ action: 'deny' });
    expect(openHandler?.({ url: 'app://gatehouse/' })).toEqual({ action: 'deny' });
  });
});
