import { useCallback, useEffect, useState } from 'react';
import type { InviteView } from '../../shared/invites.ts';
import { Button } from '../parts/button.tsx';
import { Section } from '../parts/page.tsx';
import { PeerNameOf } from '../parts/peer-name.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf, useAction } from '../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { useNow } from '../state/use-now.ts';
import { ago, plural, until } from '../words/format.ts';

/** Invites that were made here: who used them, and which are still open. */
export function InviteList() {
  const host = useHost();
  const isLive = useIsLive();
  // An invite that is used makes a contact, which is how it is noticed here.
  const contacts = useLive(
    (live) => Object.values(live.peers).filter(({ contactSince }) => contactSince !== null).length,
  );
  const [invites, setInvites] = useState<readonly InviteView[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const now = useNow(30_000);
  const read = useCallback(async () => {
    try {
      setInvites(await host((client) => client.invites.list()));
      setError(null);
    } catch (caught) {
      setError(sentenceOf(caught));
    }
  }, [host]);
  useEffect(() => {
    if (isLive) void read();
  }, [read, isLive, contacts]);
  if (error === null && (invites === null || invites.length === 0)) return null;
  const open = (invites ?? []).filter((invite) => invite.usedAt === null && invite.expiresAt > now).length;
  return (
    <Section title="Made before" note={open === 0 ? 'none open' : `${plural(open, 'invite')} open`}>
      <Problem text={error} />
      <ul className="numbers max-h-60 overflow-y-auto rounded-md border border-line">
        {(invites ?? []).map((invite) => (
          <Row key={invite.id} invite={invite} now={now} onGone={read} />
        ))}
      </ul>
    </Section>
  );
}

function Row({ invite, now, onGone }: { invite: InviteView; now: number; onGone: () => Promise<void> }) {
  const host = useHost();
  const isLive = useIsLive();
  const { id, createdAt, expiresAt, usedBy, usedAt } = invite;
  const withdraw = useAction(async () => {
    await host((client) => client.invites.withdraw({ id }));
    await onGone();
  });
  const isOpen = usedAt === null && expiresAt > now;
  return (
    <li className="border-line px-3 py-2 not-last:border-b">
      <div className="flex min-h-6 items-center gap-3">
        <span className="min-w-0 flex-1 break-words">
          {usedAt !== null ? (
            <>
              Used{' '}
              {usedBy === null ? null : (
                <>
                  by{' '}
                  <a href={href('peers', usedBy)}>
                    <PeerNameOf peerId={usedBy} />
                  </a>
                  ,{' '}
                </>
              )}
              {ago(usedAt, now)}
            </>
          ) : isOpen ? (
            `Open, ends ${until(expiresAt, now)}`
          ) : (
            `Ended ${ago(expiresAt, now)}, not used`
          )}
          <span className="text-dim"> · made {ago(createdAt, now)}</span>
        </span>
        {isOpen ? (
          <Button
            size="small"
            disabled={!isLive || withdraw.busy}
            aria-label={`Withdraw the invite made ${ago(createdAt, now)}`}
            onClick={withdraw.run}
          >
            Withdraw
          </Button>
        ) : null}
      </div>
      <Problem text={withdraw.error} />
    </li>
  );
}
