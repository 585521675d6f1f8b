import { useEffect, useState } from 'react';
import type { Capability, SeenAgent } from '../../../shared/registry.ts';
import { Button } from '../../parts/button.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../../state/hooks.ts';
import { href } from '../../state/route.ts';
import { plural } from '../../words/format.ts';

import { MOST_SEEN } from './use-seen.ts';

const LONGEST_TAG = 100;

interface Answer {
  readonly capability: Capability;
  readonly found: number;
  readonly fresh: number;
}
const keyOf = ({ peerId, agent }: SeenAgent): string => `${peerId}/${agent}`;

/** Asks the distributed table, and the peers it names, who offers a tool or a tag of exactly this name. */
export function AskNetwork({ name, onFound }: { name: string; onFound: () => void }) {
  const host = useHost();
  const isLive = useIsLive();
  const dht = useLive((live) => live.settings.dht);
  const [kind, setKind] = useState<Capability['kind']>('tool');
  const [answer, setAnswer] = useState<Answer | null>(null);
  const look = useAction(async () => {
    setAnswer(null);
    const capability = { kind, name };
    const known = await host((client) => client.registry.search({ [kind]: name, limit: MOST_SEEN }));
    const before = new Set(known.map(keyOf));
    const found = await host((client) => client.registry.lookUp({ capability }));
    const fresh = found.filter((entry) => !before.has(keyOf(entry))).length;
    setAnswer({ capability, found: found.length, fresh });
    onFound();
  });
  const { clear } = look;
  useEffect(() => {
    setAnswer(null);
    clear();
  }, [name, clear]);
  const ask = (wanted: Capability['kind']) => {
    setKind(wanted);
    look.run();
  };
  const ready = isLive && dht;
  return (
    <div className="flex min-h-10 flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-4 py-1.5 mid:px-5">
      {name === '' || name.length > LONGEST_TAG ? (
        <p className="text-dim">Enter the exact name of a tool or tag to ask the whole network for it.</p>
      ) : (
        <div className="flex min-w-0 items-center gap-2">
          <span className="min-w-0 truncate text-dim">
            Ask the network for <bdi className="text-text">{name}</bdi> as a
          </span>
          <Button size="small" disabled={!ready || look.busy} onClick={() => ask('tool')}>
            tool
          </Button>
          <Button size="small" disabled={!ready || look.busy} onClick={() => ask('tag')}>
            tag
          </Button>
        </div>
      )}
      <p role="status" aria-label="Answer of the network" className="numbers min-w-0 break-words text-dim">
        {!dht ? (
          <>
            The distributed table is switched off in <a href={href('settings')}>Settings</a>.
          </>
        ) : look.busy ? (
          'Asking the network…'
        ) : answer !== null ? (
          sentenceOf(answer)
        ) : null}
      </p>
      <Problem text={look.error} />
    </div>
  );
}

function sentenceOf({ capability: { kind, name }, found, fresh }: Answer): string {
  const what = `the ${kind} “${name}”`;
  if (found === 0) return `Nobody was found who offers ${what}.`;
  return `${plural(found, 'agent offers', 'agents offer')} ${what}, ${fresh === 0 ? 'all known before' : `${fresh.toString()} new`}.`;
}
