import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

export interface Totals {
  readonly passed: number;
  /** How many of the passed ones failed at their first try. */
  readonly secondTry: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A test that failed, at its only try or at its first. */
export interface Blamed {
  /** From the repository; null where the runner named none. */
  readonly file: string | null;
  readonly name: string;
  /** The first line of its first error. */
  readonly error: string;
}

export interface Report {
  readonly totals: Totals;
  readonly failed: readonly Blamed[];
  readonly secondTry: readonly Blamed[];
}

/** What Vitest's `json` reporter writes, as far as we read it. */
const VitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()),
        }),
      ),
    }),
  ),
});

/** What Playwright's `json` reporter writes, as far as we read it. */
const PlaywrightSuite = z.object({
  title: z.string(),
  file: z.string(),
  specs: z.array(
    z.object({
      title: z.string(),
      tests: z.array(
        z.object({
          status: z.string(),
          results: z.array(z.object({ errors: z.array(z.object({ message: z.string().optional() })) })),
        }),
      ),
    }),
  ),
  get suites() {
    return z.array(PlaywrightSuite).optional();
  },
});
const PlaywrightReport = z.object({
  stats: z.object({
    expected: z.number(),
    unexpected: z.number(),
    flaky: z.number(),
    skipped: z.number(),
  }),
  suites: z.array(PlaywrightSuite),
  errors: z.array(z.object({ message: z.string().optional() })),
});

const LONGEST_ERROR = 300;

function firstLine(messages: readonly (string | undefined)[]): string {
  const lines = messages.flatMap((message) => stripVTControlCharacters(message ?? '').split('\n'));
  const line = lines.map((text) => text.trim()).find((text) => text !== '') ?? 'It gave no error.';
  return line.length > LONGEST_ERROR ? `${line.slice(0, LONGEST_ERROR - 1)}…` : line;
}

const inOneName = (titles: readonly string[]): string => titles.filter((title) => title !== '').join(' › ');

/**
 * Reads a Vitest report. A file that failed without a test to blame, by a broken import or in a hook, counts as one
 * failure, so that it cannot hide behind the tests it kept from running. A test that passed and has errors all the
 * same had them at its first try.
 */
export function readVitest(report: unknown): Report {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } =
    VitestReport.parse(report);
  const failed: Blamed[] = [];
  const secondTry: Blamed[] = [];
  let brokenFiles = 0;
  for (const { name, status, message, assertionResults } of testResults) {
    const file = relative('.', name);
    for (const { ancestorTitles, title, status: result, failureMessages } of assertionResults) {
      const blamed = (): Blamed => ({
        file,
        name: inOneName([...ancestorTitles, title]),
        error: firstLine(failureMessages),
      });
      if (result === 'failed') failed.push(blamed());
      else if (result === 'passed' && failureMessages.length > 0) secondTry.push(blamed());
    }
    if (status !== 'failed' || assertionResults.some(({ status: result }) => result === 'failed')) continue;
    brokenFiles += 1;
    failed.push({ file, name: 'outside of its tests', error: firstLine([message]) });
  }
  const totals = {
    passed: numPassedTests,
    secondTry: secondTry.length,
    failed: numFailedTests + brokenFiles,
    skipped: numPendingTests + numTodoTests,
  };
  return { totals, failed, secondTry };
}

/** Reads a Playwright report. An error outside any test is a failure. */
export function readPlaywright(report: unknown): Report {
  const { stats, suites, errors } = PlaywrightReport.parse(report);
  const failed: Blamed[] = [];
  const secondTry: Blamed[] = [];
  const read = (suite: z.infer<typeof PlaywrightSuite>, titles: readonly string[]): void => {
    for (const { title, tests } of suite.specs) {
      for (const { status, results } of tests) {
        if (status !== 'unexpected' && status !== 'flaky') continue;
        const messages = results.flatMap((result) => result.errors.map(({ message }) => message));
        const blamed = {
          file: suite.file,
          name: inOneName([...titles, title]),
          error: firstLine(messages),
        };
        (status === 'flaky' ? secondTry : failed).push(blamed);
      }
    }
    for (const inner of suite.suites ?? []) read(inner, [...titles, inner.title]);
  };
  // The outermost suites are the files.
  for (const suite of suites) read(suite, []);
  for (const { message } of errors)
    failed.push({ file: null, name: 'outside of any test', error: firstLine([message]) });
  const totals = {
    passed: stats.expected + stats.flaky,
    secondTry: stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
  };
  return { totals, failed, secondTry };
}

/** @returns what the report says, or `undefined` where the runner left none that can be read */
export async function readReport(
  path: string,
  read: (report: unknown) => Report,
): Promise<Report | undefined> {
  try {
    return read(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** @returns the messages that `unhandled-errors.ts` has kept */
export async function readUnhandled(path: string): Promise<string[]> {
  try {
    return z.array(z.string()).parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // It was never reached, or this runner has its own way to tell.
    return [];
  }
}

/** Each error outside of any test is a failure. */
export function withUnhandled(report: Report | null, messages: readonly string[]): Report | null {
  if (report === null || messages.length === 0) return report;
  const unhandled = messages.map((message) => ({
    file: null,
    name: 'outside of any test',
    error: firstLine([message]),
  }));
  const totals = { ...report.totals, failed: report.totals.failed + messages.length };
  return { ...report, totals, failed: [...report.failed, ...unhandled] };
}
