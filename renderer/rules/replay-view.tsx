import { ChevronRight, History } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { CallDetail } from '../../shared/calls.ts';
import type { CallId } from '../../shared/ids.ts';
import type { Effect, Replay } from '../../shared/rules.ts';
import { Hostile, HostileJson } from '../parts/hostile.tsx';
import { PeerNameOf } from '../parts/peer-name.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost } from '../state/hooks.ts';
import { date, plural, whole } from '../words/format.ts';

const wouldWords: Record<Effect, string> = {
  allow: 'would be allowed',
  ask: 'would be asked about',
  'ask-and-review': 'would be asked about and reviewed',
  deny: 'would be denied',
};

interface ReplayViewProps {
  replay: Replay | null;
  busy: boolean;
  error: string | null;
}

/** What a rule would have made of the past, with the calls that would have gone otherwise. */
export function ReplayView({ replay, busy, error }: ReplayViewProps) {
  const warns = replay !== null && (replay.allowsDenied > 0 || replay.deniesAllowed > 0);
  return (
    <section
      aria-label="What it would have done"
      className="flex flex-col gap-1 rounded-md bg-sunken px-3 py-2"
    >
      <div className="flex items-start gap-2">
        <History size={15} aria-hidden className="mt-0.5 shrink-0 text-dim" />
        <div className="numbers min-w-0 flex-1" role="status">
          {replay === null ? (
            <p className="text-dim">
              {busy ? 'Looking at the recorded calls…' : 'Once the rule is complete, its past is shown here.'}
            </p>
          ) : (
            <p className={`${busy ? 'text-dim' : ''} ${warns ? 'font-medium' : ''}`}>{replay.sentence}</p>
          )}
          {replay === null ? null : (
            <p className="text-sm text-dim">
              {replay.calls === 0
                ? 'There are no calls on record to look at.'
                : `Of ${plural(replay.calls, 'call')}${replay.since === null ? '' : ` since ${date(replay.since)}`}, it would have decided ${whole(replay.decided)}.`}
              {replay.unknown === 0
                ? ''
                : ` Of ${plural(replay.unknown, 'call')} nothing can be said: the arguments are not in the records.`}
            </p>
          )}
        </div>
      </div>
      <Problem text={error} />
      {replay === null || replay.differing.length === 0 ? null : <Differing differing={replay.differing} />}
    </section>
  );
}

function Differing({ differing }: Pick<Replay, 'differing'>) {
  const [open, setOpen] = useState(false);
  return (
    <details className="group" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="numbers flex cursor-default list-none items-center gap-1.5 rounded-sm text-accent select-none [&::-webkit-details-marker]:hidden">
        <ChevronRight size={14} aria-hidden className="transition-transform group-open:rotate-90" />
        {differing.length === 50 ? 'The newest 50' : plural(differing.length, 'call')} that went otherwise
      </summary>
      {open ? (
        <ul
          className="flex max-h-72 flex-col overflow-y-auto pt-1"
          tabIndex={0}
          aria-label="Calls that went otherwise"
        >
          {differing.map((one) => (
            <DifferingCall key={one.id} {...one} />
          ))}
        </ul>
      ) : null}
    </details>
  );
}

function DifferingCall({ id, was, would }: Replay['differing'][number]) {
  const { call, error } = useCall(id);
  return (
    <li className="flex flex-col gap-1 border-line py-2 not-last:border-b">
      {call === null ? (
        <p className="text-dim">
          Call {id}
          {error === null ? '' : `: ${error}`}
        </p>
      ) : (
        <p className="flex flex-wrap items-baseline gap-x-1.5">
          <span className="numbers text-dim">{date(call.at)}</span>
          <PeerNameOf peerId={call.peerId} className="max-w-40 font-medium" />
          <span className="text-dim">
            <Hostile text={call.agent} max={40} /> ▸
          </span>
          <Hostile text={call.tool} max={60} />
        </p>
      )}
      <p className="text-sm">
        <span className={was === 'deny' ? 'text-bad' : 'text-good'}>
          was {was === 'deny' ? 'denied' : 'allowed'}
        </span>
        <span className="text-dim">, {wouldWords[would]}</span>
      </p>
      {call?.request == null ? null : (
        <HostileJson json={call.request} max={2000} label={`Arguments of call ${id.toString()}`} />
      )}
    </li>
  );
}

function useCall(id: CallId): { call: CallDetail | null; error: string | null } {
  const host = useHost();
  const [call, setCall] = useState<CallDetail | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    host((client) => client.calls.detail({ id })).then(
      (detail) => {
        if (current) setCall(detail);
      },
      (caught: unknown) => {
        if (current) setError(sentenceOf(caught));
      },
    );
    return () => {
      current = false;
    };
  }, [host, id]);
  return { call, error };
}
