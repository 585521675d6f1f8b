/**
 * `npm start`: the desktop app; where it cannot run, the headless program with the same interface in a browser.
 * What is missing or older than its sources is built first. Arguments are passed on, such as `-- --demo`.
 */
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../main/headless/program.ts';
import { processTerminal } from '../main/headless/terminal.ts';
import { version } from '../main/headless/version.ts';
import { findDesktopApp, runDesktopApp } from './desktop-app.ts';
import { runProgram } from './run-tool.ts';
import { rendererIsStale } from './stale.ts';

const BUILD_MS = 5 * 60_000;

chdir(fileURLToPath(new URL('..', import.meta.url)));
const args = process.argv.slice(2);
const app = await findDesktopApp();
const parts = [
  ...((await rendererIsStale()) ? ['renderer'] : []),
  ...('binary' in app ? ['main', 'preload'] : []),
];
if ('why' in app) process.stderr.write(`${app.why}\n`);
if (parts.length > 0) await build(parts);
process.exitCode =
  'binary' in app
    ? await runDesktopApp(app.binary, args)
    : await runCommandLine(['serve', '--open', ...args], processTerminal(), version);

async function build(names: readonly string[]): Promise<void> {
  const { code, output } = await runProgram(process.execPath, ['scripts/build.ts', ...names], {
    output: 'keep',
    deadlineMs: BUILD_MS,
  });
  if (code !== 0) {
    process.stderr.write(`${output}Gatehouse could not be built.\n`);
    process.exit(1);
  }
}
