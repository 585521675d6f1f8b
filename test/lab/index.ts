/**
 * `npm run lab [scenario…]`: real hosts in networks made of namespaces, bridges and routers. Needs root. A scenario is
 * named by its number, or by a word of its file's name.
 */
import { join } from 'node:path';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../scripts/run-tool.ts';
import { stalePartsOf } from '../../scripts/stale.ts';
import { findChromium } from '../find-chromium.ts';
import { RESULTS, runLab, tableOf, whyNoLab } from './run-lab.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(args: readonly string[]): Promise<number> {
  const split = args.indexOf('--');
  const names = split === -1 ? args : args.slice(0, split);
  const why = whyNoLab();
  if (why !== null) {
    say(`The lab cannot run here: ${why}.`);
    return 1;
  }
  const stale =
    process.env['GATEHOUSE_OUT'] !== undefined ? [] : await stalePartsOf(['headless', 'renderer']);
  if (stale.length > 0) {
    const built = await runProgram(process.execPath, ['scripts/build.ts', ...stale], {
      output: 'show',
      deadlineMs: 180_000,
    });
    if (built.code !== 0) return 1;
  }
  const chromium = await findChromium();
  say(chromium.found);
  const { finished, figures, left } = await runLab({
    words: names.map((name) => (/^\d$/.test(name) ? join('lab', `${name}-`) : name)),
    report: join(RESULTS, 'report.json'),
    env: chromium.path === null ? {} : { GATEHOUSE_CHROMIUM: chromium.path },
    extra: split === -1 ? [] : args.slice(split + 1),
  });
  if (figures.length > 0) say(`\n${tableOf(figures)}`);
  for (const sentence of left) say(sentence);
  say(`\nThe lab took ${finished.seconds.toFixed(0)} s; the logs of its hosts are in ${RESULTS}.`);
  return finished.code === 0 && left.length === 0 ? 0 : 1;
}

chdir(fileURLToPath(new URL('../..', import.meta.url)));
process.exitCode = await main(process.argv.slice(2));
