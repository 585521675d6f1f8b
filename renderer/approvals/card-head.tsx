import type { ApprovalView } from '../../shared/gate.ts';
import type { PeerId } from '../../shared/ids.ts';
import type { Path } from '../../shared/peers.ts';
import { TrustMark } from '../parts/marks.tsx';
import { FullPeerName } from '../parts/peer-name.tsx';
import { useLive } from '../state/hooks.ts';
import { span } from '../words/format.ts';
import { pathWords } from '../words/sentences.ts';
import { Target } from './approval-lines.tsx';

/** Who wants to use what. */
export function Heading({ id, approval, closed }: { id: string; approval: ApprovalView; closed: boolean }) {
  const peer = useLive((live) => live.peers[approval.peerId]);
  const between = closed ? '' : 'text-text';
  return (
    <h2 id={id} className="min-w-0 flex-1 text-lg break-words">
      {approval.direction === 'out' ? (
        <>
          <span className={between}>You are about to call </span>
          <Target approval={approval} />
          <span className={between}> of </span>
          <FullPeerName peer={peer} peerId={approval.peerId} />
        </>
      ) : (
        <>
          <FullPeerName peer={peer} peerId={approval.peerId} />
          <span className={between}> wants to use </span>
          <Target approval={approval} />
        </>
      )}
    </h2>
  );
}

/** What is known of a peer: trust, for how long, over which path, and the words to compare. */
export function WhoFacts({ peerId, path, at }: { peerId: PeerId; path: Path; at: number }) {
  const peer = useLive((live) => live.peers[peerId]);
  const words = peer?.safetyWords ?? [];
  return (
    <p className="flex flex-wrap items-center gap-x-1.5 text-dim">
      <TrustMark trust={peer?.trust ?? 'unknown'} />
      <span>
        {peer?.contactSince == null
          ? 'not a contact'
          : `contact for ${span(Math.max(0, at - peer.contactSince))}`}
      </span>
      <span aria-hidden>·</span>
      <span title={pathWords[path].meaning}>{pathWords[path].name}</span>
      {words.length === 0 ? null : (
        <>
          <span aria-hidden>·</span>
          <span title="The same six words on both sides. Read them to each other.">
            words: {words.join(' ')}
          </span>
        </>
      )}
    </p>
  );
}
