import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import type { CallDetail } from '../../shared/calls.ts';
import type { ReviewAnswer, ReviewView } from '../../shared/gate.ts';
import { Target } from '../approvals/approval-lines.tsx';
import { WhoFacts } from '../approvals/card-head.tsx';
import { Deadline } from '../approvals/deadline.tsx';
import { takesKeys, triageOf } from '../approvals/triage.ts';
import { useArmed } from '../approvals/use-armed.ts';
import { Button } from '../parts/button.tsx';
import { HostileJson } from '../parts/hostile.tsx';
import { FullPeerName } from '../parts/peer-name.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf, useAction } from '../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { time } from '../words/format.ts';
import { HeldResult } from './held-result.tsx';
import { RedactDialog } from './redact-dialog.tsx';
import { RefuseDialog } from './refuse-dialog.tsx';

/** What an agent answered, held until it is released. It has run: only what leaves is decided here. */
export function ReviewCard({ review, gone }: { review: ReviewView; gone: boolean }) {
  const titleId = useId();
  const card = useRef<HTMLElement>(null);
  const [said, setSaid] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [hint, setHint] = useState<string | null>(null);
  const [dialog, setDialog] = useState<'redact' | 'refuse' | null>(null);
  const host = useHost();
  const isLive = useIsLive();
  const peer = useLive((live) => live.peers[review.peerId]);
  const closed = gone || said !== null;
  const { armed, keyRefusal } = useArmed(card, closed);
  const ending = said ?? (Date.now() >= review.deadline ? 'Expired: it was not released' : 'No longer held');
  const off = !isLive || busy;

  const answer = (value: ReviewAnswer, words: string) => {
    if (busy || closed) return;
    setBusy(true);
    setError(null);
    host((client) => client.reviews.answer({ id: review.id, digest: review.digest, answer: value }))
      .then(() => {
        setSaid(words);
        card.current?.focus({ preventScroll: true });
      })
      .catch((caught: unknown) => setError(sentenceOf(caught)))
      .finally(() => setBusy(false));
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (!event.currentTarget.contains(event.target as Node) || takesKeys(event.target)) return;
    const act = triageOf(event);
    if (act === null || closed || off) return;
    if (act === 'allow') {
      const refusal = keyRefusal();
      setHint(refusal);
      if (refusal === null) answer({ kind: 'release' }, 'Released');
    } else if (act === 'deny') setDialog('refuse');
    else if (act === 'edit') setDialog('redact');
    else return;
    event.preventDefault();
  };

  return (
    <article
      ref={card}
      tabIndex={-1}
      data-card={review.id}
      aria-labelledby={titleId}
      onKeyDown={onKeyDown}
      className={`overflow-hidden rounded-md border bg-surface outline-offset-2 focus:outline-2 focus:outline-accent ${
        closed ? 'border-line' : 'border-wait-line'
      }`}
    >
      <header className={`px-4 py-2.5 ${closed ? 'text-dim' : 'bg-wait-ground'}`}>
        <div className="flex items-start gap-3">
          <h2 id={titleId} className="min-w-0 flex-1 text-lg break-words">
            <FullPeerName peer={peer} peerId={review.peerId} /> is to get what <Target approval={review} />{' '}
            answered
          </h2>
          <span className={closed ? 'invisible' : ''}>
            <Deadline askedAt={review.askedAt} deadline={review.deadline} />
          </span>
        </div>
        <WhoFacts peerId={review.peerId} path={review.path} at={review.askedAt} />
      </header>
      <div className={`flex flex-col gap-3 border-t border-line px-4 py-3 ${closed ? 'text-dim' : ''}`}>
        <p>
          <span className="font-medium">The call has run.</span>{' '}
          {review.toolError ? (
            <strong className="font-medium text-bad">The tool reports an error. </strong>
          ) : null}
          Only what leaves is decided here.
          {review.ruleId === null ? null : (
            <>
              {' '}
              Held because <a href={href('rules', review.ruleId)}>a rule says so</a>.
            </>
          )}
        </p>
        <CallOf review={review} />
        <HeldResult review={review} closed={closed} />
        <Problem text={error} />
        <p role="status" className={hint === null ? 'hidden' : 'text-dim'}>
          {hint}
        </p>
      </div>
      <footer className="border-t border-line px-4 pt-1.5 pb-2.5">
        <p className="numbers flex h-6 items-center truncate text-sm text-dim">
          {closed
            ? ''
            : `Not released at ${time(review.deadline)}: nothing leaves${review.callerAway ? ' · caller away, and may come back for it' : ''}`}
        </p>
        <div className="relative">
          {closed ? (
            <p role="status" className="absolute inset-0 flex items-center font-medium">
              {ending}.
            </p>
          ) : null}
          <div inert={closed} className={`flex flex-wrap items-center gap-2 ${closed ? 'invisible' : ''}`}>
            <Button disabled={off} onClick={() => setDialog('refuse')}>
              Refuse…
            </Button>
            <span className="ml-auto flex gap-2">
              <Button disabled={off} onClick={() => setDialog('redact')}>
                Redact…
              </Button>
              <Button
                aria-disabled={!armed}
                disabled={off}
                onClick={() => (armed ? answer({ kind: 'release' }, 'Released') : undefined)}
              >
                Release
              </Button>
            </span>
          </div>
        </div>
      </footer>
      {dialog === 'redact' ? (
        <RedactDialog
          review={review}
          open={!closed}
          onClose={() => setDialog(null)}
          onRedact={(result) => {
            setDialog(null);
            answer({ kind: 'redact', result }, 'Released, with your changes');
          }}
        />
      ) : null}
      {dialog === 'refuse' ? (
        <RefuseDialog
          open={!closed}
          onClose={() => setDialog(null)}
          onRefuse={(reason) => {
            setDialog(null);
            answer({ kind: 'refuse', reason }, 'Refused: nothing left');
          }}
        />
      ) : null}
    </article>
  );
}

/** With what it was called. */
function CallOf({ review }: { review: ReviewView }) {
  const [detail, setDetail] = useState<CallDetail | null>(null);
  const host = useHost();
  const { run, error } = useAction(async () => {
    setDetail(await host((client) => client.calls.detail({ id: review.callId })));
  });
  useEffect(run, [run]);
  const ran = detail === null ? null : (detail.edited ?? detail.request);
  return (
    <section className="flex flex-col gap-1" aria-label="The call">
      <h3 className="font-medium">
        The call{' '}
        <a href={href('calls', review.callId.toString())} className="numbers text-sm font-normal">
          {review.callId}
        </a>
        {detail?.edited == null ? null : (
          <span className="text-sm font-normal text-dim"> with the arguments that you changed</span>
        )}
      </h3>
      {error !== null ? (
        <p className="text-dim">Its arguments could not be read. {error}</p>
      ) : detail === null ? (
        <p className="text-dim">Reading…</p>
      ) : ran === null ? (
        <p className="text-dim">Only the hash of its arguments was kept.</p>
      ) : (
        <HostileJson label="Arguments of the call" json={ran} />
      )}
    </section>
  );
}
