import type { PeerId } from '../../shared/ids.ts';
import { Button } from '../parts/button.tsx';
import { Copyable } from '../parts/copy.tsx';
import { Fact, Facts } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive } from '../state/hooks.ts';

/** One that was only heard of, such as by an announcement of its agents, or that was forgotten. */
export function UnknownPeer({ peerId }: { peerId: PeerId }) {
  const host = useHost();
  const isLive = useIsLive();
  const dial = useAction(() => host((client) => client.peers.dial({ address: peerId })));
  return (
    <>
      <p className="text-dim">
        Nothing is known of this peer but its id. Connecting looks up its addresses and asks what it is.
      </p>
      <div className="flex flex-col gap-2">
        <Button className="self-start" disabled={!isLive || dial.busy} onClick={dial.run}>
          {dial.busy ? 'Connecting…' : 'Connect now'}
        </Button>
        <Problem text={dial.error} />
      </div>
      <Facts>
        <Fact name="Peer id">
          <Copyable text={peerId} what="peer id" />
        </Fact>
      </Facts>
    </>
  );
}
