import { ArrowDown, ListTree, Search } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { CallId } from '../../shared/ids.ts';
import { CallStatus, type CallView } from '../../shared/calls.ts';
import { Button } from '../parts/button.tsx';
import { Input, Select } from '../parts/field.tsx';
import { Empty, PageHead } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { VirtualGrid } from '../parts/virtual-grid.tsx';
import { useLive } from '../state/hooks.ts';
import { go, href, slide } from '../state/route.ts';
import { plural, whole } from '../words/format.ts';
import { CallPanel } from './call-panel.tsx';
import { noFilter, type CallFilter } from './call-log.ts';
import { CallCells, CallHead, CALL_COLUMNS } from './call-row.tsx';
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
  const filtered = filter.text !== '' || filter.direction !== '' || filter.status !== '';
  const select = (call: CallView, moved: boolean) => (moved ? slide : go)('calls', call.id.toString());
  return (
    <>
      <PageHead title="Calls" note={`${whole(total)} on record`}>
        <label className="relative max-mid:basis-full">
          <Search size={14} aria-hidden className="absolute top-2.25 left-2 text-dim" />
          <Input
            aria-label="Filter by peer, agent, tool or error"
            placeholder="Peer, agent, tool, error"
            value={filter.text}
            maxLength={200}
            onChange={(event) => setFilter({ ...filter, text: event.target.value })}
            className="w-52 !pl-7 max-mid:w-full"
          />
        </label>
        <Select
          aria-label="Direction"
          value={filter.direction}
          className="!w-auto"
          onChange={(event) => {
            const { value } = event.target;
            setFilter({ ...filter, direction: value === 'in' || value === 'out' ? value : '' });
          }}
        >
          <option value="">Both ways</option>
          <option value="in">Incoming</option>
          <option value="out">Outgoing</option>
        </Select>
        <Select
          aria-label="Status"
          value={filter.status}
          className="!w-auto"
          onChange={(event) =>
            setFilter({ ...filter, status: CallStatus.safeParse(event.target.value).data ?? '' })
          }
        >
          <option value="">Any status</option>
          {CallStatus.options.map((status) => (
            <option key={status} value={status}>
              {status}
            </option>
          ))}
        </Select>
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
              {(call) => <CallCells call={call} />}
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
        <p>No call on record has this text, direction and status.</p>
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
