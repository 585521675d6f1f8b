import { ArrowDownLeft, ArrowUpRight, CircleCheck, CircleDashed, CircleHelp, CircleX } from 'lucide-react';
import type { CallView } from '../../shared/calls.ts';
import { Hostile } from '../parts/hostile.tsx';
import { PathMark } from '../parts/marks.tsx';
import { PeerNameOf } from '../parts/peer-name.tsx';
import { bytes, time } from '../words/format.ts';
import { outcome, type Tone } from '../words/sentences.ts';
import { TimeBar } from './time-bar.tsx';

const cell = 'shrink-0 overflow-hidden px-2 whitespace-nowrap';
/** Widths in one place, so that head and rows agree. */
const width = {
  time: 'w-17 mid:w-20 pl-4 mid:pl-5 box-border mid:box-content max-mid:w-20 max-mid:pr-0',
  arrow: 'w-8 max-mid:w-7 max-mid:pr-0',
  peer: 'w-24 mid:w-40 wide:w-48',
  tool: 'min-w-24 flex-1 !shrink',
  decision: 'w-25 mid:w-32 wide:w-44 max-mid:pl-0',
  path: 'w-26 max-huge:hidden',
  times: 'w-54 max-wide:hidden',
  size: 'w-18 text-right pr-5 box-content max-mid:hidden',
};
export const CALL_COLUMNS = Object.keys(width).length;

export function CallHead() {
  const head = (name: string, className: string, spoken?: string) => (
    <div role="columnheader" className={`${cell} ${className}`}>
      {name}
      {spoken === undefined ? null : <span className="sr-only">{spoken}</span>}
    </div>
  );
  return (
    <>
      {head('Time', width.time)}
      {head('', width.arrow, 'Direction')}
      {head('Peer', width.peer)}
      {head('Agent ▸ tool', width.tool)}
      {head('Decision', width.decision)}
      {head('Path', width.path)}
      {head('Waits and execution', width.times)}
      {head('Size', width.size)}
    </>
  );
}

/** `mark` is what was searched for; the error is shown where it stands in that alone. */
export function CallCells({ call, mark = '' }: { call: CallView; mark?: string }) {
  const inError = mark !== '' && (call.error ?? '').toLowerCase().includes(mark.trim().toLowerCase());
  return (
    <>
      <div role="gridcell" className={`${cell} ${width.time} text-dim`}>
        {time(call.at)}
      </div>
      <div role="gridcell" className={`${cell} ${width.arrow}`}>
        <Arrow direction={call.direction} />
      </div>
      <div role="gridcell" className={`${cell} ${width.peer} flex`}>
        <PeerNameOf peerId={call.peerId} mark={mark} />
      </div>
      <div role="gridcell" className={`${cell} ${width.tool} flex`}>
        {/* The agent gives way first: the tool says more. */}
        <span className="min-w-5 shrink-[99] truncate text-dim max-mid:sr-only">
          <Hostile text={call.agent} max={60} mark={mark} />
        </span>
        <span aria-hidden className="shrink-0 px-1 text-dim max-mid:hidden">
          ▸
        </span>
        <span className="min-w-0 truncate">
          <Hostile text={call.tool} max={120} mark={mark} />
          {call.changed === 'no' ? null : <span className="text-dim"> · changed</span>}
          {inError ? (
            <span className="text-dim">
              {' '}
              · <Hostile text={call.error ?? ''} max={200} mark={mark} />
            </span>
          ) : null}
        </span>
      </div>
      <div role="gridcell" className={`${cell} ${width.decision}`}>
        <Outcome call={call} />
      </div>
      <div role="gridcell" className={`${cell} ${width.path}`}>
        {call.path === null ? (
          <span className="text-dim">unknown</span>
        ) : (
          <PathMark path={call.path} transport={call.transport} />
        )}
      </div>
      <div role="gridcell" className={`${cell} ${width.times}`}>
        <TimeBar waitMs={call.waitMs} runMs={call.runMs} />
      </div>
      <div role="gridcell" className={`${cell} ${width.size} text-dim`}>
        {bytes(call.requestBytes + call.responseBytes)}
      </div>
    </>
  );
}

export const Arrow = ({ direction }: { direction: CallView['direction'] }) => (
  <span className="inline-flex align-middle text-dim" title={direction === 'in' ? 'incoming' : 'outgoing'}>
    {direction === 'in' ? <ArrowDownLeft size={15} aria-hidden /> : <ArrowUpRight size={15} aria-hidden />}
    <span className="sr-only">{direction === 'in' ? 'incoming' : 'outgoing'}</span>
  </span>
);

const tones: Record<Tone, { className: string; Icon: typeof CircleCheck }> = {
  good: { className: 'text-good', Icon: CircleCheck },
  bad: { className: 'text-bad', Icon: CircleX },
  wait: { className: 'text-wait font-medium', Icon: CircleHelp },
  plain: { className: 'text-dim', Icon: CircleDashed },
};

export function Outcome({ call }: { call: CallView }) {
  const { word, by, tone } = outcome(call);
  const { className, Icon } = tones[tone];
  return (
    <span className="flex max-w-full items-center gap-1.5">
      <Icon size={14} aria-hidden className={`shrink-0 ${className}`} />
      <span className={`truncate ${tone === 'good' ? 'text-text' : className}`} title={word}>
        {word}
      </span>
      {by === '' ? null : <span className="truncate text-dim max-wide:hidden">· {by}</span>}
    </span>
  );
}
