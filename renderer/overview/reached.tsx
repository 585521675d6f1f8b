import { ArrowLeftRight } from 'lucide-react';
import { Hostile } from '../parts/hostile.tsx';
import { TransportNews } from '../parts/transport-news.tsx';
import { VerdictMark } from '../parts/verdict-mark.tsx';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { consequenceOf, standingOf, standingWords } from '../words/reachability.ts';
import { carriersOf } from '../words/transports.ts';

/** How this machine can be reached, in the words of the top line, and what follows. */
export function Reached() {
  const reachability = useLive((live) => live.reachability);
  const standing = useLive(standingOf);
  const { consequence } = consequenceOf(standing, reachability);
  return (
    <div className="-mt-3 flex flex-col gap-1">
      <p className="flex items-start gap-2 text-dim">
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
      <Transports />
    </div>
  );
}

/** Which transports carry calls, where that is not libp2p alone; and what they are doing. */
function Transports() {
  const { chosen, transports } = useLive((live) => ({
    chosen: live.settings.transport,
    transports: live.host.transports,
  }));
  return (
    <>
      {chosen === 'libp2p' ? null : (
        <p className="flex items-start gap-2 text-dim">
          <span className="flex h-5 items-center">
            <ArrowLeftRight size={15} strokeWidth={1.9} aria-hidden className="shrink-0" />
          </span>
          <span className="min-w-0">
            Calls go over{' '}
            <a href={href('settings')} className="text-text!">
              {carriersOf(chosen)}
            </a>
            {chosen === 'both' ? ': libp2p where it works, and WebSocket where it does not.' : '.'}
          </span>
        </p>
      )}
      <TransportNews transports={transports} label="Transports" />
    </>
  );
}
