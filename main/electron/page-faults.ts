import { dialog, type BrowserWindow } from 'electron';

/** This many crashes within a minute are taken for a lasting fault. */
const MOST_CRASHES = 3;
const MINUTE_MS = 60_000;

/** Brings the page back when its process dies, and asks when it hangs. The host goes on meanwhile. */
export function setupPageFaults(
  window: BrowserWindow,
  modules: { log: (line: string) => void; now: () => number; quit: () => void },
): void {
  const { log, now, quit } = modules;
  let crashes: number[] = [];
  let asking = false;

  const ask = async (message: string, buttons: [string, string]): Promise<number> => {
    asking = true;
    try {
      const { response } = await dialog.showMessageBox(window, {
        type: 'warning',
        title: 'Gatehouse',
        message,
        detail: 'Your agents and your contacts are not affected.',
        buttons,
        defaultId: 0,
        cancelId: 0,
      });
      return response;
    } finally {
      asking = false;
    }
  };
  const reload = (): void => {
    if (!window.isDestroyed()) window.webContents.reload();
  };

  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return;
    log(`The page's process is gone: ${reason}, exit code ${String(exitCode)}.`);
    crashes = [...crashes.filter((at) => now() - at < MINUTE_MS), now()];
    if (crashes.length <= MOST_CRASHES) {
      reload();
      return;
    }
    if (asking) return;
    void ask('The window keeps failing.', ['Try again', 'Quit']).then((response) => {
      crashes = [];
      if (response === 0) reload();
      else quit();
    });
  });

  window.on('unresponsive', () => {
    log('The page does not respond.');
    if (asking) return;
    void ask('The window does not respond.', ['Wait', 'Load it again']).then((response) => {
      if (response === 1) reload();
    });
  });
}
