import { useEffect, useRef, useState } from 'react';
import { allowOnce, denyOnce, type Answer, type ApprovalView } from '../../shared/gate.ts';
import type { ApprovalId } from '../../shared/ids.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { PeerNameOf } from '../parts/peer-name.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { bytes, plural } from '../words/format.ts';
import { Target } from './approval-lines.tsx';
import { HiddenFlag } from './arguments.tsx';
import { answeredWords } from './answers.ts';
import { differingArguments, isLike, isOpen } from './like.ts';
import { onOneLine } from './one-line.ts';
import { ARMING_MS } from './use-armed.ts';
import { holdsHidden } from './whole-arguments.ts';

export interface Batch {
  readonly ids: readonly ApprovalId[];
  /** The answer that was meant when it was opened: its button has the focus, unless it allows. */
  readonly meant: 'allow' | 'deny' | 'later' | null;
}

interface BatchDialogProps {
  batch: Batch;
  onClose: () => void;
}

const SHOWN = 120;
const ESCAPES = 10;
const LATER_MINUTES = 5;

/** Several questions and one answer. Each is shown with what tells it from the others, and with what came of it. */
export function BatchDialog({ batch, onClose }: BatchDialogProps) {
  const approvals = useLive((live) => live.approvals);
  const undoSeconds = useLive((live) => live.settings.undoSeconds);
  // As they were when it was opened; nothing that comes later is answered with them.
  const [questions] = useState(() =>
    batch.ids.map((id) => approvals[id]).filter((approval) => approval !== undefined),
  );
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [results, setResults] = useState<ReadonlyMap<string, string | null> | null>(null);
  const [armed, setArmed] = useState(false);
  const denyButton = useRef<HTMLButtonElement>(null);
  const laterButton = useRef<HTMLButtonElement>(null);
  const closeButton = useRef<HTMLButtonElement>(null);
  const host = useHost();
  const isLive = useIsLive();
  useEffect(() => {
    const timer = setTimeout(() => setArmed(true), ARMING_MS);
    return () => clearTimeout(timer);
  }, []);

  const [value, setValue] = useState<Answer | null>(null);
  const picked = questions.filter(({ id }) => {
    const now = approvals[id];
    return now !== undefined && now.answered === null && !left.has(id);
  });
  const send = useAction(async () => {
    if (value === null) return;
    const found = await host((client) =>
      client.approvals.answerMany({
        questions: picked.map(({ id, digest }) => ({ id, digest })),
        answer: value,
        undoSeconds: value.kind === 'later' ? 0 : undoSeconds,
      }),
    );
    setResults(new Map(found.map(({ id, problem }) => [id, problem])));
  });
  const undo = useAction(async () => {
    const ids = questions.filter(({ id }) => (approvals[id]?.answered ?? null) !== null).map(({ id }) => id);
    await host((client) => client.approvals.undo({ ids }));
    setResults(null);
  });
  const { run } = send;
  useEffect(() => {
    if (value !== null) run();
  }, [value, run]);

  const [first] = questions;
  const areLike = first !== undefined && questions.every((approval) => isLike(first, approval));
  const off = !isLive || send.busy || picked.length === 0 || results !== null;
  const undoable = questions.some(({ id }) => (approvals[id]?.answered ?? null) !== null);
  const initial = batch.meant === 'deny' ? denyButton : batch.meant === 'later' ? laterButton : closeButton;
  const give = (answer: Answer) => setValue({ ...answer });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`${plural(questions.length, 'call')} ${areLike ? 'like this' : 'selected'}`}
      width={680}
      initialFocus={initial}
    >
      <div className="flex flex-col gap-3">
        {areLike ? (
          <p>
            <PeerNameOf peerId={first.peerId} className="font-medium" /> wants to use{' '}
            <Target approval={first} />. They differ in what is shown; all else is the same.
          </p>
        ) : null}
        <ul
          className="max-h-[46vh] overflow-y-auto rounded-md border border-line"
          aria-label="Calls of this batch"
        >
          {questions.map((question) => (
            <BatchRow
              key={question.id}
              question={question}
              now={approvals[question.id]}
              names={areLike ? differingArguments(questions) : question.arguments.map(({ name }) => name)}
              named={!areLike}
              picked={!left.has(question.id)}
              problem={results?.get(question.id)}
              locked={results !== null}
              onPick={(isPicked) => {
                const next = new Set(left);
                if (isPicked) next.delete(question.id);
                else next.add(question.id);
                setLeft(next);
              }}
            />
          ))}
        </ul>
        <Problem text={send.error ?? undo.error} />
        <div className="flex flex-wrap items-center gap-2">
          <Button ref={denyButton} disabled={off} onClick={() => give(denyOnce)}>
            Deny {counted(picked.length)}
          </Button>
          <Button
            ref={laterButton}
            disabled={off}
            onClick={() => give({ kind: 'later', minutes: LATER_MINUTES })}
          >
            Later, in 5 minutes
          </Button>
          <Button aria-disabled={!armed} disabled={off} onClick={() => (armed ? give(allowOnce) : undefined)}>
            Allow each once
          </Button>
          <span className="ml-auto flex gap-2">
            {undoable && results !== null ? (
              <Button disabled={undo.busy || !isLive} onClick={undo.run}>
                Undo all
              </Button>
            ) : null}
            <Button ref={closeButton} onClick={onClose}>
              Close
            </Button>
          </span>
        </div>
      </div>
    </Dialog>
  );
}

