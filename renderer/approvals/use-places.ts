import { useEffect, useMemo, useRef, useState } from 'react';
import type { ApprovalView, ReviewView } from '../../shared/gate.ts';
import type { LiveState } from '../../shared/live.ts';

/** A card that was on the page; it keeps its place after its question is gone, so that nothing moves. */
export type Place =
  | { readonly kind: 'approval'; readonly view: ApprovalView; readonly gone: boolean }
  | { readonly kind: 'review'; readonly view: ReviewView; readonly gone: boolean };

const MAX_PLACES = 100;

/** Oldest first; new ones come last; gone ones stay until cleared or until nothing waits and the page is left. */
export function usePlaces(
  approvals: LiveState['approvals'],
  reviews: LiveState['reviews'],
): { places: readonly Place[]; clear: () => void } {
  const seen = useRef(new Map<string, Place>());
  const [version, setVersion] = useState(0);
  const places = useMemo(() => {
    for (const view of Object.values(approvals))
      seen.current.set(view.id, { kind: 'approval', view, gone: false });
    for (const view of Object.values(reviews))
      seen.current.set(view.id, { kind: 'review', view, gone: false });
    return [...seen.current.values()]
      .map((place): Place => {
        const { id } = place.view;
        const gone = (place.kind === 'approval' ? approvals[id] : reviews[id]) === undefined;
        return { ...place, gone };
      })
      .toSorted((a, b) => a.view.askedAt - b.view.askedAt || (a.view.id < b.view.id ? -1 : 1));
    // `version` counts clearings.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [approvals, reviews, version]);
  const clear = () => {
    for (const { view, gone } of places) if (gone) seen.current.delete(view.id);
    setVersion((number) => number + 1);
  };
  // Bounded: a page left open for days does not keep every card it ever showed.
  useEffect(() => {
    if (places.length > MAX_PLACES) clear();
  });
  return { places, clear };
}
