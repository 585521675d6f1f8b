import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 500;

/** Jiffies since the start of the machine: idle ones, and all. */
async function times(): Promise<{ idle: number; all: number }> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const counts = line.split(/\s+/).slice(1).map(Number);
  return { idle: (counts[3] ?? 0) + (counts[4] ?? 0), all: counts.reduce((sum, count) => sum + count, 0) };
}

/**
 * Waits until the processors have something to spare. All machines of the lab share those of one: what is measured
 * while thirty of them start says nothing of the network.
 * @returns whether it came to that in time
 */
export async function untilCalm(withinMs: number, idleShare = 0.5): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  let before = await times();
  while (Date.now() < deadline) {
    await delay(LOOK_MS);
    const now = await times();
    if ((now.idle - before.idle) / (now.all - before.all) >= idleShare) return true;
    before = now;
  }
  return false;
}
