import { History } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { RulesVersion } from '../../shared/rules.ts';
import { Button } from '../parts/button.tsx';
import { Confirm } from '../parts/dialog.tsx';
import { Empty, PageHead } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { useNow } from '../state/use-now.ts';
import { ago, date } from '../words/format.ts';
import { changedByWords } from '../words/rule-words.ts';
import { DifferenceView } from './difference-view.tsx';
import { RulesPlaces } from './rules-places.tsx';

const PAGE = 50;

/** How the rules came to be what they are, newest first, and the way back. */
export function HistoryPage() {
  const { versions, error, complete, older } = useVersions();
  const current = useLive((live) => live.host.rulesVersion);
  const isLive = useIsLive();
  const [back, setBack] = useState<{ to: number; undo: boolean } | null>(null);
  const now = useNow(30_000);
  return (
    <>
      <PageHead title="Rules" note={<RulesPlaces at="history" />} />
      <div className="min-h-0 flex-1 overflow-y-auto px-4 pt-1 pb-8 mid:px-5">
        <Problem text={error} />
        {versions !== null && versions.length === 0 ? (
          <Empty icon={<History size={32} strokeWidth={1.5} />} title="The rules have not changed yet">
            <p>Each change is kept here with what it was, and can be taken back.</p>
          </Empty>
        ) : (
          <ol className="flex max-w-240 flex-col gap-3" aria-label="Versions of the rules, newest first">
            {(versions ?? []).map((version) => (
              <li key={version.version} className="rounded-md border border-line bg-surface px-4 py-3">
                <div className="flex flex-wrap items-center gap-x-3 gap-y-1 pb-2">
                  <h2 className="numbers font-semibold">{changedByWords[version.by]}</h2>
                  <span className="numbers text-sm text-dim" title={date(version.at)}>
                    {ago(version.at, now)} · version {version.version}
                  </span>
                  <span className="ml-auto">
                    {version.version === current ? (
                      <Button
                        size="small"
                        disabled={!isLive}
                        onClick={() => setBack({ to: version.version - 1, undo: true })}
                      >
                        Undo this
                      </Button>
                    ) : (
                      <Button
                        size="small"
                        kind="quiet"
                        disabled={!isLive}
                        aria-label={`Go back to this: version ${version.version.toString()}`}
                        onClick={() => setBack({ to: version.version, undo: false })}
                      >
                        Go back to this
                      </Button>
                    )}
                  </span>
                </div>
                {version.added.length + version.removed.length + version.changed.length === 0 ? (
                  <p className="text-dim">Nothing is different by it.</p>
                ) : (
                  <DifferenceView {...version} />
                )}
              </li>
            ))}
          </ol>
        )}
        {complete ? null : (
          <Button className="mt-3" onClick={older}>
            Show older
          </Button>
        )}
      </div>
      <GoBack back={back} from={current} onClose={() => setBack(null)} />
    </>
  );
}

function GoBack({
  back,
  from,
  onClose,
}: {
  back: { to: number; undo: boolean } | null;
  from: number;
  onClose: () => void;
}) {
  const host = useHost();
  // What was on the screen when it was asked: a change meanwhile is not overwritten.
  const [seen, setSeen] = useState(from);
  useEffect(() => {
    if (back !== null) setSeen(from);
    // Only when it opens.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [back]);
  return (
    <Confirm
      open={back !== null}
      onClose={onClose}
      title={back?.undo === false ? `Go back to version ${back.to.toString()}?` : 'Undo the last change?'}
      verb={back?.undo === false ? 'Go back' : 'Undo'}
      onConfirm={async () => {
        if (back !== null) await host((client) => client.rules.restore({ version: back.to, from: seen }));
      }}
    >
      <p>
        The rules become what they were then, as one more version: this can be undone too. Rules that have
        ended meanwhile do not come back. Calls that run now go on.
      </p>
    </Confirm>
  );
}

function useVersions(): {
  versions: readonly RulesVersion[] | null;
  error: string | null;
  complete: boolean;
  older: () => void;
} {
  const host = useHost();
  const current = useLive((live) => live.host.rulesVersion);
  const [versions, setVersions] = useState<readonly RulesVersion[] | null>(null);
  const [complete, setComplete] = useState(true);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let isCurrent = true;
    host((client) => client.rules.history({ limit: PAGE })).then(
      (list) => {
        if (!isCurrent) return;
        setVersions(list);
        setComplete(list.length < PAGE);
        setError(null);
      },
      (caught: unknown) => {
        if (isCurrent) setError(sentenceOf(caught));
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [host, current]);
  const older = () => {
    const last = versions?.at(-1);
    if (last === undefined) return;
    host((client) => client.rules.history({ before: last.version, limit: PAGE })).then(
      (list) => {
        setVersions((held) => [...(held ?? []), ...list]);
        setComplete(list.length < PAGE);
      },
      (caught: unknown) => setError(sentenceOf(caught)),
    );
  };
  return { versions, error, complete, older };
}
