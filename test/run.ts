/**
 * `npm test`: does its own set-up, runs every suite, each with a deadline, and ends with the total of all.
 * `npm test -- unit browser` runs just those. Arguments after `--` go to the test runner.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { runProgram, runTool } from '../scripts/run-tool.ts';
import { isStale } from '../scripts/stale.ts';
import { findChromium, findElectron } from './find-chromium.ts';
import { runLab, tableOf, whyNoLab } from './lab/run-lab.ts';
import { addUp, countPlaywright, countVitest, inWords, readTotals, type Totals } from './reports.ts';

type SuiteName = 'unit' | 'integration' | 'browser' | 'electron' | 'lab';

type Outcome =
  | {
      readonly kind: 'ran';
      readonly totals: Totals;
      readonly seconds: number;
      readonly trouble: string | null;
    }
  | { readonly kind: 'not run'; readonly why: string; readonly fails: boolean };

interface Suite {
  readonly name: SuiteName;
  needsRenderer(): boolean;
  run(extra: readonly string[]): Promise<Outcome>;
}

const minute = 60_000;
const reports = 'test-results/reports';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function execute(
  name: SuiteName,
  deadlineMs: number,
  tool: { readonly script: string; readonly args: readonly string[]; readonly env?: Record<string, string> },
  count: (report: unknown) => Totals,
): Promise<Outcome> {
  const report = join(reports, `${name}.json`);
  await rm(report, { force: true });
  const { code, timedOut, seconds } = await runTool(tool.script, tool.args, {
    output: 'show',
    deadlineMs,
    env: { ...tool.env, PLAYWRIGHT_JSON_OUTPUT_NAME: report },
  });
  const totals = await readTotals(report, count);
  if (timedOut) {
    return {
      kind: 'ran',
      totals: totals ?? { passed: 0, failed: 1, skipped: 0 },
      seconds,
      trouble: `did not finish within ${deadlineMs / minute} minutes`,
    };
  }
  if (totals === undefined) {
    return {
      kind: 'ran',
      totals: { passed: 0, failed: 1, skipped: 0 },
      seconds,
      trouble: `ended with code ${code ?? 'none'} and left no report`,
    };
  }
  const none = totals.passed + totals.failed === 0 ? 'ran no test' : null;
  const unexplained = code !== 0 && totals.failed === 0 ? `ended with code ${code ?? 'none'}` : null;
  return { kind: 'ran', totals, seconds, trouble: none ?? unexplained };
}

const vitest = (name: SuiteName, deadlineMs: number, extra: readonly string[]): Promise<Outcome> =>
  execute(
    name,
    deadlineMs,
    {
      script: 'vitest/vitest.mjs',
      args: [
        'run',
        '--project',
        name,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${join(reports, `${name}.json`)}`,
        ...extra,
      ],
    },
    countVitest,
  );

const playwright = (
  name: SuiteName,
  deadlineMs: number,
  env: Record<string, string>,
  extra: readonly string[],
): Promise<Outcome> =>
  execute(
    name,
    deadlineMs,
    {
      script: '@playwright/test/cli.js',
      args: ['test', '--project', name, '--reporter=list,json', ...extra],
      env,
    },
    countPlaywright,
  );

/** The scenarios; what is left behind after them counts as a failure. */
async function lab(env: Record<string, string>, extra: readonly string[]): Promise<Outcome> {
  const report = join(reports, 'lab.json');
  await rm(report, { force: true });
  const { finished, figures, left } = await runLab({ words: [], report, env, extra });
  say(tableOf(figures));
  const totals = await readTotals(report, countVitest);
  const { code, timedOut, seconds } = finished;
  if (timedOut || totals === undefined) {
    const trouble = timedOut
      ? 'did not finish in time'
      : `ended with code ${code ?? 'none'} and left no report`;
    return { kind: 'ran', totals: totals ?? { passed: 0, failed: 1, skipped: 0 }, seconds, trouble };
  }
  return { kind: 'ran', totals, seconds, trouble: left.length === 0 ? null : left.join(' ') };
}

