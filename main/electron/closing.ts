import { app, dialog, Menu, type BrowserWindow } from 'electron';
import { KEEP_RUNNING_ITEM } from './menu.ts';
import type { Quitting } from './quitting.ts';
import type { ShellStateFile } from './shell-state.ts';

/**
 * What closing the window means. On macOS the app stays in the Dock, as apps do there. Elsewhere the person
 * is asked once whether the agents go on being reached: an app that only seems to have ended would be a trap.
 */
export function setupClosing(
  window: BrowserWindow,
  modules: { state: ShellStateFile; quitting: Quitting; platform: NodeJS.Platform },
): void {
  const { state, quitting, platform } = modules;
  let asking = false;

  window.on('close', (event) => {
    if (quitting.begun) return;
    event.preventDefault();
    if (platform === 'darwin' || state.state.onClose === 'keep') {
      window.hide();
    } else if (state.state.onClose === 'quit') {
      app.quit();
    } else if (!asking) {
      asking = true;
      void ask(window, state).finally(() => {
        asking = false;
      });
    }
  });

  app.on('activate', () => {
    window.show();
  });
  // Without a listener Electron quits by itself; only `before-quit` may end the app.
  app.on('window-all-closed', () => undefined);
}

async function ask(window: BrowserWindow, state: ShellStateFile): Promise<void> {
  const { response, checkboxChecked } = await dialog.showMessageBox(window, {
    type: 'question',
    title: 'Gatehouse',
    message: 'Keep Gatehouse running?',
    detail:
      'While it runs, your contacts can reach your agents and you are told when one of them asks. ' +
      'Start Gatehouse again, or use its icon in the tray, to see this window.',
    buttons: ['Keep running', 'Quit', 'Cancel'],
    defaultId: 0,
    cancelId: 2,
    checkboxLabel: 'Do this each time',
    checkboxChecked: false,
  });
  const answer = response === 0 ? 'keep' : response === 1 ? 'quit' : null;
  if (answer === null) return;
  if (checkboxChecked) {
    state.change({ onClose: answer });
    const item = Menu.getApplicationMenu()?.getMenuItemById(KEEP_RUNNING_ITEM);
    if (item) item.checked = answer === 'keep';
  }
  if (answer === 'keep') window.hide();
  else app.quit();
}
