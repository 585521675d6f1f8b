import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import type { ApprovalView, DefinitionDifference } from '../../shared/gate.ts';
import { Button } from '../parts/button.tsx';
import { LineDifference } from '../parts/line-difference.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost } from '../state/hooks.ts';
import { date } from '../words/format.ts';

/** Whether the tool is still what was granted; where it is not, how it differs. */
export function Definition({ approval }: { approval: ApprovalView }) {
  const [difference, setDifference] = useState<DefinitionDifference | null>(null);
  const [open, setOpen] = useState(false);
  const host = useHost();
  const load = useAction(async () => {
    setDifference(await host((client) => client.approvals.definition({ id: approval.id })));
  });
  if (!approval.toolChanged) return <p className="text-dim">Tool unchanged.</p>;
  return (
    <div className="flex flex-col gap-1.5">
      <p className="flex flex-wrap items-center gap-x-2">
        <strong className="font-semibold text-bad">The tool changed since it was first allowed.</strong>
        <Button
          kind="quiet"
          size="small"
          className="!h-5 !px-1"
          aria-expanded={open}
          onClick={() => {
            setOpen(!open);
            if (difference === null) load.run();
          }}
        >
          {open ? <ChevronDown size={13} aria-hidden /> : <ChevronRight size={13} aria-hidden />}
          the difference
        </Button>
      </p>
      <Problem text={load.error} />
      {open && difference !== null ? (
        <>
          <p className="numbers text-sm text-dim">
            {difference.grantedAt === null
              ? 'When it was granted is unknown.'
              : `Granted on ${date(difference.grantedAt)}.`}{' '}
            Rules made for it then are suspended.
          </p>
          {difference.lines === null ? (
            <p className="text-dim">
              The definition that was granted was not kept, so it cannot be compared.
            </p>
          ) : (
            <LineDifference lines={difference.lines} label="How the tool's definition differs" />
          )}
        </>
      ) : null}
    </div>
  );
}
