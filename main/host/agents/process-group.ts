import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;

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

/**
 * Whether a process of the group still runs. One that has ended counts for the system until its parent has collected
 * it, which in a container may be never; Linux says which those are (proc(5): field 3 is the state, 5 the group).
 */
export async function isRunning(group: number): Promise<boolean> {
  if (!send(group, 0)) return false;
  if (process.platform !== 'linux') return true;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return stats.some((stat) => {
    const [state, , inGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(inGroup) === group && state !== 'Z' && state !== 'X';
  });
}

async function goneWithin(group: number, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (await isRunning(group)) {
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
