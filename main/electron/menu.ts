import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import type { ShellStateFile } from './shell-state.ts';

export const KEEP_RUNNING_ITEM = 'keep-running';

/** The menu bar: roles of the system wherever there is one, so that the usual shortcuts work. */
export function setupMenu(modules: { state: ShellStateFile; platform: NodeJS.Platform }): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(modules, !app.isPackaged)));
}

function menuTemplate(
  { state, platform }: { state: ShellStateFile; platform: NodeJS.Platform },
  isDevelopment: boolean,
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  const keepRunning: MenuItemConstructorOptions = {
    id: KEEP_RUNNING_ITEM,
    label: 'Keep Running When Closed',
    type: 'checkbox',
    checked: state.state.onClose === 'keep',
    click: (item) => {
      state.change({ onClose: item.checked ? 'keep' : 'quit' });
    },
  };
  const about: MenuItemConstructorOptions = { role: 'help', submenu: [{ role: 'about' }] };
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File',
      submenu: isMac
        ? [{ role: 'close' }]
        : [keepRunning, { type: 'separator' }, { role: 'close' }, { role: 'quit' }],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        ...(isDevelopment
          ? ([{ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' }] as const)
          : []),
      ],
    },
    { role: 'windowMenu' },
    ...(isMac ? [] : [about]),
  ];
}
