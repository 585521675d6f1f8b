import { useId, useRef, useState, type KeyboardEvent } from 'react';
import { allowOnce, denyOnce, type ApprovalView } from '../../shared/gate.ts';
import { Problem } from '../parts/problem.tsx';
import { useIsLive } from '../state/hooks.ts';
import { LegacyLine, Risk, Why } from './approval-lines.tsx';
import { Arguments } from './arguments.tsx';
import { Before } from './before.tsx';
import { CardFooter, type CardDialog } from './card-footer.tsx';
import { Heading, WhoFacts } from './card-head.tsx';
import { Deadline } from './deadline.tsx';
import { Definition } from './definition.tsx';
import { DenyDialog } from './deny-dialog.tsx';
import { EditDialog } from './edit-dialog.tsx';
import { LimitsDialog } from './limits-dialog.tsx';
import { SelectBox } from './select-box.tsx';
import { takesKeys, triageOf } from './triage.ts';
import { useAnswering } from './use-answering.ts';
import { useArmed } from './use-armed.ts';

const LATER_MINUTES = 5;

interface ApprovalCardProps {
  approval: ApprovalView;
  gone: boolean;
  likes: number;
  selected: boolean;
  onSelect: (selected: boolean) => void;
  onBatch: () => void;
}

/** One question. The order of its lines never changes, and nothing on it moves while it is shown. */
export function ApprovalCard({ approval, gone, likes, selected, onSelect, onBatch }: ApprovalCardProps) {
  const titleId = useId();
  const card = useRef<HTMLElement>(null);
  const [dialog, setDialog] = useState<CardDialog | null>(null);
  const [hint, setHint] = useState<string | null>(null);
  const isLive = useIsLive();
  // The button that was pressed goes away with the answer, so the focus goes to the card itself.
  const answering = useAnswering(approval, gone, () => card.current?.focus({ preventScroll: true }));
  const { standing, answer, undo, busy } = answering;
  const { armed, keyRefusal } = useArmed(card, standing.kind === 'open');
  const isOpen = standing.kind === 'open';
  const closed = standing.kind === 'over' || standing.kind === 'answered';
  const isLegacy = approval.direction === 'out' || approval.path === 'legacy';

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    // Dialogs and menus are elsewhere in the page, but their keys pass through here.
    if (!event.currentTarget.contains(event.target as Node) || takesKeys(event.target)) return;
    const act = triageOf(event);
    if (act === null || !isLive || busy) return;
    if (act === 'select' && !closed) onSelect(!selected);
    else if (act === 'undo') undo();
    else if (act === 'allow' && isOpen) {
      const refusal = keyRefusal();
      setHint(refusal);
      if (refusal === null) answer(allowOnce, 'Allowed once');
    } else if (act === 'deny' && isOpen) answer(denyOnce, 'Denied');
    else if (act === 'later' && isOpen) answer({ kind: 'later', minutes: LATER_MINUTES }, 'Put off');
    else if (act === 'edit' && isOpen && approval.direction === 'in') setDialog('edit');
    else return;
    event.preventDefault();
  };

  return (
    <article
      ref={card}
      tabIndex={-1}
      data-card={approval.id}
      aria-labelledby={titleId}
      onKeyDown={onKeyDown}
      className={`overflow-hidden rounded-md border bg-surface outline-offset-2 ${
        isOpen ? 'border-wait-line' : 'border-line'
      } focus:outline-2 focus:outline-accent`}
    >
      <header className={`px-4 py-2.5 ${isOpen ? 'bg-wait-ground' : 'text-dim'}`}>
        <div className="flex items-start gap-3">
          <SelectBox checked={selected && !closed} disabled={closed} titleId={titleId} onChange={onSelect} />
          <Heading id={titleId} approval={approval} closed={!isOpen} />
          <span className={closed ? 'invisible' : ''}>
            <Deadline askedAt={approval.askedAt} deadline={approval.deadline} />
          </span>
        </div>
        <div className="pl-7">
          <WhoFacts peerId={approval.peerId} path={approval.path} at={approval.askedAt} />
        </div>
      </header>
      <div className={`flex flex-col gap-3 border-t border-line px-4 py-3 ${isOpen ? '' : 'text-dim'}`}>
        <Risk approval={approval} />
        {isLegacy ? <LegacyLine approval={approval} /> : null}
        <Arguments approval={approval} closed={closed} />
        <div className="flex flex-col gap-1">
          <Before approval={approval} />
          {approval.direction === 'out' ? null : <Definition approval={approval} />}
          <Why approval={approval} />
        </div>
        <Problem text={answering.error} />
        <p role="status" className={hint === null ? 'hidden' : 'text-dim'}>
          {hint}
        </p>
      </div>
      <CardFooter
        approval={approval}
        answering={answering}
        armed={armed}
        isLive={isLive}
        likes={likes}
        onBatch={onBatch}
        onDialog={setDialog}
      />
      {dialog === 'edit' ? (
        <EditDialog
          approval={approval}
          open={isOpen}
          onClose={() => setDialog(null)}
          onAllow={(edited) => {
            setDialog(null);
            answer({ kind: 'allow-once', edited }, 'Allowed once, with changed arguments');
          }}
        />
      ) : null}
      {dialog === 'reason' ? (
        <DenyDialog
          approval={approval}
          open={isOpen}
          onClose={() => setDialog(null)}
          onDeny={(always, reason) => {
            setDialog(null);
            answer({ kind: 'deny', always, reason }, always ? 'Denied always' : 'Denied');
          }}
        />
      ) : null}
      {dialog === 'limits' ? (
        <LimitsDialog
          approval={approval}
          open={isOpen}
          onClose={() => setDialog(null)}
          onAllow={(value, words) => {
            setDialog(null);
            answer(value, words);
          }}
        />
      ) : null}
    </article>
  );
}
