import { join } from 'node:path';
import { app, Menu, nativeImage, Tray } from 'electron';

export interface GatehouseTray {
  /** Shows how many questions wait for the person. */
  setWaiting(count: number): void;
}

/** The icon beside the clock. */
export function setupTray(modules: {
  assetsDir: string;
  platform: NodeJS.Platform;
  show: () => void;
  stopAll: () => void;
}): GatehouseTray {
  const { assetsDir, platform, show, stopAll } = modules;
  const image = (name: string) => nativeImage.createFromPath(join(assetsDir, name));
  // macOS colours a template image itself, and says the count beside it.
  const calm = image(platform === 'darwin' ? 'trayTemplate.png' : 'tray.png');
  const calling = platform === 'darwin' ? calm : image('tray-waiting.png');

  const tray = new Tray(calm);
  tray.on('click', show);

  const setWaiting = (count: number): void => {
    const sentence = waitingSentence(count);
    tray.setImage(count === 0 ? calm : calling);
    tray.setToolTip(count === 0 ? 'Gatehouse' : `Gatehouse: ${sentence}`);
    if (platform === 'darwin') tray.setTitle(count === 0 ? '' : String(count));
    // On Linux a menu is shown by the desktop, which sees changes only in a new one.
    tray.setContextMenu(
      Menu.buildFromTemplate([
        ...(count === 0 ? [] : [{ label: sentence, click: show }, { type: 'separator' } as const]),
        { label: 'Show Gatehouse', click: show },
        { label: 'Stop all', click: stopAll },
        { type: 'separator' },
        {
          label: 'Quit',
          click: () => {
            app.quit();
          },
        },
      ]),
    );
    app.setBadgeCount(count);
  };
  setWaiting(0);
  app.once('will-quit', () => {
    tray.destroy();
  });
  return { setWaiting };
}

function waitingSentence(count: number): string {
  return count === 1 ? '1 call waits for you' : `${String(count)} calls wait for you`;
}
