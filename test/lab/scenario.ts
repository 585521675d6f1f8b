import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { Lab } from './lab.ts';

const MINUTE = 60_000;
/** Beyond what a scenario may take, for taking everything down. */
const TAKE_DOWN_MS = MINUTE;

/** Says how far a scenario is. */
export type Say = (what: string) => void;

/**
 * One scenario: a test with a lab of its own, which is taken down and looked over for leftovers, whatever comes.
 * @param withinMs how long it may take, on a slow machine
 */
export function scenario(
  name: string,
  promise: string,
  run: (lab: Lab, say: Say) => Promise<void>,
  withinMs = 3 * MINUTE,
): void {
  test(`${name} ${promise}`, { timeout: withinMs + TAKE_DOWN_MS }, async () => {
    const lab = await Lab.create(name);
    const late = new AbortController();
    let failure: Error | null = null;
    try {
      await Promise.race([run(lab, speaker(name)), tooLate(withinMs, late.signal)]);
    } catch (error) {
      failure = asError(error);
    } finally {
      late.abort();
    }
    try {
      await lab.stop();
    } catch (error) {
      // What failed first is the cause; what was left behind after it is worth a look, too.
      if (failure === null) throw error;
      failure.message += `\n\n${asError(error).message}`;
    }
    if (failure !== null) throw failure;
  });
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Lines with the time since the start: on the terminal, and in the log beside those of the hosts. */
function speaker(name: string): Say {
  const started = Date.now();
  return (what) => {
    const line = `   ${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${what}\n`;
    process.stdout.write(line);
    const results = process.env['LAB_RESULTS'];
    if (results !== undefined) appendFileSync(join(results, name, 'steps.log'), line);
  };
}

function tooLate(ms: number, over: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`It did not end within ${ms / 1000} s.`)), ms);
    over.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}
