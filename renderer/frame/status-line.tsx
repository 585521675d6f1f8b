import { Power } from 'lucide-react';
import { useState } from 'react';
import { Confirm } from '../parts/dialog.tsx';
import { useHost, useIsLive, useLive, useSessionState } from '../state/hooks.ts';
import { bytes, duration, plural, rate } from '../words/format.ts';
import { transportLine } from '../words/transports.ts';

export function StatusLine() {
  const stopped = useLive((live) => live.host.stoppedAt !== null);
  const [asking, setAsking] = useState(false);
  const isLive = useIsLive();
  const host = useHost();
  return (
    <footer className="flex h-8 shrink-0 items-center gap-3 border-t border-line bg-surface pr-2 pl-4 text-sm text-dim mid:pl-5">
      <Numbers />
      <button
        type="button"
        disabled={stopped || !isLive}
        onClick={() => setAsking(true)}
        className="ml-auto flex h-6 shrink-0 items-center gap-1.5 rounded-md px-2 font-medium text-bad hover:bg-bad-ground disabled:text-dim disabled:hover:bg-transparent"
      >
        <Power size={13} aria-hidden />
        {stopped ? 'All stopped' : 'Stop all'}
      </button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title="Stop everything?"
        verb="Stop all"
        onConfirm={() => host((client) => client.host.stopAll())}
      >
        <p>
          Every waiting call is refused, every agent is stopped and every link is cut. Nothing comes in until
          you press Resume, also after a restart. Contacts, rules and records stay.
        </p>
      </Confirm>
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
