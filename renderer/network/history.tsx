import { useEffect, useState } from 'react';
import type { VerdictChange } from '../../shared/reachability.ts';
import { Button } from '../parts/button.tsx';
import { Fold } from '../parts/fold.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf } from '../parts/use-action.ts';
import { VerdictMark } from '../parts/verdict-mark.tsx';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { useNow } from '../state/use-now.ts';
import { ago, date } from '../words/format.ts';
import { standingWords } from '../words/reachability.ts';

const FIRST = 6;
const MOST = 100;

/** Verdicts over time, newest first, read again whenever there is a new one. */
export function History() {
  const host = useHost();
  const isLive = useIsLive();
  const { verdict, since } = useLive((live) => live.reachability);
  const [changes, setChanges] = useState<readonly VerdictChange[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [all, setAll] = useState(false);
  const now = useNow(30_000);
  useEffect(() => {
    if (!isLive) return undefined;
    let over = false;
    host((client) => client.reachability.history({ limit: MOST })).then(
      (read) => {
        if (over) return;
        setChanges(read);
        setError(null);
      },
      (caught: unknown) => {
        if (!over) setError(sentenceOf(caught));
      },
    );
    return () => {
      over = true;
    };
  }, [host, isLive, verdict, since]);
  const [newest] = changes ?? [];
  return (
    <Fold title="History" note={newest === undefined ? undefined : `last change ${ago(newest.at, now)}`}>
      <Problem text={error} />
      {changes === null ? (
        error === null ? (
          <p className="text-dim">Reading…</p>
        ) : null
      ) : changes.length === 0 ? (
        <p className="text-dim">Nothing yet. Each change of the verdict is kept here with its reason.</p>
      ) : (
        <ol aria-label="Verdicts, newest first" className="flex flex-col gap-2.5">
          {(all ? changes : changes.slice(0, FIRST)).map((change) => (
            <li
              key={`${change.at.toString()}${change.verdict}`}
              className="grid grid-cols-[20px_minmax(0,1fr)] gap-x-2 mid:grid-cols-[20px_minmax(0,1fr)_auto]"
            >
              <span className="flex h-5 items-center">
                <VerdictMark standing={change.verdict} />
              </span>
              <span className="min-w-0 break-words">
                <span className="font-medium">{standingWords[change.verdict].line}</span>{' '}
                <Hostile text={change.why} max={300} className="text-dim" />
              </span>
              <time className="numbers text-sm text-dim max-mid:col-start-2">{date(change.at)}</time>
            </li>
          ))}
        </ol>
      )}
      {changes !== null && changes.length > FIRST && !all ? (
        <Button kind="quiet" size="small" className="mt-2" onClick={() => setAll(true)}>
          Show all {changes.length.toString()}
        </Button>
      ) : null}
    </Fold>
  );
}
