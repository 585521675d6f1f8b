import { useCallback, useDeferredValue, useEffect, useRef, useState } from 'react';
import type { CallView } from '../../shared/calls.ts';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost, useLive } from '../state/hooks.ts';
import { peerLabel } from '../words/peer-names.ts';
import { MAX_HELD, mergeCalls, passes, type CallFilter } from './call-log.ts';

const PAGE = 200;
const TYPING_MS = 200;

export interface Calls {
  /** Oldest first. */
  readonly rows: readonly CallView[];
  readonly loading: boolean;
  readonly error: string | null;
  /** There is nothing older. */
  readonly complete: boolean;
  readonly loadOlder: () => void;
}

interface Held {
  readonly filter: CallFilter;
  readonly calls: readonly CallView[];
  readonly complete: boolean;
}

/** Live calls and pages from the records, filtered, in one list without gaps at its new end. */
export function useCalls(filter: CallFilter, following: boolean): Calls {
  const live = useLive((state) => state.calls);
  const peers = useLive((state) => state.peers);
  const host = useHost();
  const [held, setHeld] = useState<Held>({ filter, calls: [], complete: false });
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const busy = useRef(false);
  const settled = useSettled(filter);

  const load = useCallback(
    async (calls: readonly CallView[], wanted: CallFilter) => {
      if (busy.current) return;
      busy.current = true;
      setLoading(true);
      setError(null);
      try {
        const oldest = calls[0];
        const page = await host((client) =>
          client.calls.page({
            limit: PAGE,
            ...(oldest === undefined ? {} : { before: oldest.id }),
            ...(wanted.text.trim() === '' ? {} : { text: wanted.text.trim().slice(0, 200) }),
            ...(wanted.direction === '' ? {} : { direction: wanted.direction }),
            ...(wanted.status === '' ? {} : { status: wanted.status }),
          }),
        );
        setHeld((before) => ({
          filter: wanted,
          // Live state is newer than a page that was read a moment ago.
          calls: mergeCalls(page, before.filter === wanted ? before.calls : []),
          complete: page.length < PAGE,
        }));
      } catch (caught) {
        setError(sentenceOf(caught));
      } finally {
        busy.current = false;
        setLoading(false);
      }
    },
    [host],
  );

  useEffect(() => {
    setHeld({ filter: settled, calls: [], complete: false });
    void load([], settled);
  }, [settled, load]);

  // Live calls are taken in for as long as the page is open, since they leave the live state after a while.
  useEffect(() => {
    setHeld((before) => {
      const matching = Object.values(live).filter((call) =>
        passes(call, before.filter, peerLabel(peers[call.peerId], call.peerId)),
      );
      const merged = mergeCalls(before.calls, matching);
      if (merged === before.calls) return before;
      const surplus = following ? merged.length - MAX_HELD : 0;
      return surplus > 0
        ? { ...before, calls: merged.slice(surplus), complete: false }
        : { ...before, calls: merged };
    });
  }, [live, peers, following, held.filter]);

  const loadOlder = useCallback(() => {
    if (held.complete || held.calls.length === 0 || held.calls.length >= 2 * MAX_HELD) return;
    void load(held.calls, held.filter);
  }, [held, load]);

  return { rows: useDeferredValue(held.calls), loading, error, complete: held.complete, loadOlder };
}

/** The filter once the typing has paused. */
function useSettled(filter: CallFilter): CallFilter {
  const [settled, setSettled] = useState(filter);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(filter), TYPING_MS);
    return () => clearTimeout(timer);
  }, [filter]);
  return settled;
}
