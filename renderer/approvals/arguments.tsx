import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import type { ApprovalView } from '../../shared/gate.ts';
import { Button } from '../parts/button.tsx';
import { Hostile, HostileBlock } from '../parts/hostile.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost } from '../state/hooks.ts';
import { bytes, plural } from '../words/format.ts';

/** As much of an argument as one line of the card shows. */
const SHOWN = 160;
const MAX_ROWS = 12;

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
  return (
    <div className="flex flex-col gap-2">
      {approval.arguments.length === 0 ? <p className="text-dim">No arguments.</p> : null}
      <dl className="grid grid-cols-[minmax(64px,max-content)_minmax(0,1fr)_auto] gap-x-4 gap-y-1">
        {rows.map((argument) => (
          <div key={argument.name} className="contents">
            <dt className="max-w-40 break-words text-dim">
              <Hostile text={argument.name} max={60} />
            </dt>
            <dd className="font-mono text-sm leading-[1.6] break-all">
              <Hostile text={argument.preview.slice(0, SHOWN)} max={SHOWN * 8} />
              {argument.length > SHOWN ? '…' : ''}
            </dd>
            <dd className="numbers text-sm text-dim">
              {argument.length > SHOWN ? bytes(argument.length) : ''}
            </dd>
          </div>
        ))}
      </dl>
      {more > 0 ? <p className="text-dim">{plural(more, 'more argument')}.</p> : null}
      {approval.arguments.length === 0 ? null : (
        <div>
          <Button
            kind="quiet"
            size="small"
            className="-ml-2"
            aria-expanded={open}
            disabled={load.busy || (closed && !open)}
            onClick={() => (open ? setJson(null) : load.run())}
          >
            {open ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />}
            Whole arguments <span className="numbers font-normal">{bytes(approval.argumentsBytes)}</span>
          </Button>
        </div>
      )}
      {open ? <HostileBlock text={readable(json)} label="Whole arguments" /> : null}
      <Problem text={load.error} />
    </div>
  );
}

/** Indented where it is JSON, which it always should be; else as it came. */
function readable(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
