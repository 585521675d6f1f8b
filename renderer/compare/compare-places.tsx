import { href } from '../state/route.ts';
import { PAST } from './places.ts';

const style = (current: boolean): string =>
  `flex h-7 items-center rounded-sm px-2.5 font-medium !no-underline ${
    current ? 'bg-accent-ground !text-accent' : '!text-dim hover:bg-hover hover:!text-text'
  }`;

/** Between measuring now, and what the records know. */
export const ComparePlaces = ({ past }: { past: boolean }) => (
  <nav aria-label="What to compare" className="flex rounded-md border border-line bg-surface p-px">
    <a href={href('compare')} aria-current={past ? undefined : 'page'} className={style(!past)}>
      Measure
    </a>
    <a href={href('compare', PAST)} aria-current={past ? 'page' : undefined} className={style(past)}>
      From real calls
    </a>
  </nav>
);
