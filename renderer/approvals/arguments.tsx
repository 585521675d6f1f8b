import { ChevronDown, ChevronRight, EyeOff } from 'lucide-react';
import { useState } from 'react';
import type { ApprovalView } from '../../shared/gate.ts';
import { visibleText } from '../../shared/visible-text.ts';
import { Button } from '../parts/button.tsx';
import { Hostile, HostileBlock, HostileJson } from '../parts/hostile.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost } from '../state/hooks.ts';
import { bytes, plural } from '../words/format.ts';
import { argumentsOf, holdsHidden } from './whole-arguments.ts';
import { onOneLine } from './one-line.ts';

/** As much of an argument as its line on the card shows, in characters. */
const SHOWN = 160;
const MAX_ROWS = 12;
const ESCAPES = 10;
/** Longest argument that is shown whole, in characters: as long as a call may be. */
const WHOLE = 8_388_608;

type Row = ApprovalView['arguments'][number];

/** Every argument: short ones at once, long ones folded with their size, each openable whole. */
export function Arguments({ approval, closed }: { approval: ApprovalView; closed: boolean }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [all, setAll] = useState(false);
  const [whole, setWhole] = useState<ReadonlyMap<string, unknown> | null>(null);
  const host = useHost();
  const load = useAction(async () => {
    const { json } = await host((client) => client.approvals.arguments({ id: approval.id }));
    setWhole(argumentsOf(json));
  });
  const toggle = (name: string) => {
    const next = new Set(open);
    if (!next.delete(name)) next.add(name);
    setOpen(next);
    if (whole === null) load.run();
  };
  const rows = all ? approval.arguments : approval.arguments.slice(0, MAX_ROWS);
  const more = approval.arguments.length - rows.length;
  return (
    <div className="flex flex-col gap-2">
      {approval.arguments.length === 0 ? <p className="text-dim">No arguments.</p> : null}
      <dl className="flex flex-col gap-1">
        {rows.map((row) => (
          <ArgumentRow
            key={row.name}
            row={row}
            isOpen={open.has(row.name)}
            whole={whole}
            disabled={closed && whole === null}
            onToggle={() => toggle(row.name)}
          />
        ))}
      </dl>
      {more > 0 ? (
        <p className="flex items-center gap-2 text-dim">
          {plural(more, 'more argument')}, {bytes(approval.argumentsBytes)} in all
          <Button kind="quiet" size="small" onClick={() => setAll(true)}>
            Show all {approval.arguments.length}
          </Button>
        </p>
      ) : null}
      <Problem text={load.error} />
    </div>
  );
}

interface ArgumentRowProps {
  row: Row;
  isOpen: boolean;
  whole: ReadonlyMap<string, unknown> | null;
  disabled: boolean;
  onToggle: () => void;
}

function ArgumentRow({ row, isOpen, whole, disabled, onToggle }: ArgumentRowProps) {
  const cut = row.length > SHOWN;
  const name = visibleText(row.name, { maxLength: 60, newlines: 'mark' }).text;
  return (
    <div className="grid gap-x-4 mid:grid-cols-[minmax(64px,96px)_minmax(0,1fr)_auto]">
      <dt className="break-words text-dim">
        <Hostile text={row.name} max={60} />
      </dt>
      <dd className="font-mono text-sm leading-[1.6] break-all">
        <Hostile text={onOneLine(row.preview.slice(0, SHOWN))} max={SHOWN * ESCAPES} />
        {cut ? '…' : ''}
        {holdsHidden(row) ? <HiddenFlag /> : null}
      </dd>
      <dd className="numbers flex items-start gap-1 text-sm leading-[1.6] text-dim">
        {cut ? (
          <>
            {bytes(row.length)}
            <Button
              kind="quiet"
              size="small"
              className="!h-5 !px-1"
              aria-expanded={isOpen}
              aria-label={`Whole ${name}`}
              disabled={disabled}
              onClick={onToggle}
            >
              {isOpen ? <ChevronDown size={13} aria-hidden /> : <ChevronRight size={13} aria-hidden />}
              whole
            </Button>
          </>
        ) : (
          ''
        )}
      </dd>
      {isOpen && whole !== null ? (
        <dd className="pt-1 mid:col-span-3">
          <Whole name={name} value={whole.get(row.name)} />
        </dd>
      ) : null}
    </div>
  );
}

function Whole({ name, value }: { name: string; value: unknown }) {
  const label = `Whole ${name}`;
  return typeof value === 'string' ? (
    <HostileBlock label={label} text={value} max={WHOLE} />
  ) : (
    <HostileJson label={label} json={JSON.stringify(value) ?? 'null'} max={WHOLE} />
  );
}

/** Beside text of a stranger in which something would hide, or reorder what is read. */
export const HiddenFlag = () => (
  <span className="ml-2 inline-flex items-center gap-1 rounded-sm border border-bad px-1.5 align-middle font-sans text-xs leading-4.5 font-medium whitespace-nowrap text-bad">
    <EyeOff size={11} aria-hidden />
    holds hidden characters
  </span>
);
