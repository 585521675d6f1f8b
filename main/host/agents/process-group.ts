import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 25;

function send(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/** Signals a whole process group; on Windows ends the process tree, whatever the signal. */
export function signalGroup(group: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (process.platform !== 'win32') {
    send(group, signal);
    return;
  }
  execFile('taskkill', ['/pid', String(group), '/T', '/F'], { windowsHide: true }, () => {
    // It may be gone already; whether it is shows in its exit.
  });
}

async function goneWithin(group: number, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (send(group, 0)) {
    if (Date.now() >= deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** Ends what a program has left behind in its group: SIGTERM, then SIGKILL after `graceMs`. */
export async function sweepGroup(group: number, graceMs: number): Promise<void> {
  if (process.platform === 'win32' || !send(group, 'SIGTERM')) return;
  if (await goneWithin(group, graceMs)) return;
  send(group, 'SIGKILL');
  await goneWithin(group, 1000);
}
