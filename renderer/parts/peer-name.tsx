import type { PeerId } from '../../shared/ids.ts';
import type { PeerView } from '../../shared/peers.ts';
import { useLive } from '../state/hooks.ts';
import { shortId } from '../words/format.ts';
import { peerLabel } from '../words/peer-names.ts';
import { Hostile, Marked } from './hostile.tsx';

/** A peer's name by its id, in one line that is cut at the end. */
export function PeerNameOf({
  peerId,
  className = '',
  mark = '',
}: {
  peerId: PeerId;
  className?: string;
  /** As of `Hostile`. */
  mark?: string;
}) {
  const peer = useLive((live) => live.peers[peerId]);
  return (
    <bdi className={`truncate ${className}`}>
      <Marked text={peerLabel(peer, peerId)} mark={mark} />
    </bdi>
  );
}

/** What I call it; behind it, quieter, what it calls itself. */
export function FullPeerName({ peer, peerId }: { peer: PeerView | undefined; peerId: PeerId }) {
  const alias = peer?.alias ?? null;
  const own = peer?.name ?? null;
  return (
    <span className="min-w-0">
      {alias === null ? (
        own === null || own === '' ? (
          <span className="font-mono font-semibold">{shortId(peerId)}</span>
        ) : (
          <>
            <span className="text-dim">calls itself </span>
            <span className="font-semibold">
              “<Hostile text={own} max={60} />”
            </span>{' '}
            <span className="font-mono text-sm whitespace-nowrap text-dim">{shortId(peerId)}</span>
          </>
        )
      ) : (
        <>
          <bdi className="font-semibold">{alias}</bdi>
          {own === null || own === '' || own === alias ? null : (
            <span className="text-dim">
              {' '}
              (calls itself “<Hostile text={own} max={60} />
              ”)
            </span>
          )}
        </>
      )}
    </span>
  );
}
