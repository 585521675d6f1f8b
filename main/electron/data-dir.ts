import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';

/**
 * The folder of this installation, the same one that the `gatehouse` command takes by default. Chromium's own
 * profile lies beside the host's files, in a folder of its own. Throws where it cannot be made.
 */
export function setupDataDir(given: string | null): string {
  const dataDir =
    given ?? usualDataDir(process.platform, process.env, app.getPath('appData'), app.getPath('home'));
  const profile = join(dataDir, 'desktop');
  // Before there is a window to hold up; Electron takes only a folder that is there.
  mkdirSync(profile, { recursive: true, mode: 0o700 });
  app.setPath('userData', profile);
  return dataDir;
}

/** Where the platform keeps such things; `dataDirFrom` of the headless shell says the same. Pure. */
export function usualDataDir(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
  appData: string,
  home: string,
): string {
  const chosen = env['GATEHOUSE_DATA'];
  if (chosen !== undefined && chosen !== '') return chosen;
  if (platform !== 'linux') return join(appData, 'Gatehouse');
  const xdg = env['XDG_DATA_HOME'];
  return join(xdg?.startsWith('/') === true ? xdg : join(home, '.local', 'share'), 'gatehouse');
}
