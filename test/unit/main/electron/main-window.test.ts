import { once } from 'node:events';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createMainWindow, type MainWindow } from '../../../../main/electron/main-window.ts';
import type { ShellState, ShellStateFile } from '../../../../main/electron/shell-state.ts';
import { app, BrowserWindow, nativeTheme, resetElectron } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));
beforeEach(resetElectron);

function memoryState(start: Partial<ShellState> = {}): ShellStateFile {
  let state: ShellState = { bounds: null, maximised: false, onClose: null, ...start };
  return {
    get state() {
      return state;
    },
    change: (change) => void (state = { ...state, ...change }),
    flush: () => Promise.resolve(),
  };
}

function open(state = memoryState()): { main: MainWindow; fake: BrowserWindow; state: ShellStateFile } {
  const main = createMainWindow({ state, preload: '/app/out/preload/index.cjs' });
  const [fake] = BrowserWindow.all;
  if (fake === undefined) throw new Error('No window was made.');
  return { main, fake, state };
}

describe('the window', () => {
  it('is locked down', () => {
    const { fake } = open();
    expect(fake.options['webPreferences']).toEqual({
      preload: '/app/out/preload/index.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
      disableDialogs: true,
      devTools: true,
    });
  });

  it('has no developer tools in an installed copy', () => {
    app.isPackaged = true;
    expect(open().fake.options['webPreferences']).toMatchObject({ devTools: false });
  });

  it('loads the interface and shows itself once that is drawn', async () => {
    const { fake } = open();
    await once(fake, 'loading');
    expect(fake.loads).toEqual(['app://gatehouse/']);
    expect(fake.visible).toBe(false);
    fake.emit('ready-to-show');
    expect(fake.visible).toBe(true);
  });

  it('has the ground colour of the theme, and follows it until it is closed', () => {
    nativeTheme.shouldUseDarkColors = true;
    const { fake } = open();
    expect(fake.options['backgroundColor']).toBe('#13161a');
    nativeTheme.shouldUseDarkColors = false;
    nativeTheme.emit('updated');
    expect(fake.background).toBe('#f4f6f8');
    fake.close();
    expect(nativeTheme.listenerCount('updated')).toBe(0);
  });

  it('comes to the front at the page it is asked for, without loading anything anew', () => {
    const { main, fake } = open();
    fake.minimised = true;
    main.show({ page: 'approvals' });
    expect(fake.loads).toEqual(['app://gatehouse/#/approvals']);
    expect([fake.visible, fake.focused, fake.minimised]).toEqual([true, true, false]);
    main.show({ page: 'approvals' });
    main.show();
    expect(fake.loads).toHaveLength(1);
  });

  it('opens an invite as a part of the address that can be nothing else', () => {
    const { main, fake } = open();
    main.show({ page: 'peers', invite: 'gatehouse://invite/AbC#/../?x=1' });
    expect(fake.loads).toEqual([
      'app://gatehouse/#/peers/use-invite/gatehouse%3A%2F%2Finvite%2FAbC%23%2F..%2F%3Fx%3D1',
    ]);
  });

  it('keeps its place, and the one from before it was maximised', () => {
    const { fake, state } = open(memoryState({ bounds: { x: 50, y: 60, width: 900, height: 700 } }));
    expect(fake.options).toMatchObject({ x: 50, y: 60, width: 900, height: 700 });
    fake.moveTo({ x: 70, y: 80, width: 950, height: 750 });
    fake.maximize();
    expect(state.state).toMatchObject({ maximised: true, bounds: { x: 70, y: 80, width: 950, height: 750 } });
    fake.unmaximize();
    expect(state.state.maximised).toBe(false);
  });

  it('opens maximised where it was', () => {
    expect(open(memoryState({ maximised: true })).fake.maximised).toBe(true);
  });

  it('does not take the place of a minimised window for a place', () => {
    const { fake, state } = open();
    fake.minimised = true;
    fake.moveTo({ x: -32_000, y: -32_000, width: 160, height: 28 });
    expect(state.state.bounds).toBeNull();
  });

  it('does nothing once it is closed', () => {
    const { main, fake } = open();
    fake.close();
    main.show({ page: 'calls' });
    expect(fake.loads).toEqual([]);
  });
});
