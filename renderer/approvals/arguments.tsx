import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import type { ApprovalView } from '../../shared/gate.ts';
import { Button } from '../parts/button.tsx';
import { Hostile, HostileJson } from '../parts/hostile.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost } from '../state/hooks.ts';
import { bytes, plural } from '../words/format.ts';
import { onOneLine } from './one-line.ts';

/** As much of an argument as its line on the card shows, in characters. */
const SHOWN = 160;
const MAX_ROWS = 12;
const ESCAPES = 8;

/** The arguments, one a line, cut; the exact whole on demand. */
export function Arguments({ approval, closed }: { approval: ApprovalView; closed: boolean }) {
  const [json, setJson] = useState<string | null>(null);
  const host = useHost();
  const load = useAction(async () => {
    const answer = await host((client) => client.approvals.arguments({ id: approval.id }));
    setJson(answer.json);
  });
  const rows = approval.arguments.slice(0, MAX_ROWS);
  const more = approval.arguments.length - rows.length;
  const open = json !== null;
  const whole = (name: string) => (
    <Button
      kind="quiet"
      size="small"
      className="!h-5 !px-1"
      aria-expanded={open}
      aria-label={`Whole ${name}`}
      disabled={load.busy || (closed && !open)}
      onClick={() => (open ? setJson(null) : load.run())}
    >
      {open ? <ChevronDown size={13} aria-hidden /> : <ChevronRight size={13} aria-hidden />}
      whole
    </Button>
  );
  return (
    <div className="flex flex-col gap-2">
      {approval.arguments.length === 0 ? <p className="text-dim">No arguments.</p> : null}
      <dl className="flex flex-col gap-1">
        {rows.map((argument) => {
          const cut = argument.length > SHOWN;
          return (
            <div
              key={argument.name}
              className="grid gap-x-4 mid:grid-cols-[minmax(64px,96px)_minmax(0,1fr)_auto]"
            >
              <dt className="break-words text-dim">
                <Hostile text={argument.name} max={60} />
              </dt>
              <dd className="font-mono text-sm leading-[1.6] break-all">
                <Hostile text={onOneLine(argument.preview.slice(0, SHOWN))} max={SHOWN * ESCAPES} />
                {cut ? '…' : ''}
              </dd>
              <dd className="numbers flex items-start gap-1 text-sm leading-[1.6] text-dim">
                {cut ? bytes(argument.length) : ''}
                {cut ? whole('arguments') : ''}
              </dd>
            </div>
          );
        })}
      </dl>
      {more > 0 ? (
        <p className="flex items-center gap-2 text-dim">
          {plural(more, 'more argument')}, {bytes(approval.argumentsBytes)} in all {whole('arguments')}
        </p>
      ) : null}
      {open ? <HostileJson json={json} label="Whole arguments" /> : null}
      <Problem text={load.error} />
    </div>
  );
}
