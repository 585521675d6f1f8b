/**
 * `npm start`: the desktop app; where it cannot run, the headless program with the same interface in a browser.
 * What is missing or older than its sources is built first. Arguments are passed on, such as `-- --demo`.
 */
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { findDesktopApp, runDesktopApp } from './desktop-app.ts';
import { ensureBuilt } from './ensure-built.ts';
import { runHeadless } from './run-headless.ts';
import { stalePartsOf } from './stale.ts';

chdir(fileURLToPath(new URL('..', import.meta.url)));
const args = process.argv.slice(2);
const app = await findDesktopApp();
if ('why' in app) process.stderr.write(`${app.why}\n`);

// The desktop app runs the peers of its demo by the headless program.
const shell = 'binary' in app ? ['main', 'preload'] : [];
const failure = await ensureBuilt(async () => [...(await stalePartsOf(['renderer', 'headless'])), ...shell]);
if (failure !== null) {
  process.stderr.write(`${failure}Gatehouse could not be built.\n`);
  process.exit(1);
}
if ('binary' in app) process.exitCode = await runDesktopApp(app.binary, args);
else await runHeadless(['serve', '--open', ...args]);
