import { useState } from 'react';
import type { PeerView } from '../../shared/peers.ts';
import { useAttempt } from '../frame/toasts.tsx';
import { Button } from '../parts/button.tsx';
import { Confirm } from '../parts/dialog.tsx';
import { LegacyBadge } from '../parts/legacy-badge.tsx';
import { useHost, useIsLive } from '../state/hooks.ts';
import { peerLabel } from '../words/peer-names.ts';
import { LEGACY_RISK } from '../words/transports.ts';

/** What a Dawn node is, what can be seen and changed of its answers, and whether it may be called all the same. */
export function LegacyNotice({ peer }: { peer: PeerView }) {
  const [asking, setAsking] = useState(false);
  const host = useHost();
  const attempt = useAttempt();
  const isLive = useIsLive();
  const { peerId, legacy } = peer;
  if (legacy !== 'offered' && legacy !== 'allowed') return null;
  const name = peerLabel(peer, peerId);
  return (
    <section
      aria-label="Legacy"
      className="flex flex-col gap-2 rounded-md border border-line bg-sunken px-3 py-2.5"
    >
      {legacy === 'offered' ? (
        <>
          <p className="font-medium">It is not linked, since it answers without encryption.</p>
          <p className="text-dim">
            It is a Dawn node, and those can be called in no other way. You can allow that for it alone.
          </p>
          <Button className="self-start" disabled={!isLive} onClick={() => setAsking(true)}>
            Allow calls all the same…
          </Button>
        </>
      ) : (
        <>
          <div>
            <LegacyBadge />
          </div>
          <p>{LEGACY_RISK.see}</p>
          <p className="text-dim">{LEGACY_RISK.asked}</p>
          <Button
            className="self-start"
            disabled={!isLive}
            onClick={() =>
              attempt('Could not take it back', () =>
                host((client) => client.peers.allowLegacy({ peerId, allowed: false })),
              )
            }
          >
            Allow it no more
          </Button>
        </>
      )}
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={`Call ${name} without encrypted answers?`}
        verb="Allow unencrypted answers"
        onConfirm={() => host((client) => client.peers.allowLegacy({ peerId, allowed: true }))}
      >
        <div className="flex flex-col gap-2">
          <p>{LEGACY_RISK.see}</p>
          <p>{LEGACY_RISK.agents}</p>
          <p>{LEGACY_RISK.asked} It can be taken back at any time.</p>
        </div>
      </Confirm>
    </section>
  );
}
