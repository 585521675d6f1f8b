import { pathToFileURL } from 'node:url';
import { app } from 'electron';

/**
 * Runs the `gatehouse` command instead of the app: `Gatehouse --cli status`. The command is a program of its
 * own, loaded by its path, so that the two shells stay apart.
 *
 * @param script the built command
 * @param args what follows `--cli`
 */
export async function runCommandLine(script: string, args: readonly string[]): Promise<void> {
  if (process.platform === 'darwin') app.dock?.hide();
  process.argv = [process.execPath, script, ...args];
  await import(pathToFileURL(script).href);
}
