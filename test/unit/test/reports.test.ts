import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readPlaywright, readReport, readUnhandled, readVitest, withUnhandled } from '../../reports.ts';

const run = promisify(execFile);

const tried = (title: string, status: string, ...failureMessages: string[]) => ({
  ancestorTitles: ['', 'a room'],
  title,
  status,
  failureMessages,
});

const vitestReport = {
  numPassedTests: 5,
  numFailedTests: 1,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [
    {
      name: resolve('test/unit/a.test.ts'),
      status: 'failed',
      message: '',
      assertionResults: [
        tried('opens', 'passed'),
        tried('closes', 'failed', 'AssertionError: expected 1 to be 2\n    at a.test.ts:3', 'Error: later'),
      ],
    },
    {
      name: resolve('test/unit/b.test.ts'),
      status: 'passed',
      message: '',
      assertionResults: [tried('is quick', 'passed', 'TestTimeoutError: Test timed out in 50ms.\nIf this')],
    },
  ],
};

describe('a report of Vitest', () => {
  it('is counted', () => {
    const { totals } = readVitest(vitestReport);
    expect(totals).toEqual({ passed: 5, secondTry: 1, failed: 1, skipped: 3 });
  });

  it('names what failed, and what passed at the second try', () => {
    const { failed, secondTry } = readVitest(vitestReport);
    expect(failed).toEqual([
      {
        file: 'test/unit/a.test.ts',
        name: 'a room › closes',
        error: 'AssertionError: expected 1 to be 2',
      },
    ]);
    expect(secondTry).toEqual([
      {
        file: 'test/unit/b.test.ts',
        name: 'a room › is quick',
        error: 'TestTimeoutError: Test timed out in 50ms.',
      },
    ]);
  });

  it.each([
    ['before its first test', []],
    ['in a hook', [tried('is never run', 'skipped')]],
  ])('counts a file that broke %s', (_when, assertionResults) => {
    const name = resolve('test/unit/c.test.ts');
    const broken = { name, status: 'failed', message: 'Cannot find module', assertionResults };
    const report = { ...vitestReport, testResults: [...vitestReport.testResults, broken] };
    const { totals, failed } = readVitest(report);
    expect(totals.failed).toBe(2);
    expect(failed[1]).toEqual({
      file: 'test/unit/c.test.ts',
      name: 'outside of its tests',
      error: 'Cannot find module',
    });
  });

  it('shows second tries as the Vitest writes it that is installed here', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(
      join(folder, 'some.test.js'),
      `let tries = 0;
      test('passes at once', () => {});
      test('is good at the second try', () => expect((tries += 1)).toBe(2));
      test('is bad twice', () => expect('this').toBe('that'));
      test('leaves something behind', () => void Promise.reject(new Error('Nobody waited for this.')));`,
    );
    const path = join(folder, 'report.json');
    const vitest = [resolve('node_modules/vitest/vitest.mjs'), 'run', '--root', folder];
    const unhandled = join(folder, 'unhandled.json');
    const own = `--reporter=${resolve('test/unhandled-errors.ts')}`;
    const options = ['--globals', '--retry=1', '--reporter=json', own, `--outputFile.json=${path}`];
    const env = { ...process.env, GATEHOUSE_UNHANDLED: unhandled };
    await expect(run(process.execPath, [...vitest, ...options], { env })).rejects.toMatchObject({ code: 1 });
    const report = readVitest(JSON.parse(await readFile(path, 'utf8')));
    const whole = withUnhandled(report, await readUnhandled(unhandled));
    expect(whole?.totals).toEqual({ passed: 3, secondTry: 1, failed: 2, skipped: 0 });
    expect(whole?.failed.map(({ name }) => name)).toEqual(['is bad twice', 'outside of any test']);
    expect(whole?.failed[1]?.error).toBe('Error: Nobody waited for this.');
    expect(whole?.secondTry.map(({ name }) => name)).toEqual(['is good at the second try']);
  }, 60_000);
});

describe('a report of Playwright', () => {
  const spec = (title: string, status: string, ...messages: string[]) => ({
    title,
    tests: [{ status, results: messages.map((message) => ({ errors: [{ message }] })) }],
  });
  const file = { title: 'pages.spec.ts', file: 'test/browser/pages.spec.ts' };
  const report = {
    stats: { expected: 4, unexpected: 1, flaky: 1, skipped: 2 },
    errors: [],
    suites: [
      {
        ...file,
        specs: [
          spec('opens', 'expected'),
          spec('closes', 'unexpected', '\u001B[31mError: no\u001B[39m\n at'),
        ],
        suites: [{ ...file, title: 'settings', specs: [spec('change', 'flaky', 'Error: slow')] }],
      },
    ],
  };

  it('is counted', () => {
    expect(readPlaywright(report).totals).toEqual({ passed: 5, secondTry: 1, failed: 1, skipped: 2 });
  });

  it('names what failed, and what passed at the second try', () => {
    const { failed, secondTry } = readPlaywright(report);
    expect(failed).toEqual([{ file: file.file, name: 'closes', error: 'Error: no' }]);
    expect(secondTry).toEqual([{ file: file.file, name: 'settings › change', error: 'Error: slow' }]);
  });

  it('counts an error outside any test', () => {
    const stats = { expected: 0, unexpected: 0, flaky: 0, skipped: 0 };
    const { totals, failed } = readPlaywright({
      stats,
      suites: [],
      errors: [{ message: 'Error: no config' }],
    });
    expect(totals.failed).toBe(1);
    expect(failed).toEqual([{ file: null, name: 'outside of any test', error: 'Error: no config' }]);
  });
});

it('finds nothing where a runner left no report', async () => {
  expect(await readReport('/nowhere/report.json', readVitest)).toBeUndefined();
});
