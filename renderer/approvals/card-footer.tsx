import { ChevronDown } from 'lucide-react';
import { fits, type Answer, type ApprovalView, denyOnce, allowOnce } from '../../shared/gate.ts';
import { Button, buttonClass } from '../parts/button.tsx';
import { Menu } from '../parts/menu.tsx';
import { goToRule } from '../rules/places.ts';
import { useLive } from '../state/hooks.ts';
import { useNow } from '../state/use-now.ts';
import { time } from '../words/format.ts';
import { peerLabel } from '../words/peer-names.ts';
import { shown } from '../words/shown.ts';
import { allowances, lastsLonger, laters, pendingWords } from './answers.ts';
import type { Answering, Standing } from './use-answering.ts';

export type CardDialog = 'edit' | 'reason' | 'limits';

interface CardFooterProps {
  approval: ApprovalView;
  answering: Answering;
  armed: boolean;
  isLive: boolean;
  /** Questions like this one that wait, itself among them. */
  likes: number;
  onBatch: () => void;
  onDialog: (dialog: CardDialog) => void;
}

/** The answers, each in its place whatever the card says; and, in their place, what was answered. */
export function CardFooter({
  approval,
  answering,
  armed,
  isLive,
  likes,
  onBatch,
  onDialog,
}: CardFooterProps) {
  const { standing, busy, answer } = answering;
  const peer = useLive((live) => live.peers[approval.peerId]);
  const isOpen = standing.kind === 'open';
  const longer = lastsLonger(approval);
  // There is nobody to give a reason to, and what we call we wrote ourselves.
  const isOurs = approval.direction === 'out';
  const off = !isLive || busy;
  const send = (value: Answer, words: string) => answer(value, words);
  return (
    <footer className="border-t border-line px-4 pt-1.5 pb-2.5">
      <div className="flex h-6 items-center gap-2 text-sm">
        <Facts approval={approval} standing={standing} />
        <Button
          kind="quiet"
          size="small"
          className={`-mr-2 ml-auto !text-accent ${likes > 1 && isOpen ? '' : 'invisible'}`}
          aria-hidden={likes > 1 && isOpen ? undefined : true}
          onClick={onBatch}
        >
          {likes.toString()} like this: answer together…
        </Button>
      </div>
      {/* The buttons keep their place when they are gone, so that nothing else comes under the pointer. */}
      <div className="relative">
        {isOpen ? null : <Said answering={answering} isLive={isLive} />}
        <div inert={!isOpen} className={`flex flex-wrap items-center gap-2 ${isOpen ? '' : 'invisible'}`}>
          <span className="flex">
            <Button
              className={isOurs ? '' : 'rounded-r-none'}
              disabled={off}
              onClick={() => send(denyOnce, 'Denied')}
            >
              Deny
            </Button>
            {isOurs ? null : (
              <Menu
                align="start"
                disabled={off}
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
                    label: 'Deny with a reason…',
                    note: 'They are told your words',
                    onChoose: () => onDialog('reason'),
                  },
                  ...(fits(approval, { kind: 'deny', always: true, reason: null })
                    ? [
                        {
                          label: 'Deny always',
                          note: 'A rule for this peer and tool',
                          onChoose: () => send({ kind: 'deny', always: true, reason: null }, 'Denied always'),
                        },
                      ]
                    : []),
                  {
                    label: 'Deny and block',
                    note: `Blocks ${peerLabel(peer, approval.peerId)} altogether`,
                    danger: true,
                    onChoose: () => send({ kind: 'deny-and-block' }, 'Denied and blocked'),
                  },
                ]}
              />
            )}
          </span>
          <Menu
            align="start"
            disabled={off}
            heading="It goes on waiting, and comes back in"
            trigger={
              <button type="button" className={buttonClass()}>
                Later <ChevronDown size={14} aria-hidden />
              </button>
            }
            entries={laters.map((minutes) => ({
              label: `${minutes.toString()} minutes`,
              onChoose: () => send({ kind: 'later', minutes }, 'Put off'),
            }))}
          />
          <span className="ml-auto flex flex-wrap gap-2">
            {isOurs ? null : (
              <Button disabled={off} onClick={() => onDialog('edit')}>
                Edit…
              </Button>
            )}
            <Button
              aria-disabled={!armed}
              disabled={off}
              onClick={() => (armed ? send(allowOnce, 'Allowed once') : undefined)}
            >
              Allow once
            </Button>
            {longer ? (
              <Menu
                disabled={off || !armed}
                heading={
                  <>
                    Lets {peerLabel(peer, approval.peerId)} use {approval.agent} ▸ {shown(approval.tool, 60)}{' '}
                    unasked, with any arguments, for
                  </>
                }
                trigger={
                  <button type="button" aria-disabled={!armed} className={buttonClass()}>
                    Allow for… <ChevronDown size={14} aria-hidden />
                  </button>
                }
                entries={[
                  ...allowances.map(({ label, note, answer: make, said }) => ({
                    label,
                    ...(note === undefined ? {} : { note }),
                    onChoose: () => send(make(null), said),
                  })),
                  {
                    label: 'With limits…',
                    note: 'So many calls an hour, or a day',
                    onChoose: () => onDialog('limits'),
                  },
                  {
                    label: 'Make a rule of this…',
                    note: 'For these arguments, or others; it goes on waiting meanwhile',
                    onChoose: () => goToRule(approval.id),
                  },
                ]}
              />
            ) : null}
          </span>
        </div>
      </div>
    </footer>
  );
}

/** One line that is always there, so that what changes in it moves nothing. */
function Facts({ approval, standing }: { approval: ApprovalView; standing: Standing }) {
  const over = standing.kind === 'over';
  return (
    <p className="numbers min-w-0 truncate text-dim">
      {over ? (
        ''
      ) : (
        <>
          {standing.kind === 'answered' ? 'The time stands still' : `Expires at ${time(approval.deadline)}`}
          {approval.callerAway ? ' · caller away, and may come back for it' : ''}
        </>
      )}
    </p>
  );
}

/** What was answered; until it is carried out, with the way back. */
function Said({ answering, isLive }: { answering: Answering; isLive: boolean }) {
  const { standing, busy, undo, reveal } = answering;
  return (
    <div className="absolute inset-0 z-1 flex items-center gap-3">
      <p className="min-w-0">
        <span role="status" className="font-medium">
          {standing.kind === 'put-off'
            ? `Put off until ${time(standing.until)}.`
            : standing.kind === 'open'
              ? ''
              : `${standing.words}.`}
        </span>{' '}
        {standing.kind === 'answered' && standing.at !== null ? (
          <Countdown how={standing.how} at={standing.at} />
        ) : null}
      </p>
      {standing.kind === 'answered' && standing.at !== null ? (
        <Button disabled={busy || !isLive} onClick={undo}>
          Undo
        </Button>
      ) : null}
      {standing.kind === 'put-off' ? (
        <Button disabled={busy || !isLive} onClick={reveal}>
          Answer now
        </Button>
      ) : null}
    </div>
  );
}

function Countdown({ how, at }: { how: string; at: number }) {
  const now = useNow(200);
  return <span className="numbers text-dim">{pendingWords(how, at - now)}</span>;
}
