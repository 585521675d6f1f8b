import type { InvitePreview } from '../../shared/invites.ts';
import type { PeerView } from '../../shared/peers.ts';
import { Copyable } from '../parts/copy.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { Fact, Facts } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { useNow } from '../state/use-now.ts';
import { ago, date, until } from '../words/format.ts';
import { peerLabel } from '../words/peer-names.ts';

/** What an invite says, every word of it the inviter's own. */
export function Previewed({ preview, known }: { preview: InvitePreview; known: PeerView | undefined }) {
  const now = useNow(15_000);
  const { peerId, name, addresses, relays, expiresAt, expired, own } = preview;
  return (
    <div className="flex flex-col gap-3 rounded-md border border-line bg-surface px-3 py-3">
      {own ? <Problem text="This invite is from this machine itself. Give it to somebody else." /> : null}
      {expired ? <Problem text={`It ended ${ago(expiresAt, now)}. Ask for a new one.`} /> : null}
      {known !== undefined && known.contactSince !== null ? (
        <p>
          It is already your contact: <bdi className="font-medium">{peerLabel(known, peerId)}</bdi>.
        </p>
      ) : null}
      <Facts>
        <Fact name="Calls itself">
          {name === '' ? (
            <span className="text-dim">nothing</span>
          ) : (
            <>
              “<Hostile text={name} max={60} className="font-medium" />”
            </>
          )}
        </Fact>
        <Fact name="Peer id">
          <Copyable text={peerId} what="peer id" />
        </Fact>
        <Fact name="Addresses">
          {addresses.length === 0 ? <span className="text-dim">none, only through a relay</span> : null}
          {addresses.map((address) => (
            <Hostile key={address} text={address} max={300} className="block font-mono text-sm break-all" />
          ))}
        </Fact>
        {relays.length === 0 ? null : (
          <Fact name="Relays">
            {relays.map((address) => (
              <Hostile key={address} text={address} max={300} className="block font-mono text-sm break-all" />
            ))}
          </Fact>
        )}
        {expired ? null : (
          <Fact name="Ends">
            {until(expiresAt, now)}, on {date(expiresAt)}
          </Fact>
        )}
      </Facts>
    </div>
  );
}
