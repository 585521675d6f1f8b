import { useEffect, useState } from 'react';
import type { Tool } from '../../shared/agents.ts';
import { AgentName, type PeerId } from '../../shared/ids.ts';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost } from '../state/hooks.ts';

interface Tools {
  /** Null until they have come. */
  readonly tools: readonly Tool[] | null;
  readonly error: string | null;
  /** Null where it is no valid name. */
  readonly name: AgentName | null;
}

/** The tools of a peer's agent, fetched over the link. */
export function useTools(peerId: PeerId, agent: string): Tools {
  const host = useHost();
  const [tools, setTools] = useState<readonly Tool[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const parsed = AgentName.safeParse(agent);
  const name = parsed.success ? parsed.data : null;
  useEffect(() => {
    let current = true;
    setTools(null);
    setError(null);
    if (name === null) {
      setError('The agent has no valid name.');
      return undefined;
    }
    host((client) => client.tools.list({ peerId, agent: name })).then(
      (list) => {
        if (current) setTools(list);
      },
      (caught: unknown) => {
        if (current) setError(sentenceOf(caught));
      },
    );
    return () => {
      current = false;
    };
  }, [host, peerId, name]);
  return { tools, error, name };
}
