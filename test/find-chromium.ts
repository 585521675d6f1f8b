import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { runProgram } from '../scripts/run-tool.ts';

export interface Chromium {
  readonly path: string;
  /** One line for the person: which one, and where it came from. */
  readonly found: string;
}

export type ChromiumSearch = Chromium | { readonly path: null; readonly found: string };

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const minute = 60_000;

function onThePath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const command of commands) {
    for (const folder of folders) {
      const candidate = join(folder, command);
      if (existsSync(candidate)) return candidate;
    }
  }
  return undefined;
}

/** The one Playwright would download; it is not asked to, since its host is often out of reach. */
async function ofPlaywright(): Promise<string | undefined> {
  const { chromium } = await import('@playwright/test');
  const path = chromium.executablePath();
  return path !== '' && existsSync(path) ? path : undefined;
}

async function fromDebian(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return undefined;
  const apt = (args: readonly string[]) =>
    runProgram('apt-get', args, {
      output: 'keep',
      deadlineMs: 5 * minute,
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  process.stdout.write('Chromium: none here, installing it with apt-get…\n');
  const install = ['install', '-y', '--no-install-recommends', 'chromium'];
  if ((await apt(install)).code !== 0) {
    // The usual reason on a fresh machine: no package lists yet.
    await apt(['update']);
    const { code, output } = await apt(install);
    if (code !== 0) process.stderr.write(`apt-get could not install Chromium:\n${output.slice(-2000)}\n`);
  }
  return onThePath();
}

/** Finds a Chromium or gets one: named, of the system, Playwright's own, then Debian's where we are root. */
export async function findChromium(): Promise<ChromiumSearch> {
  const named = process.env['GATEHOUSE_CHROMIUM'];
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return { path: named, found: `Chromium: ${named}, named in GATEHOUSE_CHROMIUM.` };
    return { path: null, found: `Chromium: GATEHOUSE_CHROMIUM names ${named}, and there is no such file.` };
  }
  const system = onThePath();
  if (system !== undefined) return { path: system, found: `Chromium: ${system}, of this system.` };
  const own = await ofPlaywright();
  if (own !== undefined) return { path: own, found: `Chromium: ${own}, Playwright's own.` };
  const installed = await fromDebian();
  if (installed !== undefined)
    return { path: installed, found: `Chromium: ${installed}, just installed from Debian.` };
  return {
    path: null,
    found: 'Chromium: none found; install chromium or name one in GATEHOUSE_CHROMIUM.',
  };
}

/** Electron's binary comes from outside the npm registry; the package is often there without it. */
export function findElectron(): string | undefined {
  const folder = join(createRequire(import.meta.url).resolve('electron/package.json'), '..', 'dist');
  const binary = {
    linux: 'electron',
    win32: 'electron.exe',
    darwin: 'Electron.app/Contents/MacOS/Electron',
  } as const;
  const platform = process.platform;
  if (platform !== 'linux' && platform !== 'win32' && platform !== 'darwin') return undefined;
  const path = join(folder, binary[platform]);
  return existsSync(path) ? path : undefined;
}
