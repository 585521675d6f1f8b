import { useDeferredValue, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { CallView } from '../../shared/calls.ts';
import { useHost, useLive } from '../state/hooks.ts';
import { peerLabel } from '../words/peer-names.ts';
import { createCallList } from './call-list.ts';
import type { CallFilter } from './call-log.ts';

/** The records answer within 100 ms, however many there are: search goes along with the typing. */
const TYPING_MS = 120;

export interface Calls {
  /** Oldest first. */
  readonly rows: readonly CallView[];
  readonly loading: boolean;
  readonly error: string | null;
  /** There is nothing older. */
  readonly complete: boolean;
  readonly loadOlder: () => void;
}

/** Live calls and pages from the records, filtered, in one list without gaps at its new end. */
export function useCalls(filter: CallFilter, following: boolean): Calls {
  const calls = useLive((state) => state.calls);
  const peers = useLive((state) => state.peers);
  const host = useHost();
  const [list] = useState(() => createCallList((query) => host((client) => client.calls.page(query))));
  const state = useStore(list.store);
  const settled = useSettled(filter);

  useEffect(() => list.show(settled), [list, settled]);

  // Live calls are taken in for as long as the page is open, since they leave the live state after a while.
  useEffect(() => {
    list.take({ calls, nameOf: ({ peerId }) => peerLabel(peers[peerId], peerId) }, following);
  }, [list, calls, peers, following]);

  const { loading, error, complete } = state;
  return { rows: useDeferredValue(state.calls), loading, error, complete, loadOlder: list.older };
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
