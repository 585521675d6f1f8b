import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { whole } from '../words/format.ts';
import { SEEN } from './places.ts';

const style = (current: boolean): string =>
  `flex h-7 items-center gap-1.5 rounded-sm px-2.5 font-medium !no-underline ${
    current ? 'bg-accent-ground !text-accent' : '!text-dim hover:bg-hover hover:!text-text'
  }`;

/** Between the agents hosted here and all that are known of. */
export function AgentPlaces({ seen }: { seen: boolean }) {
  const count = useLive((live) => live.gauges.agentsSeen);
  return (
    <nav aria-label="Which agents" className="numbers flex rounded-md border border-line bg-surface p-px">
      <a href={href('agents')} aria-current={seen ? undefined : 'page'} className={style(!seen)}>
        Hosted here
      </a>
      <a href={href('agents', SEEN)} aria-current={seen ? 'page' : undefined} className={style(seen)}>
        On the network
        {count === 0 ? null : <span className="text-sm font-normal">{whole(count)}</span>}
      </a>
    </nav>
  );
}
