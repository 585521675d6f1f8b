import type { CallDetail } from '../../shared/calls.ts';
import { Button } from '../parts/button.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive } from '../state/hooks.ts';

/** A call whose answer was lost with the link: what is known of it, and the way to ask for it. */
export function Redeem({ call, onDone }: { call: CallDetail; onDone: () => void }) {
  const host = useHost();
  const isLive = useIsLive();
  const redeem = useAction(async () => {
    await host((client) => client.calls.redeem({ id: call.id }));
    onDone();
  });
  if (!call.redeemable) return null;
  if (call.direction === 'in')
    return <p className="text-dim">The caller has gone. It may come back for the answer within an hour.</p>;
  return (
    <div className="flex flex-col items-start gap-2 rounded-md border border-line bg-sunken p-3">
      <p>
        The link was lost before the answer came. The other side keeps it for an hour, and gives it out once.
      </p>
      <Button disabled={redeem.busy || !isLive} onClick={redeem.run}>
        {redeem.busy ? 'Asking…' : 'Ask for its result'}
      </Button>
      <Problem text={redeem.error} />
    </div>
  );
}
