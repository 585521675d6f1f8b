import { describe, expect, it } from 'vitest';
import { addUp, countPlaywright, countVitest, inWords, readTotals } from '../../reports.ts';

const vitestReport = {
  numPassedTests: 5,
  numFailedTests: 1,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [
    { name: 'a.test.ts', status: 'failed', assertionResults: [{}, {}] },
    { name: 'b.test.ts', status: 'passed', assertionResults: [{}] },
  ],
};

describe('the totals of a test run', () => {
  it('counts what Vitest reports', () => {
    expect(countVitest(vitestReport)).toEqual({ passed: 5, failed: 1, skipped: 3 });
  });

  it('counts a file that broke before its first test', () => {
    const broken = { name: 'c.test.ts', status: 'failed', assertionResults: [] };
    const report = { ...vitestReport, testResults: [...vitestReport.testResults, broken] };
    expect(countVitest(report).failed).toBe(2);
  });

  it('counts what Playwright reports, and a flaky test as a failure', () => {
    const report = { stats: { expected: 4, unexpected: 1, flaky: 1, skipped: 2 }, errors: [] };
    expect(countPlaywright(report)).toEqual({ passed: 4, failed: 2, skipped: 2 });
  });

  it('counts an error outside any Playwright test', () => {
    const report = { stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 0 }, errors: [{}] };
    expect(countPlaywright(report).failed).toBe(1);
  });

  it('finds no totals where a runner left no report', async () => {
    expect(await readTotals('/nowhere/report.json', countVitest)).toBeUndefined();
  });

  it('adds up in the words that the last line uses', () => {
    const all = [
      { passed: 1, failed: 0, skipped: 2 },
      { passed: 3, failed: 1, skipped: 0 },
    ];
    expect(inWords(addUp(all))).toBe('4 passed, 1 failed, 2 skipped');
  });
});
