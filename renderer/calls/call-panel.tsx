import { EyeOff } from 'lucide-react';
import { useEffect, useReducer, useState } from 'react';
import type { CallDetail } from '../../shared/calls.ts';
import type { CallId } from '../../shared/ids.ts';
import { Copyable } from '../parts/copy.tsx';
import { Hostile, HostileJson } from '../parts/hostile.tsx';
import { PathMark } from '../parts/marks.tsx';
import { Fact, Facts, Section } from '../parts/page.tsx';
import { PeerNameOf } from '../parts/peer-name.tsx';
import { Problem } from '../parts/problem.tsx';
import { SidePanel } from '../parts/side-panel.tsx';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost, useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { bytes, date, duration, time } from '../words/format.ts';
import { outcome } from '../words/sentences.ts';
import { changedWords } from '../words/decision-words.ts';
import { linkTransportWords } from '../words/transports.ts';
import { Arrow, Outcome } from './call-row.tsx';
import { Deadline } from './deadline-line.tsx';
import { ReceiptLine } from './receipt-line.tsx';
import { Redeem } from './redeem.tsx';
import { TimeBar } from './time-bar.tsx';
import { Why } from './why.tsx';

/** One call in full: what was asked, who decided, how long it took, what came back. */
export function CallPanel({ id, onClose }: { id: CallId; onClose: () => void }) {
  const { detail, error, again } = useDetail(id);
  return (
    <SidePanel
      label="Selected call"
      onClose={onClose}
      title={
        detail === null ? (
          `Call ${id.toString()}`
        ) : (
          <>
            <Hostile text={detail.agent} max={60} className="text-dim" />
            <span aria-hidden className="px-1 text-dim">
              ▸
            </span>
            <Hostile text={detail.tool} max={120} className="font-semibold" />
          </>
        )
      }
    >
      <Problem text={error} />
      {detail === null ? null : <Detail key={id} call={detail} onChanged={again} />}
    </SidePanel>
  );
}

function Detail({ call, onChanged }: { call: CallDetail; onChanged: () => void }) {
  return (
    <>
      <Facts>
        <Fact name={call.direction === 'in' ? 'From' : 'To'}>
          <span className="flex min-w-0 items-center gap-1.5">
            <Arrow direction={call.direction} />
            <a href={href('peers', call.peerId)} className="min-w-0 truncate">
              <PeerNameOf peerId={call.peerId} />
            </a>
          </span>
        </Fact>
        <Fact name="At">
          {date(call.at)} <span className="text-dim">({time(call.at)})</span>
        </Fact>
        <Fact name="Outcome">
          <Outcome call={call} />
        </Fact>
        {call.error === null ? null : (
          <Fact name="Reason">
            <Hostile text={call.error} max={600} />
            {call.errorCode === null ? null : <span className="text-dim"> (code {call.errorCode})</span>}
          </Fact>
        )}
        {call.changed === 'no' ? null : <Fact name="Changed">{changedWords[call.changed]}</Fact>}
        {call.deadline === null ? null : (
          <Fact name="Waits">
            <Deadline deadline={call.deadline} />
          </Fact>
        )}
        <Fact name="Path">
          {call.path === null ? 'unknown' : <PathMark path={call.path} />}
          {call.transport === null ? null : (
            <span className="text-dim"> over {linkTransportWords[call.transport]}</span>
          )}
        </Fact>
        <Fact name="Times">
          <TimeBar waitMs={call.waitMs} runMs={call.runMs} wide />
        </Fact>
        <Fact name="Asked">{call.waitMs === 0 ? 'nobody' : duration(call.waitMs)}</Fact>
        <Fact name="Execution">{call.runMs === null ? 'did not run' : duration(call.runMs)}</Fact>
        <Fact name="Receipt">
          <ReceiptLine call={call} />
        </Fact>
      </Facts>
      <Waiting call={call} />
      <Redeem call={call} onDone={onChanged} />
      <Why call={call} />
      {call.masked ? (
        <p className="flex items-start gap-2 text-dim">
          <EyeOff size={15} aria-hidden className="mt-0.5 shrink-0" />
          Secrets were masked before this was kept. The hashes are those of the whole.
        </p>
      ) : null}
      <Body
        title={call.edited === null ? 'Arguments' : 'Arguments as they were asked'}
        text={call.request}
        hash={call.requestHash}
        size={call.requestBytes}
      />
      {call.edited === null ? null : (
        <Section title="Arguments that ran" note="changed by the person">
          <HostileJson json={call.edited} label="Arguments that ran" />
        </Section>
      )}
      <Body title="Answer" text={call.response} hash={call.responseHash} size={call.responseBytes} />
      <p className="numbers text-sm text-dim">Call {call.id}</p>
    </>
  );
}

function Waiting({ call }: { call: CallDetail }) {
  if (outcome(call).tone !== 'wait') return null;
  return (
    <p>
      <a href={href('approvals')}>Answer it under Approvals</a>
    </p>
  );
}

function Body({
  title,
  text,
  hash,
  size,
}: {
  title: string;
  text: string | null;
  hash: string | null;
  size: number;
}) {
  return (
    <Section title={title} note={bytes(size)}>
      {text === null ? (
        <p className="text-dim">
          {size === 0 ? 'None.' : 'Not kept. By your setting only the size and hash are recorded.'}
        </p>
      ) : (
        <HostileJson json={text} label={title} />
      )}
      {hash === null ? null : (
        <div className="text-sm text-dim">
          SHA-256 of the exact bytes
          <Copyable text={hash} what="hash" />
        </div>
      )}
    </Section>
  );
}

/** Read again whenever the live call moves on, so that the panel never lags behind its row. */
function useDetail(id: CallId): { detail: CallDetail | null; error: string | null; again: () => void } {
  const host = useHost();
  const state = useLive((live) => {
    const call = live.calls[id.toString()];
    return call === undefined ? '' : `${call.status} ${String(call.redeemable)} ${String(call.deadline)}`;
  });
  const [asked, again] = useReducer((count: number) => count + 1, 0);
  const [loaded, setLoaded] = useState<CallDetail | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    setError(null);
    host((client) => client.calls.detail({ id })).then(
      (detail) => {
        if (current) setLoaded(detail);
      },
      (caught: unknown) => {
        if (current) setError(sentenceOf(caught));
      },
    );
    return () => {
      current = false;
    };
  }, [host, id, state, asked]);
  return { detail: loaded?.id === id ? loaded : null, error, again };
}