const suites: readonly Suite[] = [
  { name: 'unit', needsRenderer: () => false, run: (extra) => vitest('unit', 3 * minute, extra) },
  {
    name: 'integration',
    needsRenderer: () => true,
    run: (extra) => vitest('integration', 10 * minute, extra),
  },
  {
    name: 'browser',
    needsRenderer: () => true,
    async run(extra) {
      const { path, found } = await findChromium();
      say(found);
      if (path === null) return { kind: 'not run', why: 'there is no Chromium', fails: true };
      return playwright('browser', 8 * minute, { GATEHOUSE_CHROMIUM: path }, extra);
    },
  },
  {
    name: 'electron',
    needsRenderer: () => findElectron() !== undefined,
    async run(extra) {
      if (findElectron() === undefined) {
        return { kind: 'not run', why: "Electron's binary is not installed here", fails: false };
      }
      const built = await runProgram(process.execPath, ['scripts/build.ts', 'main', 'preload'], {
        output: 'show',
        deadlineMs: 2 * minute,
      });
      if (built.code !== 0)
        return { kind: 'not run', why: 'the main process could not be built', fails: true };
      return playwright('electron', 5 * minute, {}, extra);
    },
  },
  {
    name: 'lab',
    needsRenderer: () => whyNoLab() === null,
    async run(extra) {
      const why = whyNoLab();
      if (why !== null) return { kind: 'not run', why, fails: false };
      const { path, found } = await findChromium();
      say(found);
      if (path === null) return { kind: 'not run', why: 'there is no Chromium', fails: true };
      return lab({ GATEHOUSE_CHROMIUM: path }, extra);
    },
  },
];

/** Builds what the suites run: the interface where it is stale, and the program, which takes a second. */
async function prepare(chosen: readonly Suite[]): Promise<void> {
  await mkdir(reports, { recursive: true });
  if (!chosen.some(({ needsRenderer }) => needsRenderer())) return;
  const build = async (part: string): Promise<boolean> => {
    const { code } = await runProgram(process.execPath, ['scripts/build.ts', part], {
      output: 'show',
      deadlineMs: 3 * minute,
    });
    return code === 0;
  };
  // The suites that need it will say so one by one; the others still run.
  if ((await isStale('renderer')) && !(await build('renderer'))) say('The renderer could not be built.');
  if (await build('headless')) process.env['GATEHOUSE_PROGRAM'] = resolve('out/headless/index.js');
  else say('The program could not be built: the suites run it from its sources.');
}

function describe(name: SuiteName, outcome: Outcome): string {
  switch (outcome.kind) {
    case 'not run':
      return `${name.padEnd(12)} not run: ${outcome.why}`;
    case 'ran': {
      const trouble = outcome.trouble === null ? '' : `, ${outcome.trouble}`;
      return `${name.padEnd(12)} ${inWords(outcome.totals)} in ${outcome.seconds.toFixed(0)} s${trouble}`;
    }
  }
}

const isBad = (outcome: Outcome): boolean =>
  outcome.kind === 'ran' ? outcome.trouble !== null || outcome.totals.failed > 0 : outcome.fails;

/** A suite that failed without any test to blame counts as one failure in the total. */
function toTotals(outcome: Outcome): Totals {
  if (outcome.kind === 'ran' && (outcome.totals.failed > 0 || outcome.trouble === null))
    return outcome.totals;
  if (!isBad(outcome)) return { passed: 0, failed: 0, skipped: 0 };
  const passed = outcome.kind === 'ran' ? outcome.totals.passed : 0;
  const skipped = outcome.kind === 'ran' ? outcome.totals.skipped : 0;
  return { passed, failed: 1, skipped };
}

async function main(args: readonly string[]): Promise<number> {
  const split = args.indexOf('--');
  const names = split === -1 ? args : args.slice(0, split);
  const extra = split === -1 ? [] : args.slice(split + 1);
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    say(`There is no suite ${unknown.join(', ')}: ${suites.map(({ name }) => name).join(', ')}.`);
    return 2;
  }
  const chosen = suites.filter(({ name }) => names.length === 0 || names.includes(name));
  await prepare(chosen);

  const results: { readonly name: SuiteName; readonly outcome: Outcome }[] = [];
  for (const { name, run } of chosen) {
    say(`\n== ${name}`);
    results.push({ name, outcome: await run(extra) });
  }
  say('');
  for (const { name, outcome } of results) say(describe(name, outcome));
  say(inWords(addUp(results.map(({ outcome }) => toTotals(outcome)))));
  return results.some(({ outcome }) => isBad(outcome)) ? 1 : 0;
}

chdir(fileURLToPath(new URL('..', import.meta.url)));
process.exitCode = await main(process.argv.slice(2));
