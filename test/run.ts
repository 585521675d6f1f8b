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
import {
  readPlaywright,
  readReport,
  readUnhandled,
  readVitest,
  withUnhandled,
  type Report,
} from './reports.ts';
import { failsTheRun, summarise, type Outcome, type SuiteResult } from './summary.ts';

type SuiteName = 'unit' | 'integration' | 'browser' | 'electron' | 'lab';

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
  read: (report: unknown) => Report,
): Promise<Outcome> {
  const path = join(reports, `${name}.json`);
  const unhandled = join(reports, `${name}-unhandled.json`);
  for (const old of [path, unhandled]) await rm(old, { force: true });
  const { code, timedOut, seconds } = await runTool(tool.script, tool.args, {
    output: 'show',
    deadlineMs,
    env: { ...tool.env, PLAYWRIGHT_JSON_OUTPUT_NAME: path, GATEHOUSE_UNHANDLED: unhandled },
  });
  const report = withUnhandled((await readReport(path, read)) ?? null, await readUnhandled(unhandled));
  const trouble = timedOut
    ? `did not finish within ${deadlineMs / minute} minutes`
    : troubleWith(report, code);
  return { kind: 'ran', report, seconds, trouble };
}

/** What was wrong with a run beside the tests that failed. */
function troubleWith(report: Report | null, code: number | null): string | null {
  if (report === null) return `ended with code ${code ?? 'none'} and left no report`;
  const { passed, failed } = report.totals;
  if (passed + failed === 0) return 'ran no test';
  return code !== 0 && failed === 0 ? `ended with code ${code ?? 'none'}` : null;
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
        '--reporter=./test/unhandled-errors.ts',
        `--outputFile.json=${join(reports, `${name}.json`)}`,
        ...extra,
      ],
    },
    readVitest,
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
    readPlaywright,
  );

/** The scenarios; what is left behind after them counts as a failure. */
async function lab(env: Record<string, string>, extra: readonly string[]): Promise<Outcome> {
  const path = join(reports, 'lab.json');
  await rm(path, { force: true });
  const { finished, figures, left } = await runLab({ words: [], report: path, env, extra });
  say(tableOf(figures));
  const { code, timedOut, seconds } = finished;
  const report = (await readReport(path, readVitest)) ?? null;
  const trouble = timedOut ? 'did not finish in time' : troubleWith(report, code);
  return { kind: 'ran', report, seconds, trouble: trouble ?? (left.length === 0 ? null : left.join(' ')) };
}

const suites: readonly Suite[] = [
  { name: 'unit', needsRenderer: () => false, run: (extra) => vitest('unit', 6 * minute, extra) },
  {
    name: 'integration',
    needsRenderer: () => true,
    run: (extra) => vitest('integration', 20 * minute, extra),
  },
  {
    name: 'browser',
    needsRenderer: () => true,
    async run(extra) {
      const { path, found } = await findChromium();
      say(found);
      if (path === null) return { kind: 'not run', why: 'there is no Chromium', fails: true };
      return playwright('browser', 12 * minute, { GATEHOUSE_CHROMIUM: path }, extra);
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

  const results: SuiteResult[] = [];
  for (const { name, run } of chosen) {
    say(`\n== ${name}`);
    results.push({ name, outcome: await run(extra) });
  }
  say('');
  for (const line of summarise(results)) say(line);
  return results.some(({ outcome }) => failsTheRun(outcome)) ? 1 : 0;
}

chdir(fileURLToPath(new URL('..', import.meta.url)));
process.exitCode = await main(process.argv.slice(2));
