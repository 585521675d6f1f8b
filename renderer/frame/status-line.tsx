import { Power } from 'lucide-react';
import { useLive, useSessionState } from '../state/hooks.ts';
import { bytes, duration, plural, rate } from '../words/format.ts';
import { transportLine } from '../words/transports.ts';
import { StopDialog, type StopAll } from './stop-all.tsx';
import { isMac, STOP_KEYS } from './stop-key.ts';

export function StatusLine({ stop }: { stop: StopAll }) {
  const stopped = useLive((live) => live.host.stoppedAt !== null);
  return (
    <footer className="flex h-8 shrink-0 items-center gap-3 border-t border-line bg-surface pr-2 pl-4 text-sm text-dim mid:pl-5">
      <Numbers />
      {/* Also while the host does not answer: it then says that nothing is known to have stopped. */}
      <button
        type="button"
        disabled={stopped}
        onClick={stop.ask}
        title={`Stop all (${STOP_KEYS})`}
        aria-keyshortcuts={isMac ? 'Meta+Shift+.' : 'Control+Shift+.'}
        className="ml-auto flex h-6 shrink-0 items-center gap-1.5 rounded-md px-2 font-medium text-bad hover:bg-bad-ground disabled:text-dim disabled:hover:bg-transparent"
      >
        <Power size={13} aria-hidden />
        {stopped ? 'All stopped' : 'Stop all'}
      </button>
      <StopDialog stop={stop} />
    </footer>
  );
}

/** Alone, so that ten changes a second draw nothing but this. */
function Numbers() {
  const gauges = useLive((live) => live.gauges);
  const transport = useLive(transportLine);
  const dropped = useSessionState((state) => state.droppedCalls);
  const parts = [
    <span key="transport" className={transport.tone === 'bad' ? 'text-bad' : ''}>
      {transport.text}
    </span>,
    `${plural(gauges.peersConnected, 'peer')} connected`,
    `${rate(gauges.callsPerSecond)} calls/s`,
    gauges.p50Ms === null ? 'no calls in the last minute' : `${duration(gauges.p50Ms)} median`,
    `${bytes(gauges.bytesIn)} in`,
    `${bytes(gauges.bytesOut)} out`,
    `${bytes(gauges.memoryBytes)} memory`,
  ];
  return (
    <p className="numbers flex min-w-0 gap-1.5 overflow-hidden whitespace-nowrap" aria-label="Status">
      {parts.map((part, index) => (
        <span
          key={index}
          className={index > 3 ? 'max-wide:hidden' : index === 0 || index === 3 ? 'max-mid:hidden' : ''}
        >
          {index > 0 ? (
            <span aria-hidden className={index === 1 ? 'max-mid:hidden' : ''}>
              ·{' '}
            </span>
          ) : null}
          {part}
        </span>
      ))}
      {dropped > 0 ? <span>· {plural(dropped, 'call')} not shown live</span> : null}
    </p>
  );
}
