import { useEffect, useState } from 'react';
import type { Tool } from '../../shared/agents.ts';
import { AgentName } from '../../shared/ids.ts';
import { useHost, useLive } from '../state/hooks.ts';

const none: readonly Tool[] = [];
const MOST_PLACES = 100;

/** The tools of an agent that is hosted here, with their schemas; none where it is not, or does not run. */
export function useOwnTools(agent: string): readonly Tool[] {
  const host = useHost();
  const running = useLive((live) => live.agents[agent]?.state === 'running');
  const [loaded, setLoaded] = useState<{ agent: string; tools: readonly Tool[] }>({ agent: '', tools: none });
  useEffect(() => {
    const name = AgentName.safeParse(agent);
    if (!running || !name.success) return undefined;
    let current = true;
    host((client) => client.agents.tools({ name: name.data })).then(
      (tools) => {
        if (current) setLoaded({ agent, tools });
      },
      // They are only proposed: without them the names are typed.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [host, agent, running]);
  return loaded.agent === agent ? loaded.tools : none;
}

/** JSON pointers to what a tool's schema names, two levels deep. Pure. */
export function placesIn(schema: unknown): readonly string[] {
  const found: string[] = [];
  const look = (at: unknown, pointer: string, depth: number): void => {
    if (typeof at !== 'object' || at === null || depth > 1) return;
    const properties: unknown = Reflect.get(at, 'properties');
    if (typeof properties !== 'object' || properties === null) return;
    for (const [name, child] of Object.entries(properties)) {
      if (found.length >= MOST_PLACES || name.length > 100) return;
      const place = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      found.push(place);
      look(child, place, depth + 1);
    }
  };
  look(schema, '', 0);
  return found;
}
