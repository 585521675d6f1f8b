/** The list of the Calls page: pages from the records and live calls under one filter, without gaps at its new end. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CallQuery, CallView } from '../../shared/calls.ts';
import type { CallId } from '../../shared/ids.ts';
import { sentenceOf } from '../parts/use-action.ts';
import { filterQuery, MAX_HELD, mergeCalls, noFilter, takeLive, type CallFilter } from './call-log.ts';

const PAGE = 200;

export interface CallListState {
  /** Oldest first. */
  readonly calls: readonly CallView[];
  readonly loading: boolean;
  readonly error: string | null;
  /** There is nothing older. */
  readonly complete: boolean;
}

export type ReadPage = (query: CallQuery) => Promise<readonly CallView[]>;

/** What there is of a call outside the records. */
export interface LiveCalls {
  readonly calls: Readonly<Record<string, CallView>>;
  readonly nameOf: (call: CallView) => string;
}

export interface CallList {
  readonly store: StoreApi<CallListState>;
  /** Starts anew under a filter. What is still being read for an earlier one is dropped. */
  show(filter: CallFilter): void;
  /** Reads the next older page, unless a page is being read. */
  readonly older: () => void;
  /** Takes in what is live; `following` lets the oldest go where there are too many. */
  take(live: LiveCalls, following: boolean): void;
}

export function createCallList(read: ReadPage): CallList {
  const store = createStore<CallListState>(() => ({
    calls: [],
    loading: false,
    error: null,
    complete: false,
  }));
  let shown = noFilter;
  /** Goes up with each new filter: an answer from before is to a question that nobody asks any more. */
  let generation = 0;
  /** The oldest call of the pages read; live ones may be older, with others between that are not here yet. */
  let readTo: CallId | undefined;
  let live: LiveCalls = { calls: {}, nameOf: () => '' };

  /** What is held, brought up to date: live state is newer than a page that was read a moment ago. */
  function fresh(held: readonly CallView[]): readonly CallView[] {
    return takeLive(held, Object.values(live.calls), shown, live.nameOf);
  }

  async function load(): Promise<void> {
    const asked = generation;
    store.setState({ loading: true, error: null });
    try {
      const page = await read(queryOf(shown, readTo));
      if (asked !== generation) return;
      readTo = page.reduce<CallId | undefined>(
        (to, { id }) => (to === undefined || id < to ? id : to),
        readTo,
      );
      const calls = fresh(mergeCalls(page, store.getState().calls));
      store.setState({ calls, complete: page.length < PAGE, loading: false });
    } catch (caught) {
      if (asked === generation) store.setState({ error: sentenceOf(caught), loading: false });
    }
  }

  return {
    store,
    show(next) {
      shown = next;
      generation += 1;
      readTo = undefined;
      store.setState({ calls: fresh([]), complete: false });
      void load();
    },
    older() {
      const { calls, complete, loading } = store.getState();
      if (loading || complete || calls.length === 0 || calls.length >= 2 * MAX_HELD) return;
      void load();
    },
    take(next, following) {
      live = next;
      const { calls } = store.getState();
      const merged = fresh(calls);
      if (merged === calls) return;
      const surplus = following ? merged.length - MAX_HELD : 0;
      if (surplus <= 0) {
        store.setState({ calls: merged });
        return;
      }
      const kept = merged.slice(surplus);
      if (readTo !== undefined && kept[0] !== undefined && kept[0].id > readTo) readTo = kept[0].id;
      store.setState({ calls: kept, complete: false });
    },
  };
}

const queryOf = (filter: CallFilter, before: CallId | undefined): CallQuery => ({
  limit: PAGE,
  ...(before === undefined ? {} : { before }),
  ...filterQuery(filter),
});
