import { describe, expect, it } from 'vitest';
import type { Blamed, Report } from '../../reports.ts';
import { failsTheRun, summarise, type Outcome } from '../../summary.ts';

const blamed = (name: string): Blamed => ({ file: 'test/a.test.ts', name, error: 'Error: it rained' });

function ran(report: Partial<Report> | null, trouble: string | null = null): Outcome {
  const totals = { passed: 3, secondTry: 0, failed: 0, skipped: 1 };
  return {
    kind: 'ran',
    seconds: 12.3,
    trouble,
    report: report === null ? null : { totals, failed: [], secondTry: [], ...report },
  };
}
const failing = ran({
  totals: { passed: 1, secondTry: 0, failed: 1, skipped: 0 },
  failed: [blamed('opens')],
});
const tryingTwice = ran({
  totals: { passed: 2, secondTry: 1, failed: 0, skipped: 0 },
  secondTry: [blamed('closes')],
});

describe('the summary of a test run', () => {
  it('is short where all is well', () => {
    const skipped: Outcome = { kind: 'not run', why: 'there is no Electron', fails: false };
    const results = [
      { name: 'unit', outcome: ran({}) },
      { name: 'electron', outcome: skipped },
    ];
    expect(summarise(results)).toEqual([
      'unit         3 passed, 0 failed, 1 skipped in 12 s',
      'electron     not run: there is no Electron',
      '3 passed, 0 failed, 1 skipped',
    ]);
  });

  it('names what failed and what passed at the second try, in all suites, and ends with the total', () => {
    const results = [
      { name: 'unit', outcome: failing },
      { name: 'integration', outcome: tryingTwice },
    ];
    expect(summarise(results)).toEqual([
      'unit         1 passed, 1 failed, 0 skipped in 12 s',
      'integration  2 passed, 0 failed, 0 skipped in 12 s, 1 of the passed at the second try',
      '',
      'passed at the second try: test/a.test.ts › closes',
      '    Error: it rained',
      'failed: test/a.test.ts › opens',
      '    Error: it rained',
      '',
      '3 passed, 1 failed, 0 skipped',
    ]);
  });

  it('counts a suite as failed that ended badly, or left no report', () => {
    const results = [
      { name: 'unit', outcome: ran({}, 'ended with code 1') },
      { name: 'lab', outcome: ran(null, 'did not finish within 10 minutes') },
    ];
    expect(summarise(results)).toEqual([
      'unit         3 passed, 1 failed, 1 skipped in 12 s, ended with code 1',
      'lab          0 passed, 1 failed, 0 skipped in 12 s, did not finish within 10 minutes',
      '3 passed, 2 failed, 1 skipped',
    ]);
  });

  it('stays within the end of a log that is cut', () => {
    const many = Array.from({ length: 300 }, (_, index) => blamed(`number ${index}`));
    const totals = { passed: 300, secondTry: 300, failed: 300, skipped: 0 };
    const lines = summarise([
      { name: 'integration', outcome: ran({ totals, failed: many, secondTry: many }) },
    ]);
    expect(lines.length).toBeLessThan(150);
    expect(lines).toContain('failed: 240 more');
    expect(lines).toContain('passed at the second try: 300 more');
  });

  it('lets a run fail by a failed test and by trouble, and not by a second try', () => {
    expect([failing, ran({}, 'ended with code 1'), ran(null, 'left no report')].map(failsTheRun)).toEqual([
      true,
      true,
      true,
    ]);
    expect([ran({}), tryingTwice].map(failsTheRun)).toEqual([false, false]);
    expect(failsTheRun({ kind: 'not run', why: 'no Chromium', fails: true })).toBe(true);
    expect(failsTheRun({ kind: 'not run', why: 'no Electron', fails: false })).toBe(false);
  });
});
