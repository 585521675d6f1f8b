import { ChevronDown } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import type { Answer, ApprovalView } from '../../shared/gate.ts';
import { Button, buttonClass } from '../parts/button.tsx';
import { Menu } from '../parts/menu.tsx';
import { FullPeerName } from '../parts/peer-name.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { plural, span } from '../words/format.ts';
import { peerLabel } from '../words/peer-names.ts';
import { peerWords } from '../words/peer-words.ts';
import { shown } from '../words/shown.ts';
import { LegacyLine, Risk, Target } from './approval-lines.tsx';
import { Arguments } from './arguments.tsx';
import { Deadline } from './deadline.tsx';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const allowances: readonly { label: string; note?: string; answer: Answer; said: string }[] = [
  {
    label: '10 minutes',
    answer: { kind: 'allow-for', seconds: 10 * MINUTE },
    said: 'Allowed for 10 minutes',
  },
  { label: '1 hour', answer: { kind: 'allow-for', seconds: HOUR }, said: 'Allowed for 1 hour' },
  { label: '1 day', answer: { kind: 'allow-for', seconds: DAY }, said: 'Allowed for 1 day' },
  { label: 'Until I quit', answer: { kind: 'allow-until-quit' }, said: 'Allowed until you quit' },
  {
    label: 'Always',
    note: 'Asked again when the tool changes',
    answer: { kind: 'allow-always' },
    said: 'Allowed always',
  },
];

/** A click meant for something else must not answer: Allow works only once the card has been there this long. */
const ARMING_MS = 600;

