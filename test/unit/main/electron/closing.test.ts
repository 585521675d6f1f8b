import type { BrowserWindow as RealWindow } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { setupClosing } from '../../../../main/electron/closing.ts';
import { setupMenu } from '../../../../main/electron/menu.ts';
import type { ShellState } from '../../../../main/electron/shell-state.ts';
import {
  app,
  BrowserWindow,
  dialog,
  type FakeEvent,
  Menu,
  resetElectron,
} from '../../../fixtures/fake-electron.ts';
import { eventually } from '../../../fixtures/eventually.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(resetElectron);

const KEEP = 0;
const QUIT = 1;
const CANCEL = 2;

function open(platform: NodeJS.Platform, onClose: ShellState['onClose'] = null) {
  const window = new BrowserWindow();
  window.show();
  let state: ShellState = { bounds: null, maximised: false, onClose };
  const file = {
    get state() {
      return state;
    },
    change: (change: Partial<ShellState>) => void (state = { ...state, ...change }),
    flush: () => Promise.resolve(),
  };
  const quitting = { begun: false, onQuit: vi.fn() };
  app.on('before-quit', (event: FakeEvent) => {
    quitting.begun = true;
    event.preventDefault();
  });
  setupMenu({ state: file, platform });
  setupClosing(window as unknown as RealWindow, { state: file, quitting, platform });
  return { window, file, quitting };
}

describe('closing the window', () => {
  it('leaves the app in the Dock on macOS, and a click there brings it back', () => {
    const { window } = open('darwin');
    window.close();
    expect([window.visible, window.destroyed, app.quitCount]).toEqual([false, false, 0]);
    app.emit('activate');
    expect(window.visible).toBe(true);
  });

  it.each(['linux', 'win32'] as const)('asks first on %s', async (platform) => {
    dialog.answer = { response: KEEP, checkboxChecked: false };
    const { window, file } = open(platform);
    window.close();
    window.close();
    await eventually(() => expect(window.visible).toBe(false));
    expect(dialog.questions).toHaveLength(1);
    expect(dialog.questions[0]?.buttons).toEqual(['Keep running', 'Quit', 'Cancel']);
    expect(file.state.onClose).toBeNull();
    expect(app.quitCount).toBe(0);
  });

  it('quits where that is the answer', async () => {
    dialog.answer = { response: QUIT, checkboxChecked: false };
    open('linux').window.close();
    await eventually(() => expect(app.quitCount).toBe(1));
  });

  it('does neither where the person thinks better of it, and remembers nothing', async () => {
    dialog.answer = { response: CANCEL, checkboxChecked: true };
    const { window, file } = open('linux');
    window.close();
    await eventually(() => expect(dialog.questions).toHaveLength(1));
    await Promise.resolve();
    expect([window.visible, app.quitCount, file.state.onClose]).toEqual([true, 0, null]);
    window.close();
    expect(dialog.questions).toHaveLength(2);
  });

  it('remembers the answer where asked to, and shows it in the menu', async () => {
    dialog.answer = { response: KEEP, checkboxChecked: true };
    const { window, file } = open('linux');
    window.close();
    await eventually(() => expect(file.state.onClose).toBe('keep'));
    expect(Menu.current?.getMenuItemById('keep-running')?.checked).toBe(true);
    window.show();
    window.close();
    expect(window.visible).toBe(false);
    expect(dialog.questions).toHaveLength(1);
  });

  it('quits unasked where that was remembered', () => {
    open('win32', 'quit').window.close();
    expect(app.quitCount).toBe(1);
    expect(dialog.questions).toEqual([]);
  });

  it('is not in the way of quitting', () => {
    const { window, quitting } = open('linux');
    quitting.begun = true;
    window.close();
    expect(window.destroyed).toBe(true);
  });
});
