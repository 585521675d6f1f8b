import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { runProgram } from './run-tool.ts';

const BUILD_MS = 5 * 60_000;
const lock = 'out/building.lock';

/**
 * Builds what is stale, one process at a time: two hosts that are started together do not build into each
 * other's files, and the second finds the work done.
 * @returns null, or what the build said where it failed
 */
export async function ensureBuilt(stale: () => Promise<readonly string[]>): Promise<string | null> {
  if ((await stale()).length === 0) return null;
  await mkdir('out', { recursive: true });
  const giveUp = Date.now() + BUILD_MS;
  while (!(await takeLock())) {
    if (Date.now() > giveUp) return `Another build does not end. Remove ${lock} if none runs.\n`;
    await pause(100);
  }
  try {
    const parts = await stale();
    if (parts.length === 0) return null;
    const { code, output } = await runProgram(process.execPath, ['scripts/build.ts', ...parts], {
      output: 'keep',
      deadlineMs: BUILD_MS,
    });
    return code === 0 ? null : output;
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
    // Empty: it is being written, or has just been removed.
    if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
