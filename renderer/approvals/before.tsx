import { ChevronDown, ChevronRight } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { CallView } from '../../shared/calls.ts';
import type { ApprovalView } from '../../shared/gate.ts';
import type { CallId } from '../../shared/ids.ts';
import { Button } from '../parts/button.tsx';
import { HostileJson } from '../parts/hostile.tsx';
import { toneText } from '../parts/marks.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost } from '../state/hooks.ts';
import { date, plural } from '../words/format.ts';
import { outcome } from '../words/sentences.ts';

const LAST = 5;

/** What this peer asked of this tool before, and what came of it; the last ones on demand. */
export function Before({ approval }: { approval: ApprovalView }) {
  const [calls, setCalls] = useState<readonly CallView[] | null>(null);
  const [open, setOpen] = useState(false);
  const host = useHost();
  const { peerId, agent, tool, direction, callId } = approval;
  const load = useAction(async () => {
    const page = await host((client) =>
      client.calls.page({ peerId, agent, tool, direction, limit: LAST + 1 }),
    );
    setCalls(page.filter(({ id }) => id !== callId).slice(0, LAST));
  });
  const all = approval.before.allowed + approval.before.denied;
  return (
    <div className="flex flex-col gap-1.5">
      <p className="numbers flex flex-wrap items-center gap-x-2 text-dim">
        <span>Before: {beforeWords(approval)}</span>
        {all === 0 ? null : (
          <Button
            kind="quiet"
            size="small"
            className="!h-5 !px-1"
            aria-expanded={open}
            onClick={() => {
              setOpen(!open);
              if (calls === null) load.run();
            }}
          >
            {open ? <ChevronDown size={13} aria-hidden /> : <ChevronRight size={13} aria-hidden />}
            the last {Math.min(all, LAST).toString()}
          </Button>
        )}
      </p>
      <Problem text={load.error} />
      {open && calls !== null ? (
        calls.length === 0 ? (
          <p className="text-dim">They are no longer in the records.</p>
        ) : (
          <ul className="rounded-md border border-line" aria-label="Calls like this before">
            {calls.map((call) => (
              <PastCall key={call.id} call={call} />
            ))}
          </ul>
        )
      ) : null}
    </div>
  );
}

function PastCall({ call }: { call: CallView }) {
  const { word, by, tone } = outcome(call);
  const [open, setOpen] = useState(false);
  return (
    <li className="flex flex-col gap-1 px-2.5 py-1.5 not-last:border-b not-last:border-line">
      <p className="numbers flex flex-wrap items-center gap-x-3">
        <span className="text-dim">{date(call.at)}</span>
        <span className={toneText[tone]}>
          {word}
          {by === '' ? null : <span className="text-dim"> · {by}</span>}
        </span>
        <Button
          kind="quiet"
          size="small"
          className="ml-auto !h-5 !px-1"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? <ChevronDown size={13} aria-hidden /> : <ChevronRight size={13} aria-hidden />}
          arguments
        </Button>
      </p>
      {open ? <PastArguments id={call.id} /> : null}
    </li>
  );
}

/** Fetched when it is opened, and again each time. */
function PastArguments({ id }: { id: CallId }) {
  const [json, setJson] = useState<string | null | undefined>(undefined);
  const host = useHost();
  const load = useAction(async () => {
    const detail = await host((client) => client.calls.detail({ id }));
    setJson(detail.request);
  });
  const { run } = load;
  useEffect(run, [run]);
  if (load.error !== null) return <Problem text={load.error} />;
  if (json === undefined) return <p className="text-dim">Reading…</p>;
  if (json === null) return <p className="text-dim">Only their hash was kept.</p>;
  return <HostileJson json={json} label={`Arguments of call ${id.toString()}`} />;
}

function beforeWords({ before: { allowed, denied } }: ApprovalView): string {
  const all = allowed + denied;
  return all === 0
    ? 'none like this'
    : `${plural(all, 'like this', 'like this')}, ${allowed.toString()} allowed, ${denied.toString()} denied`;
}
