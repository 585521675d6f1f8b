import { isStale } from './stale.ts';

/**
 * Runs the headless program in this process: as it was built, which starts faster and takes less memory, or from
 * its sources where these are newer. A stale build never runs.
 */
export async function runHeadless(args: readonly string[]): Promise<void> {
  process.argv.splice(2, Infinity, ...args);
  if (await isStale('headless')) await import('../main/headless/index.ts');
  else await import(new URL('../out/headless/index.js', import.meta.url).href);
}
