import { Keyboard, ShieldCheck } from 'lucide-react';
import { useRef, useState } from 'react';
import type { ApprovalView } from '../../shared/gate.ts';
import type { ApprovalId } from '../../shared/ids.ts';
import { Button } from '../parts/button.tsx';
import { Empty, PageHead } from '../parts/page.tsx';
import { ReviewCard } from '../reviews/review-card.tsx';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { plural } from '../words/format.ts';
import { ApprovalCard } from './approval-card.tsx';
import { BatchDialog, type Batch } from './batch-dialog.tsx';
import { Key, KeysHelp } from './keys-help.tsx';
import { isLike, isOpen } from './like.ts';
import { usePlaces } from './use-places.ts';
import { useTriage } from './use-triage.ts';
import { waitingNow } from './waiting-now.ts';

/** It keeps its place in the heading, where there is room for it. */
const away = 'invisible max-mid:hidden';

export function ApprovalsPage() {
  const { approvals, reviews } = useLive((live) => ({ approvals: live.approvals, reviews: live.reviews }));
  const { places, clear } = usePlaces(approvals, reviews);
  const [selected, setSelected] = useState<ReadonlySet<ApprovalId>>(new Set());
  const [batch, setBatch] = useState<Batch | null>(null);
  const [helps, setHelps] = useState(false);
  const list = useRef<HTMLOListElement>(null);

  const open = Object.values(approvals).filter((approval) => isOpen(approval, Date.now()));
  const likesOf = (approval: ApprovalView) => open.filter((other) => isLike(approval, other));
  const chosen = open.filter(({ id }) => selected.has(id)).map(({ id }) => id);
  const openBatch = (ids: readonly ApprovalId[], meant: Batch['meant']) => {
    if (ids.length > 0) setBatch({ ids, meant });
  };
  const batchFrom = (cardId: string | null, meant: Batch['meant']) => {
    const card = open.find(({ id }) => id === cardId);
    openBatch(
      chosen.length > 0 ? chosen : card === undefined ? [] : likesOf(card).map(({ id }) => id),
      meant,
    );
  };
  useTriage({ list, onBatch: batchFrom, onHelp: () => setHelps(true) });

  const waiting = waitingNow({ approvals, reviews }).length;
  const left = places.filter((place) => !place.gone).length;
  const gone = places.length - left;
  const aside = left - waiting;
  const answers = chosen.length > 0;
  const clears = gone > 0 && left > 0;
  const note =
    waiting === 0
      ? 'Nothing waits for you'
      : `${plural(waiting, 'question')} waiting for you${aside > 0 ? `, ${aside.toString()} put off or answered` : ', oldest first'}`;
  return (
    <>
      <PageHead
        title="Approvals"
        note={
          // In a narrow window the actions stand in its place, so that no card moves when they come.
          places.length === 0 ? undefined : (
            <span className={answers || clears ? 'max-mid:hidden' : ''}>{note}</span>
          )
        }
      >
        <Button
          kind="quiet"
          className={answers ? '' : away}
          aria-label={`Answer ${chosen.length.toString()} selected…`}
          onClick={() => openBatch(chosen, null)}
        >
          <span>
            Answer {chosen.length}
            <span className="max-mid:hidden"> selected</span>…
          </span>
        </Button>
        <Button
          kind="quiet"
          className={clears ? '' : away}
          aria-label={`Clear ${gone.toString()} answered`}
          onClick={clear}
        >
          <span>
            Clear {gone}
            <span className="max-mid:hidden"> answered</span>
          </span>
        </Button>
        {places.length === 0 ? null : (
          <Button
            kind="quiet"
            className="max-mid:hidden"
            onClick={() => setHelps(true)}
            aria-label="Keys of this page"
          >
            <Keyboard size={15} aria-hidden /> <Key name="?" />
          </Button>
        )}
      </PageHead>
      <div className="min-h-0 flex-1 overflow-y-auto px-4 pt-1 pb-6 mid:px-5">
        {places.length === 0 ? (
          <Empty icon={<ShieldCheck size={32} strokeWidth={1.5} />} title="Nothing waits for you">
            <p>
              When a contact calls a tool that no rule decides on, the call waits here with its exact
              arguments. Nothing runs before you allow it, and no answer in time means no. Calls of yours wait
              here too where their answer would not be encrypted, and answers of your agents that a rule holds
              for your review.
            </p>
            <p>
              <a href={href('rules')}>See the rules</a> that decide without you.
            </p>
          </Empty>
        ) : (
          <ol ref={list} className="flex max-w-180 flex-col gap-3" aria-label="Questions waiting for you">
            {places.map((place) => (
              <li key={place.view.id}>
                {place.kind === 'review' ? (
                  <ReviewCard review={place.view} gone={place.gone} />
                ) : (
                  <ApprovalCard
                    approval={place.view}
                    gone={place.gone}
                    likes={place.gone ? 0 : likesOf(place.view).length}
                    selected={selected.has(place.view.id)}
                    onSelect={(isSelected) => {
                      const next = new Set(selected);
                      if (isSelected) next.add(place.view.id);
                      else next.delete(place.view.id);
                      setSelected(next);
                    }}
                    onBatch={() =>
                      openBatch(
                        likesOf(place.view).map(({ id }) => id),
                        null,
                      )
                    }
                  />
                )}
              </li>
            ))}
          </ol>
        )}
      </div>
      {batch === null ? null : (
        <BatchDialog
          batch={batch}
          onClose={() => {
            setBatch(null);
            setSelected(new Set());
          }}
        />
      )}
      {helps ? <KeysHelp onClose={() => setHelps(false)} /> : null}
    </>
  );
}
