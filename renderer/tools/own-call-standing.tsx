import { CircleX, Clock, PencilLine, Play, ScanEye, Unplug } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { CallView } from '../../shared/calls.ts';
import { waitsHere } from '../../shared/calls.ts';
import { Button } from '../parts/button.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { useNow } from '../state/use-now.ts';
import { clock, date } from '../words/format.ts';
import { shown } from '../words/shown.ts';
import { changedWords, endedWords } from './own-call.ts';
import { ResultParts, type ToolResult } from './tool-result.tsx';
import { readToolResult } from './result-content.ts';

const SOON_MS = 1500;

/** Where a call of ours is while it is under way. */
export function UnderWay({ call, since }: { call: CallView | undefined; since: number }) {
  const now = useNow(500);
  if (call !== undefined && waitsHere(call)) {
    return (
      <p role="status" className="text-wait">
        It waits for you, under <a href={href('approvals')}>Approvals</a>.
      </p>
    );
  }
  if (call?.redeemable === true)
    return <Line icon="lost" text="The link is lost. Asks again for its result once it is back" />;
  if (now - since < SOON_MS) return <Line icon="run" text="Calling…" />;
  if (call === undefined) {
    return (
      <Line icon="wait" text="Waiting for their person…">
        <span aria-hidden>{clock(now - since)}</span>
      </Line>
    );
  }
  switch (call.status) {
    case 'waiting':
      return (
        <Line icon="wait" text="Waiting for their person">
          {call.deadline === null ? (
            <span aria-hidden>{clock(now - since)}</span>
          ) : call.deadline > now ? (
            <span aria-hidden>{clock(call.deadline - now)} left</span>
          ) : (
            'no answer in time'
          )}
        </Line>
      );
    case 'reviewing':
      return (
        <Line icon="review" text="It has run. Their person looks at the answer">
          {call.deadline === null ? null : <span aria-hidden>{clock(call.deadline - now)} left</span>}
        </Line>
      );
    case 'running':
      return (
        <Line icon="run" text={call.waitMs > 0 ? 'Allowed, and running' : 'Running'}>
          <span aria-hidden>{clock(now - since)}</span>
        </Line>
      );
    default:
      return <Line icon="run" text="Calling…" />;
  }
}

const icons = { wait: Clock, run: Play, review: ScanEye, lost: Unplug } as const;

function Line({ icon, text, children }: { icon: keyof typeof icons; text: string; children?: ReactNode }) {
  const Icon = icons[icon];
  return (
    <p className="numbers flex items-center gap-1.5 text-dim">
      <Icon size={14} aria-hidden />
      <span role="status">{text}</span>
      {children}
    </p>
  );
}

/** The person there changed something. Said beside whatever came of the call. */
export function ChangedLine({ call }: { call: CallView | undefined }) {
  const words = call === undefined ? null : changedWords(call);
  if (words === null) return null;
  return (
    <p role="status" className="flex items-start gap-2 font-medium">
      <PencilLine size={15} aria-hidden className="mt-0.5 shrink-0" />
      {words}
    </p>
  );
}

/** How a call of ours ended without an answer. */
export function Ended({ call }: { call: CallView }) {
  const words = endedWords(call);
  const pausedUntil = useLive((live) => live.peers[call.peerId]?.pausesUsUntil ?? null);
  if (words === null) return null;
  const Icon = call.redeemable ? Unplug : words.tone === 'bad' ? CircleX : Clock;
  const isBudget = words.title.includes('budget');
  return (
    <section
      role="alert"
      aria-label="What came of it"
      className="flex flex-col gap-2 rounded-md border border-line bg-surface px-3 py-2.5"
    >
      <p className={`flex items-center gap-2 font-medium ${words.tone === 'bad' ? 'text-bad' : ''}`}>
        <Icon size={15} aria-hidden />
        {words.title}
      </p>
      {words.text.trim() === '' ? null : <p className="break-words text-dim">{shown(words.text, 600)}</p>}
      {isBudget && pausedUntil !== null ? (
        <p className="numbers">They take calls again at about {date(pausedUntil)}.</p>
      ) : null}
      {call.redeemable ? <Redeem call={call} /> : null}
    </section>
  );
}

/** Asks again for the answer of a call whose link was lost. */
function Redeem({ call }: { call: CallView }) {
  const [result, setResult] = useState<ToolResult | null>(null);
  const host = useHost();
  const isLive = useIsLive();
  const redeem = useAction(async () => {
    await host((client) => client.calls.redeem({ id: call.id }));
    const { response } = await host((client) => client.calls.detail({ id: call.id }));
    setResult(response === null ? null : readToolResult(response));
  });
  return (
    <>
      <div className="flex items-center gap-3">
        <Button disabled={redeem.busy || !isLive} onClick={redeem.run}>
          Ask again for its result
        </Button>
        {redeem.busy ? (
          <span role="status" className="text-dim">
            Asking…
          </span>
        ) : null}
      </div>
      <Problem text={redeem.error} />
      {result === null ? null : <ResultParts result={result} />}
    </>
  );
}