const counted = (count: number): string =>
  count === 0 ? '' : count === 1 ? 'it' : `all ${count.toString()}`;

interface BatchRowProps {
  question: ApprovalView;
  /** As it is now; undefined: it is gone. */
  now: ApprovalView | undefined;
  names: readonly string[];
  named: boolean;
  picked: boolean;
  /** Undefined: not answered here. Null: it was. */
  problem: string | null | undefined;
  locked: boolean;
  onPick: (picked: boolean) => void;
}

function BatchRow({ question, now, names, named, picked, problem, locked, onPick }: BatchRowProps) {
  const over = now === undefined || now.answered !== null;
  return (
    <li className="flex items-start gap-3 px-3 max-mid:flex-wrap py-2 not-last:border-b not-last:border-line">
      <input
        type="checkbox"
        aria-label={`Call ${question.callId.toString()}`}
        checked={picked && !(over && problem === undefined)}
        disabled={locked || over}
        onChange={(event) => onPick(event.target.checked)}
        className="mt-0.5 size-4 shrink-0 accent-(--accent)"
      />
      <div className="min-w-48 flex-1">
        {named ? (
          <p>
            <PeerNameOf peerId={question.peerId} className="font-medium" /> <Target approval={question} />
          </p>
        ) : null}
        {names.length === 0 ? (
          <p className="text-dim">
            {question.arguments.length === 0 ? 'No arguments.' : 'The same arguments.'}
          </p>
        ) : (
          <dl className="grid grid-cols-[minmax(48px,auto)_minmax(0,1fr)] gap-x-3">
            {names.map((name) => (
              <ArgumentOf key={name} question={question} name={name} />
            ))}
          </dl>
        )}
      </div>
      <p
        role="status"
        className="text-sm text-dim max-mid:basis-full max-mid:pl-7 mid:w-40 mid:shrink-0 mid:text-right"
      >
        {problem === undefined
          ? now === undefined
            ? 'No longer waiting'
            : now.answered !== null
              ? answeredWords(now.answered.kind)
              : isOpen(now, Date.now())
                ? ''
                : 'Put off'
          : problem === null
            ? now?.answered != null
              ? answeredWords(now.answered.kind)
              : now === undefined
                ? 'Done'
                : 'Put off'
            : ''}
        {problem == null ? null : <span className="text-bad">{problem}</span>}
      </p>
    </li>
  );
}

function ArgumentOf({ question, name }: { question: ApprovalView; name: string }) {
  const found = question.arguments.find((argument) => argument.name === name);
  return (
    <>
      <dt className="text-dim">
        <Hostile text={name} max={60} />
      </dt>
      <dd className="min-w-0 font-mono text-sm leading-[1.6] break-all">
        {found === undefined ? (
          <span className="font-sans text-dim">not given</span>
        ) : (
          <>
            <Hostile text={onOneLine(found.preview.slice(0, SHOWN))} max={SHOWN * ESCAPES} />
            {found.length > SHOWN ? (
              <span className="font-sans text-dim"> … {bytes(found.length)}; the card has it whole</span>
            ) : null}
            {holdsHidden(found) ? <HiddenFlag /> : null}
          </>
        )}
      </dd>
    </>
  );
}
