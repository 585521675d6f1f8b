import { href } from '../state/route.ts';
import { HISTORY, TRY } from './places.ts';

const places = [
  { label: 'Rules', at: 'rules', link: href('rules') },
  { label: 'What if', at: TRY, link: href('rules', TRY) },
  { label: 'History', at: HISTORY, link: href('rules', HISTORY) },
] as const;

const style = (current: boolean): string =>
  `flex h-7 items-center rounded-sm px-2.5 font-medium !no-underline ${
    current ? 'bg-accent-ground !text-accent' : '!text-dim hover:bg-hover hover:!text-text'
  }`;

/** Between the rules, what they would make of a call, and how they came to be. */
export const RulesPlaces = ({ at }: { at: (typeof places)[number]['at'] }) => (
  <nav aria-label="What of the rules" className="flex rounded-md border border-line bg-surface p-px">
    {places.map((place) => (
      <a
        key={place.at}
        href={place.link}
        aria-current={place.at === at ? 'page' : undefined}
        className={style(place.at === at)}
      >
        {place.label}
      </a>
    ))}
  </nav>
);
