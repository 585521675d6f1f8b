import { FileCheck2 } from 'lucide-react';
import type { CallDetail } from '../../shared/calls.ts';
import { Button } from '../parts/button.tsx';
import { Problem } from '../parts/problem.tsx';
import { saveFile } from '../parts/save-file.ts';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive } from '../state/hooks.ts';

const words = {
  none: 'none',
  host: 'signed by the host of the agent',
  both: 'signed by both sides',
} as const;

/** Who has signed what came of the call, and the way to keep it. */
export function ReceiptLine({ call }: { call: CallDetail }) {
  const host = useHost();
  const isLive = useIsLive();
  const save = useAction(async () => {
    const receipt = await host((client) => client.calls.receipt({ id: call.id }));
    saveFile(`gatehouse-receipt-${call.id.toString()}.json`, 'application/json', [
      `${JSON.stringify(receipt, null, 2)}\n`,
    ]);
  });
  if (call.receipt === 'none') return <span className="text-dim">{words.none}</span>;
  return (
    <span className="flex flex-col items-start gap-1">
      <span className="flex items-center gap-1.5">
        <FileCheck2 size={14} aria-hidden className="shrink-0 text-good" />
        {words[call.receipt]}
      </span>
      <Button
        size="small"
        disabled={save.busy || !isLive}
        title="Anybody can check the file without this machine: gatehouse receipts verify"
        onClick={save.run}
      >
        Save the receipt
      </Button>
      <Problem text={save.error} />
    </span>
  );
}
