import { href } from '../state/route.ts';
import { MIGRATION } from './places.ts';

const style = (current: boolean): string =>
  `flex h-7 items-center rounded-sm px-2.5 font-medium !no-underline ${
    current ? 'bg-accent-ground !text-accent' : '!text-dim hover:bg-hover hover:!text-text'
  }`;

/** Between how this machine is reached, and how far the move from WebSocket has come. */
export const NetworkPlaces = ({ migration }: { migration: boolean }) => (
  <nav aria-label="Which part of the network" className="flex rounded-md border border-line bg-surface p-px">
    <a href={href('network')} aria-current={migration ? undefined : 'page'} className={style(!migration)}>
      This machine
    </a>
    <a
      href={href('network', MIGRATION)}
      aria-current={migration ? 'page' : undefined}
      className={style(migration)}
    >
      Migration
    </a>
  </nav>
);
