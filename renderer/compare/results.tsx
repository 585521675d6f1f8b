import type { ReactNode } from 'react';
import type { WayResult } from '../../shared/compare.ts';
import { Section } from '../parts/page.tsx';
import { Histogram } from './histogram.tsx';
import { ResultsTable } from './results-table.tsx';
import { TimeSeries } from './time-series.tsx';

/** The table first, then what it is drawn from. */
export const Results = ({ ways, action }: { ways: readonly WayResult[]; action?: ReactNode }) => (
  <div className="flex flex-col gap-6">
    <Section title="Results" action={action}>
      <ResultsTable ways={ways} />
    </Section>
    <div className="grid grid-cols-1 items-start gap-6 wide:grid-cols-2">
      <Histogram ways={ways} />
      <TimeSeries ways={ways} />
    </div>
  </div>
);
