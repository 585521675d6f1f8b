import { ArrowDown, Download, ListTree, Search } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { CallId } from '../../shared/ids.ts';
import type { CallView } from '../../shared/calls.ts';
import { Button } from '../parts/button.tsx';
import { Empty, PageHead } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { VirtualGrid } from '../parts/virtual-grid.tsx';
import { useLive } from '../state/hooks.ts';
import { go, href, slide } from '../state/route.ts';
import { plural, whole } from '../words/format.ts';
import { CallPanel } from './call-panel.tsx';
import { CallFilters } from './call-filters.tsx';
import { noFilter, type CallFilter } from './call-log.ts';
import { CallCells, CallHead, CALL_COLUMNS } from './call-row.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { useCalls } from './use-calls.ts';

const ROW = 28;
const keyOf = (call: CallView): string => call.id.toString();

export function CallsPage({ rest }: { rest: readonly string[] }) {
  const [filter, setFilter] = useState<CallFilter>(noFilter);
  const [follow, setFollow] = useState(true);
  const calls = useCalls(filter, follow);
  const total = useLive((live) => live.gauges.callsTotal);
  const fresh = useFresh(calls.rows, follow);
  const selected = useMemo(() => CallId.safeParse(Number(rest[0])), [rest]);
  const [exporting, setExporting] = useState(false);
  const filtered = Object.values(filter).some((wanted) => wanted !== '');
  const select = (call: CallView, moved: boolean) => (moved ? slide : go)('calls', call.id.toString());
  return (
    <>
      <PageHead title="Calls" note={`${whole(total)} on record`}>
        <CallFilters filter={filter} rows={calls.rows} onChange={setFilter} />
        <Button disabled={total === 0} onClick={() => setExporting(true)}>
          <Download size={14} aria-hidden /> Export…
        </Button>
      </PageHead>
      <div className="relative flex min-h-0 flex-1 border-t border-line">
        <div className="relative flex min-w-0 flex-1 flex-col bg-surface">
          <Problem text={calls.error} className="px-4 py-2 mid:px-5" />
          {calls.rows.length === 0 && !calls.loading && calls.error === null ? (
            <NoCalls filtered={filtered} onClear={() => setFilter(noFilter)} />
          ) : (
            <VirtualGrid
              label="Calls, oldest first"
              rows={calls.rows}
              keyOf={keyOf}
              rowHeight={ROW}
              columns={CALL_COLUMNS}
              head={<CallHead />}
              selected={selected.success ? selected.data.toString() : null}
              onSelect={select}
              follow={follow}
              onFollow={setFollow}
              onTop={calls.loadOlder}
            >
              {(call) => <CallCells call={call} mark={filter.text} />}
            </VirtualGrid>
          )}
          {follow || calls.rows.length === 0 ? null : (
            <Button
              className="absolute bottom-3 left-1/2 -translate-x-1/2 shadow-float"
              size="small"
              onClick={() => setFollow(true)}
            >
              {fresh === 0 ? 'Follow' : `${whole(fresh)} new`} <ArrowDown size={13} aria-hidden />
            </Button>
          )}
          <p className="sr-only" role="status">
            {calls.loading ? 'Loading calls' : ''}
          </p>
        </div>
        {selected.success ? <CallPanel id={selected.data} onClose={() => go('calls')} /> : null}
      </div>
      {exporting ? <ExportDialog filter={filter} onClose={() => setExporting(false)} /> : null}
    </>
  );
}

/** How many calls came since following stopped. */
function useFresh(rows: readonly CallView[], follow: boolean): number {
  const newest = rows.at(-1)?.id ?? 0;
  const [frozenAt, setFrozenAt] = useState(0);
  useEffect(() => {
    if (follow) setFrozenAt(newest);
  }, [follow, newest]);
  return useMemo(
    () => (follow ? 0 : rows.filter((call) => call.id > frozenAt).length),
    [follow, rows, frozenAt],
  );
}

function NoCalls({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  const agents = useLive((live) => Object.keys(live.agents).length);
  if (filtered) {
    return (
      <Empty icon={<Search size={32} strokeWidth={1.5} />} title="No call matches">
        <p>No call on record is like that.</p>
        <Button onClick={onClear}>Clear the filter</Button>
      </Empty>
    );
  }
  return (
    <Empty icon={<ListTree size={32} strokeWidth={1.5} />} title="No calls yet">
      <p>
        {agents === 0
          ? 'Nobody can call you before you host an agent. '
          : `You host ${plural(agents, 'agent')}. Calls of your contacts appear here as they come. `}
        Calls you make to a peer’s agent appear here too.
      </p>
      <p>
        {agents === 0 ? (
          <a href={href('agents', '+')}>Add an agent</a>
        ) : (
          <a href={href('peers')}>See the peers</a>
        )}
      </p>
    </Empty>
  );
}
