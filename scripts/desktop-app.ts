import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { hasDisplay } from '../main/headless/open-browser.ts';
import { runProgram } from './run-tool.ts';

/** How long Electron's own installer may take to fetch its binary, in milliseconds. */
const INSTALL_MS = 5 * 60_000;

const electronFolder = join('node_modules', 'electron');

/** Electron's binary as its package names it, or null where it has not been fetched. */
export async function electronBinary(folder: string = electronFolder): Promise<string | null> {
  try {
    const binary = join(folder, 'dist', (await readFile(join(folder, 'path.txt'), 'utf8')).trim());
    return existsSync(binary) ? binary : null;
  } catch {
    return null;
  }
}

const instead = 'so Gatehouse runs without it and offers its interface to a browser.';

/** Why the desktop app cannot run here, in one sentence; or its binary, fetched if need be. */
export async function findDesktopApp(): Promise<{ binary: string } | { why: string }> {
  const there = await electronBinary();
  if (!hasDisplay(process.platform, process.env)) {
    const binary =
      there === null
        ? "Electron's binary is missing and there is no display to fetch it for"
        : 'There is no display for the desktop app';
    return { why: `${binary}, ${instead}` };
  }
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    return { why: `Electron's desktop app does not run as root, ${instead}` };
  }
  if (there !== null) return { binary: there };
  const installer = join(electronFolder, 'install.js');
  if (existsSync(installer)) {
    await runProgram(process.execPath, [installer], { output: 'keep', deadlineMs: INSTALL_MS });
    const fetched = await electronBinary();
    if (fetched !== null) return { binary: fetched };
  }
  return { why: `Electron's binary is missing and could not be downloaded, ${instead}` };
}

/** Runs the desktop app to its end, and resolves with its exit code. Signals are passed on. */
export async function runDesktopApp(binary: string, args: readonly string[]): Promise<number> {
  // The peers of the demo run on a plain Node, which the app's own binary refuses to be.
  const env = { ...process.env, GATEHOUSE_NODE: process.execPath };
  const child = spawn(binary, ['.', ...args], { stdio: 'inherit', env });
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', passOn);
  process.on('SIGTERM', passOn);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        resolve(code ?? 128 + (signal === null ? 1 : constants.signals[signal])),
      );
    });
  } finally {
    process.off('SIGINT', passOn);
    process.off('SIGTERM', passOn);
  }
}
