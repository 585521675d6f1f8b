/** What the states of the migration are called. Pure. */
import { CircleCheck, CircleHelp, CircleX, type LucideIcon } from 'lucide-react';
import type { Reach, ReachState, Standing, SwitchOff } from '../../../shared/migration.ts';
import type { Shape } from '../../parts/marks.tsx';
import { ago } from '../../words/format.ts';
import type { Tone } from '../../words/sentences.ts';

interface Look {
  readonly shape: Shape;
  readonly tone: Tone;
  readonly word: string;
}

export const standingLooks: Record<Standing, Look> = {
  depends: { shape: 'cross', tone: 'bad', word: 'needs WebSocket' },
  unproven: { shape: 'half', tone: 'plain', word: 'not proven yet' },
  ready: { shape: 'full', tone: 'good', word: 'ready' },
  unaffected: { shape: 'ring', tone: 'plain', word: 'not affected' },
};

export const verdictLooks: Record<SwitchOff, { Icon: LucideIcon; tone: Tone }> = {
  off: { Icon: CircleCheck, tone: 'good' },
  safe: { Icon: CircleCheck, tone: 'good' },
  unsure: { Icon: CircleHelp, tone: 'plain' },
  breaks: { Icon: CircleX, tone: 'bad' },
};

const reachLooks: Record<ReachState, { shape: Shape; tone: Tone }> = {
  linked: { shape: 'full', tone: 'good' },
  worked: { shape: 'half', tone: 'plain' },
  failing: { shape: 'cross', tone: 'bad' },
  untried: { shape: 'ring', tone: 'plain' },
  none: { shape: 'ring', tone: 'plain' },
};

/** How one transport reaches a peer, in a few words. */
export function reachLook({ state, lastLinkedAt }: Reach, now: number): Look {
  return { ...reachLooks[state], word: reachWord(state, lastLinkedAt, now) };
}

function reachWord(state: ReachState, lastLinkedAt: number | null, now: number): string {
  const last = lastLinkedAt === null ? '' : ago(lastLinkedAt, now);
  switch (state) {
    case 'linked':
      return 'linked';
    case 'worked':
      return last === '' ? 'worked' : `worked ${last}`;
    case 'failing':
      return last === '' ? 'fails' : `fails, worked ${last}`;
    case 'untried':
      return 'not tried';
    case 'none':
      return 'no address';
    default:
      return state satisfies never;
  }
}
