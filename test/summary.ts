/** What `npm test` says at its end: a line for each suite, the tests that failed, and the total of all. */
import type { Blamed, Report, Totals } from './reports.ts';

export type Outcome =
  | {
      readonly kind: 'ran';
      /** Null where the runner left none. */
      readonly report: Report | null;
      readonly seconds: number;
      /** What was wrong beside the tests that failed. */
      readonly trouble: string | null;
    }
  | { readonly kind: 'not run'; readonly why: string; readonly fails: boolean };

export interface SuiteResult {
  readonly name: string;
  readonly outcome: Outcome;
}

/** Together with the lines of the suites, this stays within the last 150 lines, which is what some logs are cut to. */
const MOST_NAMED = 60;

const none: Totals = { passed: 0, secondTry: 0, failed: 0, skipped: 0 };

/** A suite that failed without any test to blame counts as one failure. */
function totalsOf(outcome: Outcome): Totals {
  switch (outcome.kind) {
    case 'not run':
      return outcome.fails ? { ...none, failed: 1 } : none;
    case 'ran': {
      const totals = outcome.report?.totals ?? none;
      return outcome.trouble !== null && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
    }
  }
}

export const failsTheRun = (outcome: Outcome): boolean => totalsOf(outcome).failed > 0;

const inWords = ({ passed, failed, skipped }: Totals): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

function lineOf({ name, outcome }: SuiteResult): string {
  if (outcome.kind === 'not run') return `${name.padEnd(12)} not run: ${outcome.why}`;
  const totals = totalsOf(outcome);
  const second = totals.secondTry === 0 ? '' : `, ${totals.secondTry} of the passed at the second try`;
  const trouble = outcome.trouble === null ? '' : `, ${outcome.trouble}`;
  return `${name.padEnd(12)} ${inWords(totals)} in ${outcome.seconds.toFixed(0)} s${second}${trouble}`;
}

/** Two lines a test: where it is, and what it said. */
function listOf(what: string, tests: readonly Blamed[], room: number): string[] {
  const lines = tests
    .slice(0, room)
    .flatMap(({ file, name, error }) => [
      `${what}: ${file === null ? '' : `${file} › `}${name}`,
      `    ${error}`,
    ]);
  return tests.length > room ? [...lines, `${what}: ${tests.length - room} more`] : lines;
}

function addUp(all: readonly Totals[]): Totals {
  return all.reduce(
    (sum, { passed, secondTry, failed, skipped }) => ({
      passed: sum.passed + passed,
      secondTry: sum.secondTry + secondTry,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
    }),
    none,
  );
}

/** The lines of the summary. The last one is the total: machines read it. */
export function summarise(results: readonly SuiteResult[]): string[] {
  const reports = results.flatMap(({ outcome }) =>
    outcome.kind === 'ran' && outcome.report !== null ? [outcome.report] : [],
  );
  const failed = reports.flatMap((report) => report.failed);
  const secondTry = reports.flatMap((report) => report.secondTry);
  const forFailed = Math.min(failed.length, MOST_NAMED);
  const lists = [
    ...listOf('passed at the second try', secondTry, MOST_NAMED - forFailed),
    ...listOf('failed', failed, MOST_NAMED),
  ];
  return [
    ...results.map(lineOf),
    ...(lists.length === 0 ? [] : ['', ...lists, '']),
    inWords(addUp(results.map(({ outcome }) => totalsOf(outcome)))),
  ];
}
