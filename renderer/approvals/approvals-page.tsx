import { ShieldCheck } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { ApprovalView } from '../../shared/gate.ts';
import { Button } from '../parts/button.tsx';
import { Empty, PageHead } from '../parts/page.tsx';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { plural } from '../words/format.ts';
import { ApprovalCard } from './approval-card.tsx';

/** A card that was on the page; it keeps its place after its question is gone, so that nothing moves. */
interface Place {
  readonly approval: ApprovalView;
  readonly gone: boolean;
}

export function ApprovalsPage() {
  const approvals = useLive((live) => live.approvals);
  const { places, clear } = usePlaces(approvals);
  const waiting = places.filter((place) => !place.gone).length;
  const gone = places.length - waiting;
  return (
    <>
      <PageHead
        title="Approvals"
        note={
          places.length === 0
            ? undefined
            : waiting === 0
              ? 'Nothing waits for you'
              : `${plural(waiting, 'call')} waiting for you, oldest first`
        }
      >
        {gone > 0 && waiting > 0 ? (
          <Button kind="quiet" onClick={clear}>
            Clear {gone} answered
          </Button>
        ) : null}
      </PageHead>
      <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-6 mid:px-5">
        {places.length === 0 ? (
          <Empty icon={<ShieldCheck size={32} strokeWidth={1.5} />} title="Nothing waits for you">
            <p>
              When a contact calls a tool that no rule decides on, the call waits here with its exact
              arguments. Nothing runs before you allow it, and no answer in time means no. Calls of yours wait
              here too where their answer would not be encrypted.
            </p>
            <p>
              <a href={href('rules')}>See the rules</a> that decide without you.
            </p>
          </Empty>
        ) : (
          <ol className="flex max-w-180 flex-col gap-3" aria-label="Calls waiting for you">
            {places.map((place) => (
              <li key={place.approval.id}>
                <ApprovalCard approval={place.approval} gone={place.gone} />
              </li>
            ))}
          </ol>
        )}
      </div>
    </>
  );
}

/** Oldest first; new ones come last; gone ones stay until cleared or until nothing waits and the page is left. */
function usePlaces(approvals: Readonly<Record<string, ApprovalView>>): {
  places: readonly Place[];
  clear: () => void;
} {
  const seen = useRef(new Map<string, ApprovalView>());
  const [version, setVersion] = useState(0);
  const places = useMemo(() => {
    for (const approval of Object.values(approvals)) seen.current.set(approval.id, approval);
    return [...seen.current.values()]
      .map((approval) => ({ approval, gone: approvals[approval.id] === undefined }))
      .toSorted(
        (a, b) => a.approval.askedAt - b.approval.askedAt || (a.approval.id < b.approval.id ? -1 : 1),
      );
    // `version` counts clearings.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [approvals, version]);
  const clear = () => {
    for (const { approval, gone } of places) if (gone) seen.current.delete(approval.id);
    setVersion((number) => number + 1);
  };
  // Bounded: a page left open for days does not keep every card it ever showed.
  useEffect(() => {
    if (places.length > MAX_PLACES) clear();
  });
  return { places, clear };
}
const MAX_PLACES = 100;
