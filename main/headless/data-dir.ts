import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export interface DataDirSources {
  /** What `--data` gave. */
  readonly given: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

/**
 * The folder of one installation: `--data`, else `GATEHOUSE_DATA`, else where the platform keeps such things
 * (on Linux the XDG Base Directory Specification, whose paths must be absolute).
 */
export function dataDirFrom({ given, env, platform, home }: DataDirSources): string {
  const chosen = given ?? env['GATEHOUSE_DATA'];
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  if (platform === 'win32') return join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Gatehouse');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Gatehouse');
  const xdg = env['XDG_DATA_HOME'];
  return join(xdg?.startsWith('/') === true ? xdg : join(home, '.local', 'share'), 'gatehouse');
}

/** {@link dataDirFrom} for this process. */
export function dataDir(given: string | undefined): string {
  return dataDirFrom({ given, env: process.env, platform: process.platform, home: homedir() });
}