/** One question. The order of its lines never changes, and nothing on it moves while it is shown. */
export function ApprovalCard({ approval, gone }: { approval: ApprovalView; gone: boolean }) {
  const [collapsed, setCollapsed] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const armed = useArmed(collapsed);
  const host = useHost();
  const isLive = useIsLive();
  const peer = useLive((live) => live.peers[approval.peerId]);
  const isOurs = approval.direction === 'out';
  // Over a legacy link each call is asked for: nothing can be allowed, or denied, for longer.
  const isLegacy = isOurs || approval.path === 'legacy';
  const titleId = useId();
  const card = useRef<HTMLElement>(null);
  const closed = gone || said !== null;
  const ending = said ?? (Date.now() >= approval.deadline ? 'Expired' : 'No longer waiting');

  // The button that was pressed goes away with this, so the focus goes to the card itself.
  const collapse = (next: boolean) => {
    setCollapsed(next);
    card.current?.focus({ preventScroll: true });
  };

  const answer = (value: Answer, words: string) => {
    if (busy || closed) return;
    setBusy(true);
    setError(null);
    host((client) => client.approvals.answer({ id: approval.id, digest: approval.digest, answer: value }))
      .then(() => {
        setSaid(words);
        card.current?.focus();
      })
      .catch((caught: unknown) => setError(sentenceOf(caught)))
      .finally(() => setBusy(false));
  };

  return (
    <article
      ref={card}
      tabIndex={-1}
      aria-labelledby={titleId}
      className={`overflow-hidden rounded-md border bg-surface outline-offset-2 ${
        closed ? 'border-line' : 'border-wait-line'
      }`}
    >
      <header className={`px-4 py-2.5 ${closed ? 'text-dim' : 'bg-wait-ground'}`}>
        <div className="flex items-start gap-3">
          <h2 id={titleId} className="min-w-0 flex-1 text-lg break-words">
            {isOurs ? (
              <>
                <span className={closed ? '' : 'text-text'}>You are about to call </span>
                <Target approval={approval} />
                <span className={closed ? '' : 'text-text'}> of </span>
                <FullPeerName peer={peer} peerId={approval.peerId} />
              </>
            ) : (
              <>
                <FullPeerName peer={peer} peerId={approval.peerId} />
                <span className={closed ? '' : 'text-text'}> wants to use </span>
                <Target approval={approval} />
              </>
            )}
          </h2>
          <span className={closed ? 'invisible' : ''}>
            <Deadline askedAt={approval.askedAt} deadline={approval.deadline} />
          </span>
        </div>
        <p className="break-words text-dim">
          {[
            peer?.contactSince == null
              ? 'not a contact'
              : `contact for ${span(Math.max(0, approval.askedAt - peer.contactSince))}`,
            approval.path,
            `words: ${peerWords(approval.peerId)}`,
          ].join(' · ')}
        </p>
      </header>

      {collapsed ? (
        <div className="flex items-center justify-between gap-2 border-t border-line px-4 py-2">
          <span className="text-dim" role="status">
            {closed ? ending : 'Put off. The time runs on.'}
          </span>
          <Button size="small" className={closed ? 'invisible' : ''} onClick={() => collapse(false)}>
            Show
          </Button>
        </div>
      ) : (
        <>
          <div className={`flex flex-col gap-3 border-t border-line px-4 py-3 ${closed ? 'text-dim' : ''}`}>
            <Risk approval={approval} />
            {isLegacy ? <LegacyLine approval={approval} /> : null}
            <Arguments approval={approval} closed={closed} />
            <p className="numbers text-dim">
              Before: {before(approval)}
              {isOurs ? null : (
                <>
                  {' · '}
                  {approval.toolChanged ? (
                    <strong className="font-semibold text-bad">
                      the tool changed since it was first allowed
                    </strong>
                  ) : (
                    'tool unchanged'
                  )}
                </>
              )}
            </p>
            <Problem text={error} />
          </div>
          {/* The buttons keep their place when they are gone, so that the next card stays under no pointer. */}
          <footer className="relative border-t border-line px-4 py-2.5">
            {closed ? (
              <p role="status" className="absolute inset-0 flex items-center px-4 font-medium text-dim">
                {ending}
              </p>
            ) : null}
            <div inert={closed} className={`flex flex-wrap items-center gap-2 ${closed ? 'invisible' : ''}`}>
              <span className="flex">
                <Button
                  className={isLegacy ? '' : 'rounded-r-none'}
                  disabled={!isLive || busy}
                  onClick={() => answer({ kind: 'deny', always: false }, 'Denied')}
                >
                  Deny
                </Button>
                {isLegacy ? null : (
                  <Menu
                    align="start"
                    disabled={!isLive || busy}
                    trigger={
                      <button
                        type="button"
                        aria-label="More ways to deny"
                        className={`${buttonClass()} rounded-l-none border-l-0 !px-1.5`}
                      >
                        <ChevronDown size={14} aria-hidden />
                      </button>
                    }
                    entries={[
                      {
                        label: 'Deny always',
                        note: 'A rule for this peer and tool',
                        onChoose: () => answer({ kind: 'deny', always: true }, 'Denied always'),
                      },
                      {
                        label: 'Deny and block',
                        note: `Blocks ${peerLabel(peer, approval.peerId)} altogether`,
                        danger: true,
                        onChoose: () => answer({ kind: 'deny-and-block' }, 'Denied and blocked'),
                      },
                    ]}
                  />
                )}
              </span>
              <Button disabled={busy} onClick={() => collapse(true)}>
                Later
              </Button>
              <span className="ml-auto flex gap-2">
                <Button
                  aria-disabled={!armed}
                  disabled={!isLive || busy}
                  onClick={() => (armed ? answer({ kind: 'allow-once' }, 'Allowed once') : undefined)}
                >
                  Allow once
                </Button>
                {isLegacy ? null : (
                  <Menu
                    disabled={!isLive || busy || !armed}
                    heading={
                      <>
                        Lets {peerLabel(peer, approval.peerId)} use {approval.agent} ▸{' '}
                        {shown(approval.tool, 60)} unasked, with any arguments, for
                      </>
                    }
                    trigger={
                      <button type="button" aria-disabled={!armed} className={buttonClass()}>
                        Allow for… <ChevronDown size={14} aria-hidden />
                      </button>
                    }
                    entries={allowances.map(({ label, note, answer: value, said: words }) => ({
                      label,
                      ...(note === undefined ? {} : { note }),
                      onChoose: () => answer(value, words),
                    }))}
                  />
                )}
              </span>
            </div>
          </footer>
        </>
      )}
    </article>
  );
}

function before({ before: { allowed, denied } }: ApprovalView): string {
  const all = allowed + denied;
  return all === 0
    ? 'none like this'
    : `${plural(all, 'like this', 'like this')}, ${allowed.toString()} allowed, ${denied.toString()} denied`;
}

function useArmed(again: boolean): boolean {
  const [armed, setArmed] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setArmed(true), ARMING_MS);
    return () => {
      clearTimeout(timer);
      setArmed(false);
    };
  }, [again]);
  return armed;
}
