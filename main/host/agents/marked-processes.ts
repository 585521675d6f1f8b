import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a program and all that it starts inherit, so that they are found again whatever session they are in. */
export const MARK_VARIABLE = 'GATEHOUSE_AGENT_RUN';
/** Rounds of ending: something may be forked while the others are looked for. */
const ROUNDS = 20;
const BETWEEN_MS = 50;

/**
 * Processes whose environment began with a mark that starts so (proc(5), environ). Null where the system does not tell:
 * on anything but Linux. One that has wiped its own environment is not found, nor one of another account.
 */
export async function markedProcesses(mark: string): Promise<number[] | null> {
  if (process.platform !== 'linux') return null;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const sought = Buffer.from(`${MARK_VARIABLE}=${mark}`);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`).catch(() => null);
      return environment?.includes(sought) === true ? Number(pid) : null;
    }),
  );
  return found.filter((pid) => pid !== null);
}

/** Ends what carries the mark and is still there: SIGTERM once, then SIGKILL after `graceMs`. */
export async function endMarked(mark: string, graceMs: number): Promise<void> {
  let left = await markedProcesses(mark);
  if (left === null || left.length === 0) return;
  signal(left, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (left !== null && left.length > 0 && Date.now() < deadline) {
    await sleep(BETWEEN_MS);
    left = await markedProcesses(mark);
  }
  for (let round = 0; left !== null && left.length > 0 && round < ROUNDS; round += 1) {
    signal(left, 'SIGKILL');
    await sleep(BETWEEN_MS);
    left = await markedProcesses(mark);
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended by itself meanwhile.
    }
  }
}
