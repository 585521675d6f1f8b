import { test } from 'vitest';
import { Lab } from './lab.ts';

/** One scenario: a test with a lab of its own, which is taken down and looked over for leftovers, whatever comes. */
export function scenario(name: string, promise: string, run: (lab: Lab) => Promise<void>): void {
  test(`${name} ${promise}`, async () => {
    const lab = await Lab.create(name);
    let failure: Error | null = null;
    try {
      await run(lab);
    } catch (error) {
      failure = asError(error);
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
