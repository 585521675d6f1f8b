import type { WayResult } from './compare.ts';

const columns = [
  'way',
  'unavailable',
  'address',
  'calls',
  'concurrency',
  'failures',
  'failure',
  'p50',
  'p95',
  'p99',
  'callsPerSecond',
  'mibPerSecond',
  'cpuSeconds',
] as const satisfies readonly (keyof WayResult)[];

/** What was measured as CSV (RFC 4180), one line a way. The histogram and the series are left out. */
export const waysAsCsv = (ways: readonly WayResult[]): string =>
  [columns.join(','), ...ways.map((way) => columns.map((column) => cell(way[column])).join(','))]
    .map((line) => `${line}\r\n`)
    .join('');

/** Spreadsheets take what begins with these for a formula, and sentences may quote a peer. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return value.toString();
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
