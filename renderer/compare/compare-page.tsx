import { ComparePlaces } from './compare-places.tsx';
import { Measure } from './measure.tsx';
import { PastCalls } from './past-calls.tsx';
import { PAST } from './places.ts';
import { PageHead } from '../parts/page.tsx';

/** The ways to a peer side by side: measured now, or by what past calls took. */
export function ComparePage({ rest }: { rest: readonly string[] }) {
  const [first] = rest;
  const past = first === PAST;
  return (
    <>
      <PageHead title="Compare" note={past ? 'By calls on record' : 'The same calls over each way, in turns'}>
        <ComparePlaces past={past} />
      </PageHead>
      <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-8 mid:px-5">
        {past ? <PastCalls /> : <Measure key={first ?? ''} wanted={first ?? null} />}
      </div>
    </>
  );
}
