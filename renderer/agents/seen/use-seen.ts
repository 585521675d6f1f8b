import { useEffect, useState } from 'react';
import type { SeenAgent } from '../../../shared/registry.ts';
import { sentenceOf } from '../../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../../state/hooks.ts';
import { useCalmed } from '../../state/use-calmed.ts';

export const MOST_SEEN = 500;
const TYPING_MS = 150;
const CALM_MS = 1000;

export interface Seen {
  /** Null before the first answer. */
  readonly agents: readonly SeenAgent[] | null;
  readonly error: string | null;
}

/** What the registry holds, read again when it changes, at most once a second, when typing rests and after each of `answers`. */
export function useSeen(text: string, source: SeenAgent['source'] | null, answers: number): Seen {
  const host = useHost();
  const isLive = useIsLive();
  const changed = useCalmed(
    useLive((live) => `${live.gauges.agentsSeenAt.toString()}/${live.gauges.agentsSeen.toString()}`),
    CALM_MS,
  );
  const [seen, setSeen] = useState<Seen>({ agents: null, error: null });
  useEffect(() => {
    if (!isLive) return undefined;
    let over = false;
    const ask = () => {
      host((client) =>
        client.registry.search({
          limit: MOST_SEEN,
          ...(text === '' ? {} : { text }),
          ...(source === null ? {} : { source }),
        }),
      ).then(
        (agents) => {
          if (!over) setSeen({ agents, error: null });
        },
        (caught: unknown) => {
          if (!over) setSeen((before) => ({ ...before, error: sentenceOf(caught) }));
        },
      );
    };
    const timer = setTimeout(ask, text === '' ? 0 : TYPING_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [host, isLive, text, source, changed, answers]);
  return seen;
}
