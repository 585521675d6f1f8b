import { CirclePause, Unplug } from 'lucide-react';
import { useState } from 'react';
import type { PanicReport } from '../../shared/panic.ts';
import { Button } from '../parts/button.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive, useLink, useLive, useSession } from '../state/hooks.ts';
import type { LinkState } from '../state/session.ts';
import { useNow } from '../state/use-now.ts';
import { clock, date, time } from '../words/format.ts';
import { PanicDetails, stoppedWords, unverified } from './panic-report.tsx';

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

/** While everything is stopped: since when, what that came to, and how sure that is. */
export function StoppedBanner() {
  const { stoppedAt, panic } = useLive((live) => ({
    stoppedAt: live.host.stoppedAt,
    panic: live.host.panic,
  }));
  const [open, setOpen] = useState(false);
  const host = useHost();
  const isLive = useIsLive();
  const resume = useAction(() => host((client) => client.host.resume()));
  const again = useAction(() => host((client) => client.host.stopAll()));
  const doubts = panic === null ? [] : unverified(panic);
  const isFailing = panic !== null && !isSound(panic);
  return (
    <div role="status">
      {stoppedAt === null ? null : (
        <div className={bar}>
          <CirclePause size={16} aria-hidden className="shrink-0 self-start text-bad" />
          <div className="min-w-64 flex-1">
            <p>
              <strong className="font-semibold">Everything is stopped</strong> since{' '}
              <span className="numbers">{date(stoppedAt)}</span>. Every call is refused.
            </p>
            {panic === null ? null : (
              <p className="numbers text-dim">
                {stoppedWords(panic)}
                {doubts.length === 0 ? ' · all of it checked' : ''}
              </p>
            )}
            {doubts.map((sentence) => (
              <p key={sentence} className="font-medium text-bad">
                {sentence}
              </p>
            ))}
          </div>
          <Problem text={resume.error ?? again.error} />
          <span className="flex flex-wrap gap-2 self-start">
            {panic === null ? null : (
              <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
                {open ? 'Hide the report' : 'How it was checked'}
              </Button>
            )}
            {isFailing ? (
              <Button kind="danger" size="small" disabled={again.busy || !isLive} onClick={again.run}>
                Stop again
              </Button>
            ) : null}
            <Button size="small" disabled={resume.busy || !isLive} onClick={resume.run}>
              Resume
            </Button>
          </span>
          {open && panic !== null ? <PanicDetails report={panic} /> : null}
        </div>
      )}
    </div>
  );
}

/** An agent that runs elsewhere cannot be looked at again either. */
const isSound = ({ agents, links, running, problems, written }: PanicReport): boolean =>
  running === 0 &&
  links.left.length === 0 &&
  problems.length === 0 &&
  written &&
  agents.every(({ outcome }) => outcome !== 'still-running');
