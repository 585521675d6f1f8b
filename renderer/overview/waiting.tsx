import { ChevronRight } from 'lucide-react';
import { useMemo } from 'react';
import type { ApprovalView, ReviewView } from '../../shared/gate.ts';
import { waitingNow } from '../approvals/waiting-now.ts';
import { Arrow } from '../calls/call-row.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { Section } from '../parts/page.tsx';
import { PeerNameOf } from '../parts/peer-name.tsx';
import { ContactRequestCard } from '../peers/contact-request.tsx';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { useNow } from '../state/use-now.ts';
import { clock, whole } from '../words/format.ts';

type Waits = ApprovalView | ReviewView;
const byAge = (a: Waits, b: Waits): number => a.askedAt - b.askedAt;

/** What waits, oldest first. Calls are answered on their own page, where all that matters is shown. */
export function Waiting() {
  const { approvals, reviews } = useLive((live) => ({ approvals: live.approvals, reviews: live.reviews }));
  const waiting = useMemo(() => {
    const ids = new Set<string>(waitingNow({ approvals, reviews }));
    return [...Object.values(approvals), ...Object.values(reviews)]
      .filter(({ id }) => ids.has(id))
      .toSorted(byAge);
  }, [approvals, reviews]);
  const peers = useLive((live) => live.peers);
  const asking = useMemo(
    () =>
      Object.values(peers)
        .filter((peer) => peer.request !== null && peer.trust === 'unknown')
        .toSorted((a, b) => (a.request?.firstAt ?? 0) - (b.request?.firstAt ?? 0)),
    [peers],
  );
  if (waiting.length === 0 && asking.length === 0) return null;
  return (
    <div className="grid items-start gap-6 wide:grid-cols-2">
      {waiting.length === 0 ? null : (
        <Section title="Questions waiting for you" action={<a href={href('approvals')}>Answer</a>}>
          <ul className="overflow-hidden rounded-md border border-wait-line bg-surface">
            {waiting.slice(0, 5).map((approval) => (
              <li key={approval.id} className="border-line not-last:border-b">
                <a
                  href={href('approvals')}
                  className="flex items-center gap-2 px-3 py-2 text-text! no-underline! hover:bg-hover"
                >
                  <Arrow direction={'direction' in approval ? approval.direction : 'out'} />
                  <span className="flex min-w-0 flex-1 flex-wrap gap-x-1.5">
                    <PeerNameOf peerId={approval.peerId} className="font-medium" />
                    <span className="min-w-0 break-words text-dim">
                      {'direction' in approval ? '' : 'gets what '}
                      {approval.agent} ▸ <Hostile text={approval.tool} max={60} />
                      {'direction' in approval ? '' : ' answered'}
                    </span>
                  </span>
                  <Left deadline={approval.deadline} />
                  <ChevronRight size={15} aria-hidden className="shrink-0 text-dim" />
                </a>
              </li>
            ))}
          </ul>
          {waiting.length > 5 ? <p className="text-dim">And {whole(waiting.length - 5)} more.</p> : null}
        </Section>
      )}
      {asking.length === 0 ? null : (
        <Section title="Contact requests">
          {asking.slice(0, 3).map((peer) => (
            <ContactRequestCard key={peer.peerId} peer={peer} named />
          ))}
          {asking.length > 3 ? <a href={href('peers')}>All {whole(asking.length)} requests</a> : null}
        </Section>
      )}
    </div>
  );
}

function Left({ deadline }: { deadline: number }) {
  const now = useNow(1000);
  return <span className="numbers shrink-0 font-medium text-wait">{clock(deadline - now)}</span>;
}
