import type { WayResult } from '../../shared/compare.ts';
import { Hostile } from '../parts/hostile.tsx';
import { whole } from '../words/format.ts';
import { amount, milliseconds, wasMeasured, wayWords } from '../words/ways.ts';

interface Column {
  readonly name: string;
  readonly spoken?: string;
  readonly value: (way: WayResult) => number | null;
  readonly text: (value: number | null) => string;
  /** Which is best; null where there is no better. */
  readonly best: 'least' | 'most' | null;
}

const columns: readonly Column[] = [
  { name: 'p50', spoken: 'half took up to this', value: ({ p50 }) => p50, text: milliseconds, best: 'least' },
  { name: 'p95', value: ({ p95 }) => p95, text: milliseconds, best: 'least' },
  { name: 'p99', value: ({ p99 }) => p99, text: milliseconds, best: 'least' },
  { name: 'Calls/s', value: ({ callsPerSecond }) => callsPerSecond, text: amount, best: 'most' },
  { name: 'MiB/s', value: ({ mibPerSecond }) => mibPerSecond, text: amount, best: 'most' },
  { name: 'CPU s', value: ({ cpuSeconds }) => cpuSeconds, text: amount, best: 'least' },
];

const cell = 'px-3 py-2 text-right whitespace-nowrap';

/** One row a way; those that could not be had say why. */
export function ResultsTable({ ways }: { ways: readonly WayResult[] }) {
  const shown = columns.filter(({ value }) => ways.some((way) => value(way) !== null));
  const measured = ways.filter(wasMeasured);
  const isUneven = new Set(measured.map(({ concurrency }) => concurrency)).size > 1;
  const bests = new Map(shown.map((column) => [column.name, bestOf(column, measured)]));
  return (
    <div
      role="region"
      aria-label="Results by way"
      tabIndex={0}
      className="relative overflow-x-auto rounded-md border border-line bg-surface"
    >
      <table className="numbers w-full">
        <caption className="sr-only">What was measured, by way</caption>
        <thead>
          <tr className="border-b border-line text-sm text-dim">
            <th scope="col" className="sticky left-0 bg-surface px-3 py-1.5 text-left font-normal">
              Way
            </th>
            {shown.map(({ name, spoken }) => (
              <th key={name} scope="col" title={spoken} className={`${cell} !py-1.5 font-normal`}>
                {name}
              </th>
            ))}
            <th scope="col" className={`${cell} !py-1.5 font-normal`}>
              Failures
            </th>
          </tr>
        </thead>
        <tbody>
          {ways.map((way) => (
            <tr key={way.way} className="border-line align-top not-last:border-b">
              <th scope="row" className="sticky left-0 bg-surface px-3 py-2 text-left font-normal">
                <span className={`font-medium ${way.unavailable === null ? '' : 'text-dim'}`}>
                  {wayWords[way.way].name}
                </span>
                <span className="block text-sm whitespace-nowrap text-dim max-mid:sr-only">
                  {wayWords[way.way].meaning}
                </span>
                {isUneven && way.concurrency !== null ? (
                  <span className="block text-sm whitespace-nowrap text-dim">
                    {whole(way.concurrency)} at once
                  </span>
                ) : null}
                {way.address === null || way.address === '' ? null : (
                  <span
                    className="block max-w-64 truncate font-mono text-xs text-dim max-mid:hidden"
                    title={way.address}
                  >
                    {way.address}
                  </span>
                )}
              </th>
              {way.unavailable === null ? (
                <>
                  {shown.map(({ name, value, text }) => {
                    const number = value(way);
                    const isBest = number !== null && measured.length > 1 && number === bests.get(name);
                    return (
                      <td key={name} className={`${cell} ${isBest ? 'font-semibold' : ''}`}>
                        {text(number)}
                        {isBest ? <span className="sr-only">, best</span> : null}
                      </td>
                    );
                  })}
                  <td className={`${cell} ${way.failures > 0 ? 'text-bad' : 'text-dim'}`}>
                    {way.failures === 0 ? 'none' : `${whole(way.failures)} of ${whole(way.calls)}`}
                    {way.failure === null ? null : (
                      <span className="ml-auto block max-w-56 min-w-34 text-sm whitespace-normal">
                        <Hostile text={way.failure} max={200} />
                      </span>
                    )}
                  </td>
                </>
              ) : (
                <td colSpan={shown.length + 1} className="px-3 py-2 text-dim">
                  Not measured. <Hostile text={way.unavailable} max={300} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function bestOf({ value, best }: Column, ways: readonly WayResult[]): number | null {
  const numbers = ways.map(value).filter((number) => number !== null);
  if (best === null || numbers.length === 0) return null;
  return best === 'least' ? Math.min(...numbers) : Math.max(...numbers);
}
