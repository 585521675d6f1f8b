import { ChartNoAxesColumn } from 'lucide-react';
import { useMemo } from 'react';
import type { PeerView } from '../../shared/peers.ts';
import { Button } from '../parts/button.tsx';
import { Empty } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { useLive } from '../state/hooks.ts';
import { href, MAKE_INVITE } from '../state/route.ts';
import { duration, whole } from '../words/format.ts';
import { comparePeers } from '../words/peer-names.ts';
import { compareSentence } from '../words/ways.ts';
import { CompareForm } from './compare-form.tsx';
import { ExportMenu } from './export-menu.tsx';
import { Results } from './results.tsx';
import { useComparison, type ComparisonState } from './use-comparison.ts';

const isContact = ({ trust }: PeerView): boolean => trust === 'known' || trust === 'trusted';

/** Choose a peer and what to call, run it, see what came of it. */
export function Measure({ wanted }: { wanted: string | null }) {
  const peers = useLive((live) => live.peers);
  const contacts = useMemo(() => Object.values(peers).filter(isContact).toSorted(comparePeers), [peers]);
  const comparison = useComparison();
  const { state } = comparison;
  if (contacts.length === 0) return <NoContacts />;
  return (
    <div className="flex max-w-260 flex-col gap-6">
      <CompareForm
        contacts={contacts}
        wanted={wanted}
        running={state.kind === 'running'}
        onRun={comparison.start}
      />
      <Progress state={state} onCancel={comparison.cancel} />
      <Outcome state={state} />
    </div>
  );
}

function Progress({ state, onCancel }: { state: ComparisonState; onCancel: () => void }) {
  if (state.kind !== 'running') return null;
  const { done, total } = state;
  const share = total === 0 ? 0 : Math.min(1, done / total);
  return (
    <div className="flex items-center gap-3">
      <div
        role="progressbar"
        aria-label="Calls made"
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
        className="h-2 min-w-0 flex-1 overflow-hidden rounded-full border border-strong-line bg-sunken"
      >
        <div className="h-full bg-accent" style={{ width: `${(share * 100).toString()}%` }} />
      </div>
      <p className="numbers shrink-0 text-dim">
        {total === 0 ? 'Looking which ways can be had…' : `${whole(done)} of ${whole(total)} calls`}
      </p>
      <Button onClick={onCancel}>Cancel</Button>
    </div>
  );
}

function Outcome({ state }: { state: ComparisonState }) {
  return (
    <>
      <p role="status" aria-label="Outcome" className="text-lg font-semibold empty:hidden">
        {outcomeWords(state)}
      </p>
      {state.kind === 'ended' ? <Problem text={state.sentence} /> : null}
      {state.kind === 'idle' ? null : state.kind === 'done' ? (
        <Results ways={state.comparison.ways} action={<ExportMenu measured={state.comparison} />} />
      ) : state.ways.length === 0 ? null : (
        <Results ways={state.ways} />
      )}
    </>
  );
}

function outcomeWords(state: ComparisonState): string {
  if (state.kind === 'done') {
    const { ways, startedAt, endedAt } = state.comparison;
    return `${compareSentence(ways)} Measured in ${duration(endedAt - startedAt)}.`;
  }
  if (state.kind === 'ended' && state.sentence === null) {
    return state.ways.length === 0 ? 'Cancelled.' : 'Cancelled. This had been measured by then.';
  }
  return '';
}

const NoContacts = () => (
  <Empty icon={<ChartNoAxesColumn size={32} strokeWidth={1.5} />} title="There is nobody to compare ways to">
    <p>
      Ways are measured to contacts, since nobody else sends test lines back. Meet one first, then see which
      way to it is fastest.
    </p>
    <p>
      <a href={href('peers', MAKE_INVITE)}>Make an invite</a>
    </p>
  </Empty>
);
