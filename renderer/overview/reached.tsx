import { Hostile } from '../parts/hostile.tsx';
import { VerdictMark } from '../parts/verdict-mark.tsx';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { consequenceOf, standingOf, standingWords } from '../words/reachability.ts';

/** How this machine can be reached, in the words of the top line, and what follows. */
export function Reached() {
  const reachability = useLive((live) => live.reachability);
  const standing = useLive(standingOf);
  const { consequence } = consequenceOf(standing, reachability);
  return (
    <p className="-mt-3 flex items-start gap-2 text-dim">
      <span className="flex h-5 items-center">
        <VerdictMark standing={standing} />
      </span>
      <span className="min-w-0">
        <a href={href('network')} className="text-text!">
          {standingWords[standing].line}
        </a>
        {'. '}
        <Hostile text={consequence} max={400} />
      </span>
    </p>
  );
}
