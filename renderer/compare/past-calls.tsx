import { ChartNoAxesColumn } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { PastComparison } from '../../shared/compare.ts';
import { PeerId } from '../../shared/ids.ts';
import { Field, Select } from '../parts/field.tsx';
import { Empty } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost, useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { date, plural } from '../words/format.ts';
import { comparePeers, peerLabel } from '../words/peer-names.ts';
import { compareSentence } from '../words/ways.ts';
import { ExportMenu } from './export-menu.tsx';
import { Results } from './results.tsx';

const DAYS = [1, 7, 30, 90, 365] as const;

/** What past calls took, by way, out of the records: nothing is called for it. */
export function PastCalls() {
  const peers = useLive((live) => live.peers);
  const contacts = useMemo(
    () =>
      Object.values(peers)
        .filter(({ contactSince }) => contactSince !== null)
        .toSorted(comparePeers),
    [peers],
  );
  const [chosen, setChosen] = useState('');
  const [days, setDays] = useState<number>(30);
  const { past, error } = usePast(PeerId.safeParse(chosen).data ?? null, days);
  const calls = past?.ways.reduce((sum, way) => sum + way.calls, 0) ?? 0;
  return (
    <div className="flex max-w-260 flex-col gap-6">
      <div className="flex flex-wrap gap-4">
        <Field label="Peer">
          {(control) => (
            <Select
              {...control}
              className="!w-64"
              value={chosen}
              onChange={(event) => setChosen(event.target.value)}
            >
              <option value="">All peers</option>
              {contacts.map((peer) => (
                <option key={peer.peerId} value={peer.peerId}>
                  {peerLabel(peer, peer.peerId)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Calls of the last">
          {(control) => (
            <Select
              {...control}
              className="!w-36"
              value={days}
              onChange={(event) => setDays(Number(event.target.value))}
            >
              {DAYS.map((count) => (
                <option key={count} value={count}>
                  {plural(count, 'day')}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <Problem text={error === null ? null : `The records could not be read. ${error}`} />
      {past === null ? (
        error === null ? (
          <p role="status" className="text-dim">
            Reading the records…
          </p>
        ) : null
      ) : calls === 0 ? (
        <Empty icon={<ChartNoAxesColumn size={32} strokeWidth={1.5} />} title="No calls to compare">
          <p>
            No call that was answered is on record since {date(past.since)}
            {chosen === '' ? '' : ' with this peer'}. Calls appear here by themselves, or{' '}
            <a href={href('compare')}>measure now</a>.
          </p>
        </Empty>
      ) : (
        <>
          <div>
            <p className="text-lg font-semibold">{compareSentence(past.ways)}</p>
            <p className="numbers text-dim">
              {plural(calls, 'call')} since {date(past.since)}. Without the time that a person took to decide.
              The calls differ, so this compares what happened, and not the ways alone.
            </p>
          </div>
          <Results ways={past.ways} action={<ExportMenu measured={past} />} />
        </>
      )}
    </div>
  );
}

function usePast(peerId: PeerId | null, days: number): { past: PastComparison | null; error: string | null } {
  const host = useHost();
  const [past, setPast] = useState<PastComparison | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    setError(null);
    host((client) => client.comparing.past({ days, ...(peerId === null ? {} : { peerId }) })).then(
      (found) => {
        if (current) setPast(found);
      },
      (caught: unknown) => {
        if (!current) return;
        setPast(null);
        setError(sentenceOf(caught));
      },
    );
    return () => {
      current = false;
    };
  }, [host, peerId, days]);
  return { past, error };
}
