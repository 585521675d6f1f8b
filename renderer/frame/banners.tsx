import { CirclePause, Unplug } from 'lucide-react';
import { Button } from '../parts/button.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive, useLink, useLive, useSession } from '../state/hooks.ts';
import type { LinkState } from '../state/session.ts';
import { useNow } from '../state/use-now.ts';
import { clock, date, time } from '../words/format.ts';

const bar =
  'flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-bad-ground px-4 py-2 mid:px-5';

/** Over the page while the host is away. The page stays, from the last moment it was true. */
export function LostBanner() {
  const link = useLink();
  return <div role="status">{link.state === 'lost' ? <Lost link={link} /> : null}</div>;
}

function Lost({ link }: { link: LinkState & { state: 'lost' } }) {
  const session = useSession();
  return (
    <div className={bar}>
      <Unplug size={16} aria-hidden className="shrink-0 text-bad" />
      <p className="min-w-0 flex-1">
        <strong className="font-semibold">The host does not answer.</strong> What you see is from{' '}
        <span className="numbers">{time(link.since)}</span> and nothing can be changed.{' '}
        <span aria-live="off">
          <Countdown to={link.retryAt} />
        </span>
      </p>
      <Button size="small" onClick={() => session.retryNow()}>
        Try now
      </Button>
    </div>
  );
}

function Countdown({ to }: { to: number }) {
  const now = useNow(500);
  return (
    <span className="numbers">{to > now ? `Trying again in ${clock(to - now)}.` : 'Trying again…'}</span>
  );
}

export function StoppedBanner() {
  const stoppedAt = useLive((live) => live.host.stoppedAt);
  const host = useHost();
  const isLive = useIsLive();
  const resume = useAction(() => host((client) => client.host.resume()));
  return (
    <div role="status">
      {stoppedAt === null ? null : (
        <div className={bar}>
          <CirclePause size={16} aria-hidden className="shrink-0 text-bad" />
          <p className="min-w-0 flex-1">
            <strong className="font-semibold">Everything is stopped</strong> since{' '}
            <span className="numbers">{date(stoppedAt)}</span>. No agent runs, no link is open, every call is
            refused.
          </p>
          <Problem text={resume.error} />
          <Button kind="primary" size="small" disabled={resume.busy || !isLive} onClick={resume.run}>
            Resume
          </Button>
        </div>
      )}
    </div>
  );
}
